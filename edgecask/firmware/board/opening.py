"""The board of a target, ready to be asked: found, opened, and in the language of its firmware family."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import cast

from edgecask.errors import StorageError, UsageError
from edgecask.firmware.board.connection import Connection, Port
from edgecask.firmware.board.frames import Frame
from edgecask.firmware.board.himax_app import Himax
from edgecask.firmware.board.recording import RecordingPort, ReplayPort
from edgecask.firmware.board.sscma import Sscma
from edgecask.firmware.flash.serial_ports import find_port, open_port
from edgecask.target.tables import Console
from edgecask.target.target import Target

Board = Sscma | Himax
SPEAKERS: dict[str, Callable[[Connection, Console], Board]] = {
    "sscma": lambda connection, console: Sscma(connection, reset_line=console.reset_line),
    "himax": lambda connection, console: Himax(connection),
}
"""By the target's firmware family: who speaks its language."""


def console_of(target: Target) -> Console:
    """The target's serial line; raises UsageError where its firmware has none that is known here."""
    if target.console is None or target.family not in SPEAKERS:
        raise UsageError(
            f"{target.firmware} says nothing of what it sees on a serial line that edgecask knows.",
            advice="Boards that do are those of the targets grove, grove-himax and xiao.",
        )
    return target.console


@contextlib.contextmanager
def open_line(
    target: Target, *, port: str | None, record: Path | None = None, replay: Path | None = None
) -> Iterator[tuple[Port, str]]:
    """The board's serial line for as long as the context lasts, and its name.

    What passes is written to the file `record`; `replay` stands for the board where a recording is looked at. Raises
    FlashError where there is no such port, StorageError where `record` cannot be written.
    """
    console = console_of(target)
    with contextlib.ExitStack() as stack:
        if replay is not None:
            opened: Port = ReplayPort(replay)
            name = str(replay)
        else:
            name = port or find_port(target.flash.usb_ids)
            opened = cast("Port", stack.enter_context(open_port(name, console.baud_rate)))
        if record is not None:
            try:
                file = stack.enter_context(record.open("x", encoding="utf-8"))
            except FileExistsError as error:
                raise UsageError(f"{record} exists already.", advice="Give --record another name.") from error
            except OSError as error:
                raise StorageError(
                    f"{record} cannot be written ({error.strerror}).", advice="Check --record."
                ) from error
            opened = RecordingPort(opened, file)
        yield opened, name


@contextlib.contextmanager
def open_board(
    target: Target, *, port: str | None, record: Path | None = None, replay: Path | None = None
) -> Iterator[Board]:
    """The board for as long as the context lasts; see open_line."""
    with open_line(target, port=port, record=record, replay=replay) as (opened, name):
        yield SPEAKERS[target.family](Connection(opened, name=name), console_of(target))


def frames_of(board: Board, count: int, *, images: bool, recorded: bool = False) -> Generator[Frame]:
    """So many frames as they come, -1 for no end, from a board or out of a recording: all that there are.

    Himax' app sends images whether they are asked for or not.
    """
    if not isinstance(board, Sscma):
        return board.frames(count)
    return board.overheard() if recorded else board.frames(count, images=images)
