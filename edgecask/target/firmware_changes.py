"""What came with which firmware, by [[changes]] of target.toml: a target as of a day, and since when it has what."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Literal

import msgspec

from edgecask.errors import UsageError
from edgecask.target.tables import Change

if TYPE_CHECKING:
    from edgecask.target.target import Target


def as_of(target: Target, text: str) -> Target:
    """A target with the firmware of a day, written 2024-12-07 or as the board says it, 2024.12.07.

    Or with one that people build themselves, by the name that [[changes]] have for it.

    Raises UsageError where it is no day, the target has no table of them, or no firmware is that old.
    """
    if not target.changes:
        raise UsageError(
            f"Nothing is known of {target.name}'s firmware by its date ({target.firmware}).",
            advice="Leave --firmware out.",
        )
    builds = sorted({change.own_build for change in target.changes} - {""})
    if text in builds:
        return msgspec.structs.replace(target, firmware_build=text)
    try:
        day = date.fromisoformat(text.replace(".", "-"))
    except ValueError as error:
        of_builds = f", or {' or '.join(builds)} for one that you build yourself" if builds else ""
        raise UsageError(
            f"--firmware={text} is no date.", advice=f"Write it like --firmware=2024-12-07{of_builds}."
        ) from error
    given_out = [change for change in target.changes if not change.own_build]
    later = [change for change in given_out if change.since > day]
    earlier = given_out[: len(given_out) - len(later)]
    if not earlier:
        raise UsageError(
            f"There was no {target.firmware} on {day}: the first known is of {target.changes[0].since}.",
            advice="`AT+VER?` on the board's serial line says which one it has.",
        )
    memory, operators = target.memory, target.operators
    arenas = [change.arena_limit_kib for change in earlier if change.arena_limit_kib is not None]
    if arenas:
        memory = msgspec.structs.replace(memory, arena_limit_kib=arenas[-1])
    if operators is not None:
        missing = {name for change in later for name in change.operators}
        known = [name for name in operators.registered if name not in missing]
        operators = msgspec.structs.replace(operators, registered=known)
    return msgspec.structs.replace(target, memory=memory, operators=operators, firmware_date=day)


def last_change(target: Target, kind: Literal["decoders", "operators", "arena_limit_kib"]) -> Change | None:
    """The last change of a kind up to the day of a target's firmware; None where none is known."""
    return next(
        (change for change in reversed(target.changes) if getattr(change, kind) and _has(target, change)),
        None,
    )


def brought_by(target: Target, kind: Literal["decoders", "operators"], name: str) -> Change | None:
    """The change that a decoder or an operator came with, be it before or after the day of the target's firmware."""
    return next((change for change in target.changes if name in getattr(change, kind)), None)


def decoder_change(target: Target) -> Change | None:
    """The change that the decoder of the head came with; None where the firmware always had it.

    [[changes]] call it by task and head, "detect-raw", or by the head alone, which is of the first task.
    """
    model = target.model
    of_first = brought_by(target, "decoders", model.head) if model.task == target.tasks[0] else None
    return brought_by(target, "decoders", f"{model.task}-{model.head}") or of_first


def is_decoded(target: Target) -> bool:
    """Whether the firmware of a target knows its head; a target without a table of changes always did."""
    came = decoder_change(target)
    return came is None or _has(target, came)


def _has(target: Target, change: Change) -> bool:
    if change.own_build:
        return change.own_build == target.firmware_build
    return target.firmware_date is None or change.since <= target.firmware_date
