"""Copying a model to a card: whole or not at all, read back, and never to another volume."""

import errno
import os
from dataclasses import replace

import pytest

from edgecask.errors import FlashError
from edgecask.firmware.flash import file_copy, flash, volumes

NAME = "YOLOv8n-pose.tflite"


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def card(tmp_path, monkeypatch):
    """A folder that the system calls a card."""
    folder = tmp_path / "card"
    folder.mkdir()
    table = tmp_path / "mountinfo"
    table.write_text(f"90 22 179:1 / {folder} rw,nosuid shared:50 - vfat /dev/mmcblk0p1 rw\n")
    monkeypatch.setattr(volumes, "MOUNTS", table)
    monkeypatch.setattr(volumes, "_is_removable", lambda device: True)
    return folder


@pytest.fixture
def copy_to(request_for):
    """Copies a model to a volume; what was said, and the request."""

    def make(volume, **other):
        made, lines, steps = request_for("numaker-m55m1", **other)
        return flash(replace(made, volume=volume)), lines, steps, made

    return make


@pytest.mark.parametrize("named", [True, False])
def test_the_card_holds_the_file_under_the_fixed_name(card, copy_to, named):
    (card / "other.txt").write_text("kept")
    (card / NAME).write_text("the one before")
    written, lines, steps, made = copy_to(card if named else None)
    assert written and (card / NAME).read_bytes() == made.content
    assert names(card) == [NAME, "other.txt"]
    assert "holds this very file" in lines[-1] and steps[-1] == (len(made.content), len(made.content))


@pytest.mark.parametrize("volume", [True, False])
def test_a_dry_run_touches_nothing(card, copy_to, volume):
    written, lines, _, _ = copy_to(card if volume else None, dry_run=True)
    assert not written and NAME in lines[0] and names(card) == []


def test_a_folder_of_another_volume_is_refused(card, copy_to, tmp_path):
    beside = card / "models"
    beside.mkdir()
    with pytest.raises(FlashError, match="no card is mounted there"):
        copy_to(beside)
    with pytest.raises(FlashError, match="There is no folder"):
        copy_to(tmp_path / "nowhere")
    assert names(card) == ["models"] and names(beside) == []


@pytest.mark.parametrize("mark", ["NU_CFG.TXT", "EFI"])
@pytest.mark.parametrize("named", [True, False])
def test_a_drive_that_is_no_card_is_refused(card, copy_to, mark, named):
    (card / mark).touch()
    with pytest.raises(FlashError, match=mark if named else "no card"):
        copy_to(card if named else None)
    assert names(card) == [mark]


def test_exfat_is_refused(card, copy_to):
    table = volumes.MOUNTS
    table.write_text(table.read_text().replace("vfat", "exfat"))
    with pytest.raises(FlashError, match="exfat, which the board does not read"):
        copy_to(card)


def test_several_cards_and_none(card, copy_to):
    table = volumes.MOUNTS
    other = card.with_name("other")
    other.mkdir()
    line = table.read_text()
    table.write_text(line + line.replace(str(card), str(other)))
    with pytest.raises(FlashError, match=r"several cards: .*card, .*other"):
        copy_to(None)
    table.write_text("")
    with pytest.raises(FlashError, match="no card") as caught:
        copy_to(None)
    assert "--volume" in caught.value.advice


def test_a_card_without_room(card, copy_to, monkeypatch):
    monkeypatch.setattr(volumes.shutil, "disk_usage", lambda folder: _Usage(free=10))
    with pytest.raises(FlashError, match="10 bytes free"):
        copy_to(card)
    assert names(card) == []


class _Usage:
    def __init__(self, free):
        self.free = free


def test_a_card_that_fills_up_keeps_the_file_before(card, copy_to, monkeypatch):
    (card / NAME).write_text("the one before")

    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(file_copy.os, "fsync", full)
    with pytest.raises(FlashError, match="No space left on device"):
        copy_to(card)
    assert names(card) == [NAME] and (card / NAME).read_text() == "the one before"


def test_a_card_that_gives_back_something_else_keeps_the_file_before(card, copy_to, monkeypatch):
    (card / NAME).write_text("the one before")
    really = os.fsync

    def lossy(descriptor):
        really(descriptor)
        path = card / file_copy.TEMPORARY
        content = bytearray(path.read_bytes())
        content[1000] ^= 1
        path.write_bytes(content)

    monkeypatch.setattr(file_copy.os, "fsync", lossy)
    with pytest.raises(FlashError, match="is not what was written"):
        copy_to(card)
    assert names(card) == [NAME] and (card / NAME).read_text() == "the one before"


def test_too_large_for_the_boards_memory(card, copy_to):
    with pytest.raises(FlashError, match="in the board's memory there is room for 1024"):
        copy_to(card, size=1025, space_kib=1)


def test_what_is_only_said(request_for):
    made, lines, _ = request_for("stm32mp2")
    assert not flash(made) and lines
