"""What a board printed, as the stage detect writes what this machine finds: see pipeline/detect."""

from __future__ import annotations

from typing import Any

from edgecask.firmware.board.frames import Person

OUTSIDE = 60_000
"""The XIAO prints 655xx for what lies to the left of the frame or above it (an inference)."""
PERCENT = 100


def as_detection(person: Person, *, corner: bool) -> dict[str, Any]:
    """A person in pixels of the frame, scores in parts of 1; `corner` where the box's x and y are its left and top.

    Himax' app prints those, Seeed's firmware the centre. A keypoint outside of all frames counts as not visible.
    """
    left = person.x if corner else person.x - person.width / 2
    top = person.y if corner else person.y - person.height / 2
    return {
        "box": [left, top, left + person.width, top + person.height],
        "score": person.score / PERCENT,
        "class": person.target,
        "keypoints": [
            [point.x, point.y, 0.0 if max(point.x, point.y) >= OUTSIDE else point.score / PERCENT]
            for point in person.keypoints
        ],
    }
