"""How long a board takes, as it says itself, and what is kept of that: measured/TARGET.json beside the packages.

Packages have the same bytes for the same inputs, so what a board said stands beside them. The firmwares give whole
milliseconds of a 1 kHz clock (SSCMA-Micro @ff48a1c, el_algorithm_base.cpp); Himax' app gives the CPU's ticks for all of
it and the restart of its camera. Frames a second are by the time between results, without pictures where the firmware
can do without.
"""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NotRequired, TypedDict, cast

from edgecask.errors import BoardError, EdgecaskError
from edgecask.files import read_bounded, readable_json, write_whole
from edgecask.firmware.board.frames import Frame

SCHEMA = 1
PHASES = ("preprocess", "inference", "postprocess")
WHOLE = "whole"
"""The one figure of Himax' app."""
MAX_BYTES = 1 << 20


class Spread(TypedDict):
    """Of all frames, in milliseconds."""

    median: float
    percentile_95: float


class Measured(TypedDict):
    """measured/TARGET.json; `model` says which one it was, and who says so."""

    schema: int
    target: str
    date: str
    edgecask: str
    board: dict[str, str]
    model: dict[str, Any]
    frames: int
    broken: int
    people: int
    milliseconds: dict[str, Spread]
    frames_per_second: NotRequired[float]
    resolution: NotRequired[list[int]]
    estimate: NotRequired[dict[str, float]]


@dataclass(frozen=True, kw_only=True)
class Timed:
    """A frame, and when it came in seconds."""

    frame: Frame
    at: float


def spread(values: Sequence[float]) -> Spread:
    """Median and 95th percentile (the smallest value that 95 of 100 do not exceed)."""
    ordered = sorted(values)
    return {
        "median": float(statistics.median(ordered)),
        "percentile_95": float(ordered[math.ceil(0.95 * len(ordered)) - 1]),
    }


def milliseconds_of(frames: Iterable[Frame], *, ticks_per_millisecond: int | None) -> dict[str, Spread]:
    """The phases by their names; raises BoardError where the board gave no times."""
    found = list(frames)
    phases = [frame.milliseconds for frame in found if frame.milliseconds is not None]
    if phases:
        return {name: spread([each[index] for each in phases]) for index, name in enumerate(PHASES)}
    ticks = [frame.ticks for frame in found if frame.ticks is not None]
    if ticks and ticks_per_millisecond:
        return {WHOLE: spread([round(each / ticks_per_millisecond, 2) for each in ticks])}
    raise BoardError("The board gave no times.", advice="Run this again; if it stays so, update its firmware.")


def frames_per_second(timed: Sequence[Timed]) -> float | None:
    """By the time between the first and the last; frames that came in part count by their numbers. None for one."""
    if len(timed) < 2 or timed[-1].at <= timed[0].at:
        return None
    counted = timed[-1].frame.count - timed[0].frame.count or len(timed) - 1
    return round(counted / (timed[-1].at - timed[0].at), 2)


def measured_path(packages: Path, target: str) -> Path:
    """Where it is kept: beside the folder of the packages."""
    return packages.parent / "measured" / f"{target}.json"


def write_measured(path: Path, measured: Measured) -> None:
    """Put it in place of an older one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, readable_json(measured))


def read_measured(path: Path) -> Measured | None:
    """What was measured; None where nothing was or the file is something else."""
    try:
        content = read_bounded(path, limit=MAX_BYTES)
        found = json.loads(content) if content is not None else None
    except (OSError, ValueError, RecursionError, EdgecaskError):
        return None
    if not isinstance(found, dict) or found.get("schema") != SCHEMA:
        return None
    times = found.get("milliseconds")
    whole = (
        all(isinstance(found.get(name), dict) for name in ("board", "model"))
        and isinstance(found.get("date"), str)
        and isinstance(times, dict)
        and all(isinstance(each, dict) and isinstance(each.get("median"), int | float) for each in times.values())
    )
    return cast("Measured", found) if whole else None
