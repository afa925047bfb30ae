import errno
import hashlib
import io
import itertools
import json
import os
import subprocess
import sys
import tarfile
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgecask import files
from edgecask.errors import DatasetError, StorageError
from edgecask.files import canonical_json, naming, printable_name, readable_json, sha256_file, sha256_json

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
    max_leaves=10,
)


def test_file_names_that_are_no_text_can_be_written():
    name = os.fsdecode(b"caf\xe9.pt")
    assert printable_name(Path("sub") / name) == "sub/caf\\xe9.pt" and printable_name(Path("ü")) == "ü"
    for written in (canonical_json({"name": name}), readable_json({"name": name})):
        assert json.loads(written) == {"name": name} and rb"caf\udce9.pt" in written


@given(JSON)
def test_canonical_json_means_the_same(value):
    assert json.loads(canonical_json(value)) == value


def test_order_of_keys_does_not_matter():
    assert sha256_json({"a": 1, "b": [2, 3]}) == sha256_json({"b": [2, 3], "a": 1})
    assert sha256_json([2, 3]) != sha256_json([3, 2])


def test_nan_is_refused():
    with pytest.raises(ValueError):
        canonical_json(float("nan"))


def test_readable_json_is_sorted_and_ends_with_a_newline():
    assert readable_json({"b": 1, "a": 2}) == b'{\n  "a": 2,\n  "b": 1\n}\n'


def test_sha256_of_a_file(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"x" * 3_000_000)
    assert sha256_file(path) == hashlib.sha256(b"x" * 3_000_000).hexdigest()


def test_a_file_that_changes_while_it_is_read_is_an_error(tmp_path):
    source = tmp_path / "best.pt"
    source.write_bytes(b"a" * 10)
    with (
        pytest.raises(StorageError, match=r"best\.pt changed while it was read"),
        files.open_unchanging(source) as (
            stream,
            _,
        ),
    ):
        stream.read(5)
        source.write_bytes(b"b" * 11)


def test_a_file_that_is_replaced_while_it_is_read_is_read_as_it_was(tmp_path):
    source = tmp_path / "best.pt"
    source.write_bytes(b"a" * 10)
    with files.open_unchanging(source) as (stream, _):
        other = tmp_path / "other"
        other.write_bytes(b"b" * 10)
        os.replace(other, source)
        assert stream.read() == b"a" * 10


def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(StorageError, match="is not a file"), files.open_unchanging(tmp_path / "pipe"):
        pass


def test_bounded_reading(tmp_path):
    source = tmp_path / "file"
    source.write_bytes(b"x" * 100)
    assert files.read_bounded(source, limit=100) == b"x" * 100
    assert files.read_bounded(source, limit=99) is None
    assert files.read_bounded(source, limit=1 << 60) == b"x" * 100  # the limit is not reserved


def test_what_the_kernel_makes_while_it_is_read_is_bounded_though_it_has_no_size():
    source = Path("/proc/kallsyms")
    if not source.exists():
        pytest.skip("this machine has no /proc")
    content = source.read_bytes()
    assert source.stat().st_size == 0 and len(content) > files.BLOCK
    assert files.read_bounded(source, limit=1 << 60) == content
    assert files.read_bounded(source, limit=len(content)) == content
    assert files.read_bounded(source, limit=len(content) - 1) is None


def test_a_copy_has_the_sha256_it_is_said_to_have_while_the_source_is_replaced(tmp_path):
    """A training renames its checkpoint into place again and again; each copy is one of them, under its own digest."""
    source = tmp_path / "best.pt"
    contents = [bytes([number]) * 3_000_000 for number in range(2)]
    source.write_bytes(contents[0])
    stop = threading.Event()

    def rename_into_place():
        for number in itertools.cycle(range(2)):
            if stop.is_set():
                return
            (tmp_path / "next").write_bytes(contents[number])
            os.replace(tmp_path / "next", source)

    writer = threading.Thread(target=rename_into_place)
    writer.start()
    try:
        for number in range(60):
            copy = tmp_path / f"copy-{number}"
            digest = files.copy_hashed(source, copy)
            assert copy.read_bytes() in contents and digest == sha256_file(copy)
            copy.unlink()
    finally:
        stop.set()
        writer.join()


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "folder" / "file"
    files.write_whole(path, b"old")
    with pytest.raises(RuntimeError), files.replacing(path) as temporary:
        temporary.write_bytes(b"half")
        raise RuntimeError
    assert path.read_bytes() == b"old" and list(path.parent.iterdir()) == [path]
    files.write_whole(path, b"new")
    assert path.read_bytes() == b"new" and list(path.parent.iterdir()) == [path]


def test_sweeping_removes_what_is_half_written_alone(tmp_path):
    for name in (".file.1-2.temporary", ".hidden", "file"):
        (tmp_path / name).write_bytes(b"")
    files.sweep(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".hidden", "file"]


def test_discarding_a_link_leaves_what_it_leads_to(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").touch()
    (tmp_path / "link").symlink_to("folder")
    files.discard(tmp_path / "link")
    assert (tmp_path / "folder" / "file").exists() and not (tmp_path / "link").is_symlink()
    files.discard(tmp_path / "folder")
    assert list(tmp_path.iterdir()) == []


def test_an_archive_says_nothing_of_this_machine(tmp_path):
    source = tmp_path / "ä.png"
    source.write_bytes(b"picture")
    archives = []
    for date in (1, 2_000_000_000):
        os.utime(source, (date, date))
        source.chmod(0o600 if date == 1 else 0o644)
        with files.writing_tar(tmp_path / f"{date}.tar") as archive:
            archive.add_folder("images")
            archive.add("images/ä.png", source)
            archive.add("labels.txt", b"0 0.5")
        archives.append((tmp_path / f"{date}.tar").read_bytes())
    assert archives[0] == archives[1]
    with tarfile.open(tmp_path / "1.tar") as archive:
        members = archive.getmembers()
        assert [(member.name, member.mode, member.uid, member.mtime, member.uname) for member in members] == [
            ("images", 0o755, 0, 0, ""), ("images/ä.png", 0o644, 0, 0, ""), ("labels.txt", 0o644, 0, 0, ""),
        ]  # fmt: skip
        assert archive.extractfile("images/ä.png").read() == b"picture"


@pytest.mark.parametrize("size", [3, 2_000_000])
def test_a_file_that_is_cut_off_while_it_is_packed_is_an_error(tmp_path, size, monkeypatch):
    source = tmp_path / "picture.png"
    source.write_bytes(b"x" * 1_000_000)
    size_of = os.fstat

    def fstat(number):
        found = size_of(number)
        if os.path.samestat(found, source.stat()):
            os.truncate(source, size)
        return found

    monkeypatch.setattr(os, "fstat", fstat)
    with (
        pytest.raises(StorageError, match="changed while it was read"),
        files.writing_tar(io.BytesIO()) as archive,
    ):
        archive.add("picture.png", source)


def archive_of(path, *members):
    """An archive of (name, kind) pairs: b"0" is a regular file, b"2" a link to `outside`."""
    with tarfile.open(path, "w") as archive:
        for name, kind in members:
            member = tarfile.TarInfo(name)
            member.type, member.size, member.linkname = kind, 3 if kind == tarfile.REGTYPE else 0, "/outside"
            archive.addfile(member, io.BytesIO(b"abc"))
    return path


def test_an_archives_regular_files_are_extracted_and_nothing_else(tmp_path):
    members = [("a/b.txt", tarfile.REGTYPE), ("link", tarfile.SYMTYPE), ("pipe", tarfile.FIFOTYPE)]
    files.extract_files(archive_of(tmp_path / "x.tar", *members), tmp_path / "folder")
    found = [path for path in (tmp_path / "folder").rglob("*") if not path.is_dir()]
    assert found == [tmp_path / "folder" / "a" / "b.txt"] and found[0].read_bytes() == b"abc"


@pytest.mark.parametrize("name", ["../x", "a/../../x", "/tmp/edgecask-x"])
def test_an_archive_writes_nothing_outside_its_folder(tmp_path, name):
    with pytest.raises(StorageError, match="leads out"):
        files.extract_files(archive_of(tmp_path / "x.tar", (name, tarfile.REGTYPE)), tmp_path / "folder")
    assert not (tmp_path / "x").exists() and not Path("/tmp/edgecask-x").exists()


def test_an_error_that_names_no_file_is_given_one(tmp_path):
    """write(2) knows of an open file alone."""
    for name in (None, "/other"):
        with pytest.raises(OSError) as caught, naming(tmp_path / "file"):
            raise OSError(errno.ENOSPC, "No space left on device", *([name] if name else []))
        assert caught.value.filename == (name or str(tmp_path / "file"))


LIMITED = """
import io, resource, sys, tarfile
from pathlib import Path
from edgecask.files import extract_files, writing_tar
folder = Path(sys.argv[1])
with writing_tar(folder / "in.tar") as archive:
    archive.add("large", bytes(300_000))
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
def pack():
    with writing_tar(folder / "out.tar") as archive:
        archive.add("large", folder / "in.tar")
def unpack():
    (folder / "unpacked").mkdir()
    extract_files(folder / "in.tar", folder / "unpacked")
def send():
    from edgecask.runner.container.images import tar_of
    tar_of({"large": bytes(300_000)}, owner=0)
for write in (pack, unpack, send):
    try:
        write()
    except OSError as error:
        print(error.filename)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="limits of POSIX")
def test_archives_that_cannot_grow_name_what_was_written(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, tmp_path], capture_output=True, text=True, check=True,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )  # fmt: skip
    assert done.stdout.splitlines() == [str(tmp_path / "out.tar"), str(tmp_path / "unpacked" / "large"), str(tmp_path)]


def test_what_is_no_file_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    none = "it is not a file"
    places = {tmp_path / "pipe": none, Path("/dev/zero"): none, tmp_path: "it is a folder"}
    for place, words in (places | {tmp_path / "gone": "No such file"}).items():
        with pytest.raises(DatasetError, match=rf"^{place} cannot be read \({words}.*\)\. "):
            files.read_input(place, limit=10, error=DatasetError, advice="Take another.")
    (tmp_path / "large").write_bytes(b"x" * 11)
    with pytest.raises(DatasetError, match="large has more than"):
        files.read_input(tmp_path / "large", limit=10, error=DatasetError, advice="")
    assert files.read_input(tmp_path / "large", limit=11, error=DatasetError, advice="") == b"x" * 11


def test_a_pipe_that_takes_the_place_of_a_file_is_not_waited_for(tmp_path, monkeypatch):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "file").touch()
    found = os.stat(tmp_path / "file")
    monkeypatch.setattr(Path, "stat", lambda path, **named: found)
    with pytest.raises(StorageError, match="changed while"), files.open_unchanging(tmp_path / "pipe"):
        pass
