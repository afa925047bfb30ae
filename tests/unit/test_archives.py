import os
import tarfile

import pytest
from locations import REPOSITORY

from edgecask.files import writing_tar
from pipeline.shared.archives import write_archive


def test_an_archive_says_nothing_of_this_machine(tmp_path):
    source = tmp_path / "last.pt"
    source.write_bytes(b"checkpoint")
    made = []
    for date in (1, 2_000_000_000):
        os.utime(source, (date, date))
        source.chmod(0o600 if date == 1 else 0o644)
        write_archive(tmp_path / f"{date}.tar", [("last.pt", source), ("labels/0.txt", b"0 0.5")])
        made.append((tmp_path / f"{date}.tar").read_bytes())
    assert made[0] == made[1]
    with tarfile.open(tmp_path / "1.tar") as archive:
        assert [(member.name, member.mode, member.mtime) for member in archive] == [
            ("last.pt", 0o644, 0), ("labels/0.txt", 0o644, 0),
        ]  # fmt: skip
    with writing_tar(tmp_path / "host.tar") as archive:
        archive.add("last.pt", source)
        archive.add("labels/0.txt", b"0 0.5")
    assert (tmp_path / "host.tar").read_bytes() == made[0]  # programs and host mean the same


def test_names_are_not_cut_off(tmp_path):
    with pytest.raises(ValueError):
        write_archive(tmp_path / "a.tar", [("x" * 300, b"")])


def test_archives_are_written_in_one_place_on_each_side():
    writers = {
        path.relative_to(REPOSITORY).as_posix()
        for part in ("edgecask", "pipeline")
        for path in (REPOSITORY / part).rglob("*.py")
        if any(word in path.read_text() for word in ("TarInfo(", ".tarinfo(", "addfile("))
    }
    # Layers of images keep links, modes and owners, which ours do not know.
    assert writers == {"edgecask/files.py", "pipeline/shared/archives.py", "edgecask/runner/container/assembly.py"}
