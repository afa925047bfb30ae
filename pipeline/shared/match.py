"""Two detections of one thing; needs nothing."""

from __future__ import annotations

from typing import NamedTuple


class Match(NamedTuple):
    """How alike two detections are, from 0 to 1 (NaN where nothing of the first one can be compared), the sum of the
    distances of so many points of them, and what the second lies to the left of the first one and above it, in pixels.
    """

    likeness: float
    pixels: float
    points: int
    offset: tuple[float, float]
