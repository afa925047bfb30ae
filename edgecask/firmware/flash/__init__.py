"""Putting a model on a board, in the way its target says."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, cast

from edgecask.errors import FlashError, ModelFileError
from edgecask.target.tables import Flash

Say = Callable[[str], None]
Progress = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True)
class FlashRequest:
    """What to flash, and where; `port` None looks for the board, `progress` is told bytes done and bytes in all.

    `content` is what was read of the file `model`, once, and checked: the file itself may be another one by now.

    `space_kib` is what the target's [memory] calls flash_limit_kib, the room from the address to the end of the
    partition or region, and `reset_line` the serial line that resets the board. The room binds here too, because
    --force skips the check of the model; None says nobody knows. `volume` is where the card is mounted that a board
    reads its model from; None looks for it.
    """

    flash: Flash
    model: Path
    content: bytes
    port: str | None
    dry_run: bool
    say: Say
    progress: Progress
    space_kib: float | None = None
    reset_line: str | None = None
    volume: Path | None = None


class Method(Protocol):
    """One way of flashing: a module of this folder, a line in METHODS."""

    def flash(self, request: FlashRequest) -> bool:
        """Put the model on the board; whether anything was written. Raises FlashError where that does not work."""
        ...


METHODS: Mapping[str, str] = {
    "xmodem": "xmodem",
    "esptool": "esptool",
    "stm32": "cube_programmer",
    "copy": "file_copy",
}


def flash(request: FlashRequest) -> bool:
    """Put the model on the board; whether anything was written. Raises FlashError where that does not work."""
    # Each way has a library of its own, which the others need not pay for.
    method = cast("Method", importlib.import_module(f"{__name__}.{METHODS[request.flash.method]}"))
    return method.flash(request)


def holds(flash: Flash, port: str, content: bytes) -> bool | None:
    """Whether the board's flash holds this very model; None where it has no way to say.

    Raises FlashError where it cannot be asked.
    """
    if flash.method != "esptool":
        return None
    from edgecask.firmware.flash import esptool

    return esptool.holds(flash, port, content)


IN_A_BROWSER: Mapping[str, str] = {"xmodem": "", "esptool": "esptool_js"}
"""Ways that the board page knows, with the folder of edgecask/package/board_page that holds the library it needs."""


def works_in_a_browser(flash: Flash) -> bool:
    """Whether the board page can do it: by the boot loader's XMODEM or by esptool-js."""
    return flash.method in IN_A_BROWSER


def browser_library(flash: Flash) -> str:
    """The folder of the library that the board page needs for it; empty where it needs none."""
    return IN_A_BROWSER.get(flash.method, "")


def content_that_fits(request: FlashRequest) -> bytes:
    """The bytes of the model; raises FlashError where they would run over what lies behind the model's region."""
    content = request.content
    if not content:
        raise ModelFileError(f"{request.model} is empty.", advice="Build the model again.")
    if request.space_kib is not None and len(content) > request.space_kib * 1024:
        raise FlashError(
            f"{request.model} has {len(content)} bytes, and {_where(request.flash)} there is room for "
            f"{request.space_kib * 1024:.0f}: it would overwrite what lies behind.",
            advice="Build it for a smaller image or from a smaller network; --force does not help here.",
        )
    return content


def _where(flash: Flash) -> str:
    return f"from {flash.address:#x} on" if flash.address else "in the board's memory"
