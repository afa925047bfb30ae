"""Putting a model on a board, in the way its target says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pipeline.target import Flash

Say = Callable[[str], None]
Progress = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True)
class FlashRequest:
    """What to flash, and where; `port` None looks for the board, `progress` is told bytes done and bytes in all."""

    flash: Flash
    model: Path
    port: str | None
    dry_run: bool
    say: Say
    progress: Progress


def flash(request: FlashRequest) -> None:
    """Put the model on the board; raises FlashError where that does not work."""
    # Each way has a library of its own, which the others need not pay for.
    if request.flash.method == "xmodem":
        from pipeline.flash import xmodem_loader

        xmodem_loader.flash(request)
    elif request.flash.method == "esptool":
        from pipeline.flash import espressif

        espressif.flash(request)
    else:
        from pipeline.flash import cube_programmer

        cube_programmer.flash(request)
