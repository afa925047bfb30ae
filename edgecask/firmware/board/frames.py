"""What a board says of one frame: who is on it, how long it took, and the picture.

The form is that of SSCMA-Micro's utility.hpp (algorithm_results_2_json_str, @ff48a1c and @fb0c6ed) and of Himax'
send_result.cpp (@d3265e2). All of it comes from outside, so whatever does not fit is refused.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import Any

MAX_PEOPLE = 1000
MAX_KEYPOINTS = 1000
MAX_COUNT = 1 << 31
BASE64 = re.compile(r"[A-Za-z0-9+/]*={0,2}")
JPEG_BEGIN, JPEG_END = b"\xff\xd8", b"\xff\xd9"


@dataclass(frozen=True, kw_only=True)
class Keypoint:
    """Pixels of the frame, score in percent; x ≥ width or y ≥ height lies outside."""

    x: int
    y: int
    score: int


@dataclass(frozen=True, kw_only=True)
class Person:
    """A box as it was printed, in pixels of the frame, its score in percent, and keypoints (none of a detection)."""

    x: int
    y: int
    width: int
    height: int
    score: int
    target: int
    keypoints: tuple[Keypoint, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Frame:
    """One event of INVOKE or SAMPLE.

    `milliseconds` are those of preprocessing, inference and postprocessing, whole ones; `ticks` is the one figure of
    Himax' app. `resolution` is (width, height) in pixels; None where the board does not say it. `image` is a JPEG.
    """

    count: int
    people: tuple[Person, ...]
    milliseconds: tuple[int, int, int] | None = None
    ticks: int | None = None
    resolution: tuple[int, int] | None = None
    rotate: int = 0
    image: bytes | None = None


def read_frame(data: Any) -> Frame:
    """The frame that an event's `data` describes; raises ValueError for anything else."""
    if not isinstance(data, dict):
        raise ValueError("no table")
    times = _numbers(data["perf"], 3) if "perf" in data else None
    ticks = data.get("algo_tick")
    if ticks is not None:
        (ticks,) = _numbers(ticks[0] if isinstance(ticks, list) and ticks else None, 1)
    resolution = _numbers(data["resolution"], 2) if "resolution" in data else None
    return Frame(
        count=_number(data.get("count", 0)),
        people=_people(data),
        milliseconds=(times[0], times[1], times[2]) if times else None,
        ticks=ticks,
        resolution=(resolution[0], resolution[1]) if resolution else None,
        rotate=_number(data.get("rotate", 0)),
        image=_image(data.get("image")),
    )


def _people(data: dict[str, Any]) -> tuple[Person, ...]:
    if "keypoints" in data:
        listed = _listed(data["keypoints"], MAX_PEOPLE)
        pairs = [_listed(each, 2) for each in listed]
        if any(len(pair) != 2 for pair in pairs):
            raise ValueError("a person is a box and keypoints")
        return tuple(_person(box, _listed(points, MAX_KEYPOINTS)) for box, points in pairs)
    return tuple(_person(box, []) for box in _listed(data.get("boxes", []), MAX_PEOPLE))


def _person(box: Any, points: list[Any]) -> Person:
    x, y, width, height, score, target = _numbers(box, 6)
    keypoints = [_numbers(point, 4) for point in points]
    return Person(
        x=x,
        y=y,
        width=width,
        height=height,
        score=score,
        target=target,
        keypoints=tuple(Keypoint(x=each[0], y=each[1], score=each[2]) for each in keypoints),
    )


def _image(text: Any) -> bytes | None:
    """The JPEG; None where there is none or it is damaged.

    Only whole groups of four characters count: firmware of December 2024 sends one character too many.
    """
    if not isinstance(text, str):
        return None
    found = BASE64.match(text)
    characters = found[0] if found else ""
    content = base64.b64decode(characters[: len(characters) // 4 * 4], validate=False)
    end = content.rfind(JPEG_END)
    return content[: end + 2] if content.startswith(JPEG_BEGIN) and end > 0 else None


def _listed(value: Any, most: int) -> list[Any]:
    if not isinstance(value, list) or len(value) > most:
        raise ValueError("no list, or too long a one")
    return value


def _numbers(value: Any, count: int) -> list[int]:
    if not isinstance(value, list) or len(value) != count:
        raise ValueError(f"not {count} numbers")
    return [_number(each) for each in value]


def _number(value: Any) -> int:
    if type(value) is not int or not 0 <= value < MAX_COUNT:
        raise ValueError("no number")
    return value
