"""Putting a model on a board, in the way its target says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from edgecask.errors import FlashError, ModelFileError
from edgecask.target.target import Flash

Say = Callable[[str], None]
Progress = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True)
class FlashRequest:
    """What to flash, and where; `port` None looks for the board, `progress` is told bytes done and bytes in all.

    `content` is what was read of the file `model`, once, and checked: the file itself may be another one by now.

    `space_kib` is what the target's [memory] calls flash_limit_kib, the room from the address to the end of the
    partition or region. It binds here too, because --force skips the check of the model; None says nobody knows.
    """

    flash: Flash
    model: Path
    content: bytes
    port: str | None
    dry_run: bool
    say: Say
    progress: Progress
    space_kib: float | None = None


def flash(request: FlashRequest) -> None:
    """Put the model on the board; raises FlashError where that does not work."""
    # Each way has a library of its own, which the others need not pay for.
    if request.flash.method == "xmodem":
        from edgecask.firmware.flash import xmodem as xmodem_loader

        xmodem_loader.flash(request)
    elif request.flash.method == "esptool":
        from edgecask.firmware.flash import esptool as espressif

        espressif.flash(request)
    else:
        from edgecask.firmware.flash import cube_programmer

        cube_programmer.flash(request)


def content_that_fits(request: FlashRequest) -> bytes:
    """The bytes of the model; raises FlashError where they would run over what lies behind the model's region."""
    content = request.content
    if not content:
        raise ModelFileError(f"{request.model} is empty.", advice="Build the model again.")
    if request.space_kib is not None and len(content) > request.space_kib * 1024:
        raise FlashError(
            f"{request.model} has {len(content)} bytes, and from {request.flash.address:#x} on there is room for "
            f"{request.space_kib * 1024:.0f}: it would overwrite what lies behind.",
            advice="Build it for a smaller image or from a smaller network; --force does not help here.",
        )
    return content
