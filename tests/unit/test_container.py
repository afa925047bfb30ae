"""What goes into a container and what is read of it, as far as that needs no engine."""

import tarfile
from pathlib import Path

import pytest

from edgecask.runner.container.container import USER, _lines
from edgecask.runner.container.images import tar_of


@pytest.mark.parametrize(
    ("chunks", "lines"),
    [
        ([b"one\ntwo\n"], ["one", "two"]),
        ([b"on", b"e\nt", b"wo"], ["one", "two"]),
        ([b"a\n\n", b"b"], ["a", "", "b"]),
        (["ü".encode()[:1], "ü".encode()[1:] + b"\n"], ["ü"]),
        ([b"\xff\n"], ["\N{REPLACEMENT CHARACTER}"]),
        ([], []),
    ],
)
def test_lines_do_not_end_where_chunks_do(chunks, lines):
    assert list(_lines(chunks)) == lines


def test_files_go_in_read_only_and_belong_to_the_stage(tmp_path):
    (tmp_path / "big").write_bytes(b"x" * 1000)
    files = {"request.json": b"{}", "inputs/a/b": tmp_path / "big", "inputs/c": b""}
    with tar_of(files, owner=USER) as archive, tarfile.open(fileobj=archive) as opened:
        members = {member.name: member for member in opened}
        assert opened.extractfile("inputs/a/b").read() == b"x" * 1000
    assert set(files) <= set(members) and {"inputs", "inputs/a", "outputs"} <= set(members)
    for name, member in members.items():
        assert member.uid == USER and not Path(name).is_absolute()
        assert (member.mode == 0o444) == (name in files), name


def test_the_same_files_are_the_same_bytes():
    files = {"b": b"2", "a": b"1"}
    first, second = tar_of(files, owner=USER), tar_of(dict(reversed(files.items())), owner=USER)
    with first, second:
        assert first.read() == second.read()
