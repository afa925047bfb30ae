"""SHA256SUMS: what coreutils writes and reads."""

import shutil
import subprocess

import pytest

from edgecask.errors import VerificationError
from edgecask.package.sums import FILE, differences, sums_of

NAMES = ["a.txt", "host", FILE]


@pytest.fixture
def package(tmp_path):
    (tmp_path / "host").mkdir()
    (tmp_path / "a.txt").write_text("a")
    (tmp_path / "host" / "model.tflite").write_text("b")
    (tmp_path / FILE).write_bytes(sums_of(tmp_path, NAMES))
    (tmp_path / "notes").write_text("the user's own")
    return tmp_path


def test_a_package_that_nobody_touched(package):
    assert differences(package, NAMES) == []
    if shutil.which("sha256sum"):
        subprocess.run(["sha256sum", "--check", "--strict", FILE], cwd=package, check=True, capture_output=True)


def test_what_was_changed_is_named(package):
    (package / "a.txt").write_text("c")
    (package / "host" / "model.tflite").unlink()
    (package / "host" / "more").write_text("d")
    assert differences(package, NAMES) == [
        "host/model.tflite is missing", "host/more is not in SHA256SUMS", "a.txt is another file than was packed",
    ]  # fmt: skip


def test_a_link_is_no_file_of_the_package(package):
    (package / "a.txt").unlink()
    (package / "a.txt").symlink_to("/etc/hostname")
    assert differences(package, NAMES) == ["a.txt is missing"]


@pytest.mark.parametrize("line", ["x", "0" * 64, "0" * 64 + "  ../a", "0" * 64 + "  /etc/passwd", "0" * 63 + "g  a"])
def test_what_is_no_list_is_refused(package, line):
    (package / FILE).write_text(line + "\n")
    with pytest.raises(VerificationError, match="Line 1"):
        differences(package, NAMES)
    (package / FILE).unlink()
    with pytest.raises(VerificationError, match="cannot be read"):
        differences(package, NAMES)
