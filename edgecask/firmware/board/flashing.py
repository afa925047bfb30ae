"""What a board is asked before a model is written to it, what the writing costs, and what it is told afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from edgecask.errors import BoardError, FlashError, UsageError
from edgecask.firmware.board.himax_app import is_app
from edgecask.firmware.board.opening import open_board
from edgecask.firmware.board.sscma import Sscma
from edgecask.firmware.board.sscma_replies import Identity, Thresholds
from edgecask.target.firmware_changes import as_of
from edgecask.target.tables import Flash
from edgecask.target.target import Target

PATIENCE = 2.0
"""Seconds for the first answer."""
START_SECONDS = 3.0
Runs = Literal["sscma", "main-branch", "himax", "nothing that answers"]


@dataclass(frozen=True, kw_only=True)
class Before:
    """What the board said: which firmware runs, and who it is where Seeed's 1.0.x does."""

    runs: Runs
    identity: Identity | None = None


def ask_before(target: Target, *, port: str | None) -> Before:
    """Ask which firmware runs; a board that says nothing may sit in its boot loader, or have no firmware at all.

    Raises FlashError where there is no such port.
    """
    with open_board(target, port=port) as board:
        speaker = Sscma(board.connection, reset_line="", patience=PATIENCE)
        # A board in its boot loader would take digits for choices: nothing of this holds one.
        try:
            return Before(runs="sscma", identity=speaker.identify(reset=False))
        except BoardError as error:
            if is_app(speaker.connection.heard):
                return Before(runs="himax")
            return Before(runs="main-branch" if "main branch" in error.message else "nothing that answers")


def overwritten(flash: Flash, size: int, identity: Identity | None) -> Iterator[str]:
    """What else a model of so many bytes reaches into; an older model at the same address is meant to go."""
    begin, end = flash.address, flash.address + size
    for area in flash.areas:
        if area.address < end and begin < area.address + area.size:
            yield f"{area.what}, at {area.address:#x}"
    for model in identity.models if identity is not None else ():
        if begin < model.address < end and not any(area.address == model.address for area in flash.areas):
            yield f"model {model.id} of Seeed's firmware, at {model.address:#x}"


def remarks_before(target: Target, before: Before) -> Iterator[str]:
    """What a user has to know of the firmware that runs, before it is written."""
    own = target.family
    identity = before.identity
    if identity is not None:
        yield f"{identity.name}, firmware of {identity.software}"
        if own != "sscma":
            yield f"note: the board runs Seeed's firmware; only {target.firmware} will look at this model"
    elif before.runs == "himax":
        yield "the board runs Himax' app"
        if own != "himax":
            yield "note: Himax' app will not look at this model; install Seeed's firmware with their web tool"
    elif before.runs == "main-branch":
        yield "note: the board runs SSCMA-Micro's main branch, which may print no keypoints; 1.0.x does"
    elif own == "sscma":
        yield "note: the board does not say which firmware it runs; whether that takes this model is not known"


def takes_commands(target: Target) -> bool:
    """Whether the target's firmware can be told anything."""
    return target.console is not None and target.family == "sscma"


def tell_after(
    target: Target, *, port: str | None, note: str, score: int | None, iou: int | None
) -> tuple[Identity, Thresholds | None]:
    """Choose the model that was written, leave the note about it, set the thresholds that are given; read all back.

    On an ESP32 it is the first one: where that begins, its own partition table says.

    Raises BoardError where the board does not come up with its model.
    """
    with open_board(target, port=port) as board:
        if not isinstance(board, Sscma):
            raise BoardError(f"{target.firmware} takes no commands.")
        board.wait_for_start(START_SECONDS)
        identity = board.identify()
        address = None if target.flash.method == "esptool" else target.flash.address
        number = next((model.id for model in identity.models if address in (None, model.address)), None)
        if number is None:
            where = "" if address is None else f" at {address:#x}"
            raise BoardError(
                f"The board does not list the model{where} that was written.",
                advice="Reset it and ask again (`edgecask watch`); if it stays so, flash it once more.",
            )
        board.choose(number)
        board.leave_info(note)
        thresholds = None if score is None and iou is None else board.set_thresholds(score=score, iou=iou)
        return board.identify(), thresholds


def as_the_board_has_it(target: Target, before: Before) -> Target:
    """The target as the board's own firmware is, by its date; the newest where that is not known.

    Raises FlashError for a firmware older than any that is known.
    """
    if before.identity is None or target.family != "sscma" or not target.changes:
        return target
    try:
        return as_of(target, before.identity.software)
    except UsageError as error:
        raise FlashError(
            f"The board's firmware says that it is of {before.identity.software!r}, and none that old is known.",
            advice="Install the newest with Seeed's web tool; --force flashes the model all the same.",
        ) from error
