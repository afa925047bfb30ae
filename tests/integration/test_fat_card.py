"""Copying a model to a card with a real FAT file system, read afterwards by another program.

It needs root and mkfs.vfat, fsck.vfat and mcopy (Debian: dosfstools, mtools), and a kernel that mounts FAT, or fusefat.
The latter knows no free space and has a name of its own, so that what the system says of the volume stands in for it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from edgecask.firmware.flash import FlashRequest, file_copy, flash, volumes
from edgecask.target.target import load_target

pytestmark = pytest.mark.extended
TOOLS = ("mkfs.vfat", "fsck.vfat", "mcopy", "mount", "umount")
IMAGE_BYTES = 64 << 20


@pytest.fixture
def card(tmp_path, monkeypatch):
    """An image with FAT32, and the folder where it is mounted."""
    if os.geteuid() or not all(map(shutil.which, TOOLS)):
        pytest.skip(f"needs root and {', '.join(TOOLS)}")
    image, folder = tmp_path / "card.img", tmp_path / "card"
    folder.mkdir()
    with image.open("wb") as stream:
        stream.truncate(IMAGE_BYTES)
    run("mkfs.vfat", "-F", "32", image)
    by_kernel = subprocess.run(["mount", "-t", "vfat", "-o", "loop", image, folder], check=False, capture_output=True)
    if by_kernel.returncode:
        if shutil.which("fusefat") is None or not Path("/dev/fuse").exists():
            pytest.skip("this kernel does not mount FAT, and there is no fusefat")
        run("fusefat", "-o", "rw+", image, folder)
        table = tmp_path / "mountinfo"
        table.write_text(f"90 22 7:0 / {folder} rw,relatime shared:50 - vfat /dev/loop0 rw\n")
        monkeypatch.setattr(volumes, "MOUNTS", table)
        monkeypatch.setattr(file_copy, "room", lambda folder, size: "")
    yield image, folder
    if os.path.ismount(folder):
        run("umount", folder)


def run(*command) -> None:
    done = subprocess.run([str(word) for word in command], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_model_is_there_for_another_reader_and_the_file_system_is_whole(card, tmp_path):
    image, folder = card
    target = load_target("numaker-m55m1")
    (folder / "other.txt").write_text("kept")
    for size in (2_256_352, 300_001):  # the second takes the place of the first
        content = os.urandom(size)
        model = tmp_path / "model.tflite"
        model.write_bytes(content)
        lines: list[str] = []
        request = FlashRequest(
            model=model,
            content=content,
            flash=target.flash,
            port=None,
            volume=folder,
            dry_run=False,
            say=lines.append,
            progress=lambda done, total: None,
        )
        assert flash(request) and "holds this very file" in lines[-1]
    name = target.flash.file_name
    assert sorted(path.name for path in folder.iterdir()) == sorted([name, "other.txt"])
    unmounted(folder)
    run("fsck.vfat", "-n", image)
    for file, wanted in ((name, content), ("other.txt", b"kept")):
        run("mcopy", "-i", image, f"::{file}", tmp_path / "read")
        assert (tmp_path / "read").read_bytes() == wanted
        (tmp_path / "read").unlink()


def unmounted(folder: Path) -> None:
    """FUSE's programs write what they hold after the call has returned."""
    run("umount", folder)
    for _ in range(50):
        if not os.path.ismount(folder) and subprocess.run(["pgrep", "-x", "fusefat"], check=False).returncode:
            return
        time.sleep(0.1)
