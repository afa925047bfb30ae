"""A file to copy: onto the card that a board reads its model from, or by the commands that the target names."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from edgecask.errors import FlashError
from edgecask.firmware.flash import FlashRequest, content_that_fits
from edgecask.firmware.flash.volumes import Volume, cards, room, volume_at, why_not
from edgecask.wording import shown

TEMPORARY = "EDGECASK.TMP"
"""The file while it is written: one name, so that what a pulled card keeps of it is written over the next time."""
CHUNK = 1 << 16


def flash(request: FlashRequest) -> bool:
    """Copy the model to the card's root, and read it back; see edgecask.firmware.flash.flash."""
    for text in request.flash.commands:
        request.say(text.replace("MODEL", request.model.stem))
    name = request.flash.file_name
    if not name:
        return False
    content = content_that_fits(request)
    if request.dry_run:
        place = request.volume if request.volume is not None else Path("the card")
        request.say(f"copies {request.model} to {place / name} ({len(content)} bytes)")
        return False
    volume = _card(request)
    target = volume.folder / name
    lacking = room(volume.folder, len(content))
    if lacking:
        raise FlashError(f"{volume.folder} {lacking}.", advice="Remove what is not needed from the card.")
    request.say(f"copies {request.model} to {target} ({len(content)} bytes)")
    try:
        _write(target, content, request)
        _compare(target, content)
    except OSError as error:
        raise FlashError(
            f"{target} could not be written: {error.strerror or error}.",
            advice="Check the card (is it still there, is it full or locked?), and copy again.",
        ) from error
    request.say("the card holds this very file; unmount it, put it into the board, and press its reset button")
    return True


def _card(request: FlashRequest) -> Volume:
    """The volume that was named, or the only card there is; raises FlashError where that is not one."""
    file_systems = request.flash.file_systems
    if request.volume is None:
        found = cards(file_systems)
        if len(found) == 1:
            return found[0]
        named = ", ".join(shown(str(volume.folder)) for volume in found)
        raise FlashError(
            f"There are several cards: {named}." if found else "There is no card in this computer that it knows of.",
            advice="Name the folder where the card is mounted with --volume.",
        )
    if not request.volume.is_dir():
        raise FlashError(f"There is no folder {request.volume}.", advice="Name where the card is mounted.")
    volume = volume_at(request.volume)
    if volume is None:
        raise FlashError(
            f"{request.volume} is a folder of another volume: no card is mounted there.",
            advice="Mount the card, and name its top folder.",
        )
    reason = why_not(volume, file_systems)
    if reason:
        raise FlashError(f"{request.volume} {reason}.", advice="Name where the board's own card is mounted.")
    return volume


def _write(target: Path, content: bytes, request: FlashRequest) -> None:
    """Write beside the old file, out to the card, and only then take its place."""
    temporary = target.with_name(TEMPORARY)
    try:
        with temporary.open("wb") as stream:
            for start in range(0, len(content), CHUNK):
                stream.write(content[start : start + CHUNK])
                request.progress(min(start + CHUNK, len(content)), len(content))
            stream.flush()
            os.fsync(stream.fileno())
        _compare(temporary, content)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
    if hasattr(os, "O_DIRECTORY"):  # not on Windows, which writes names out by itself
        folder = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _compare(file: Path, content: bytes) -> None:
    """Raise FlashError where the card gives back something else than was written; not from the system's memory."""
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
    if digest.digest() != hashlib.sha256(content).digest():
        raise FlashError(
            f"{file} is not what was written.", advice="The card is damaged or not what it says: use another one."
        )
