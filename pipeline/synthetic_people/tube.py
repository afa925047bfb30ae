"""Tubes: what every part of a body is made of.

A tube is a row of rings around an axis, with radii that follow the body. A face is the quadrilateral between two rings
and two neighbouring sectors. Lengths are fractions of the stature.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy

from pipeline.synthetic_people.clothes import Colour
from pipeline.synthetic_people.pose import SIDES

SECTORS = 12
# The points of a unit ring; sector 0 lies on its first axis.
RING = numpy.array(
    [(math.cos(2 * math.pi * (at + 0.5) / SECTORS), math.sin(2 * math.pi * (at + 0.5) / SECTORS)) for at in range(12)]
)
PARTS = (
    "torso", "neck", "head", "hair", "skirt", "backpack", "thing",
    *(f"{side}_{part}" for side, _ in SIDES for part in ("upper_arm", "forearm", "hand", "thigh", "shank", "foot")),
)  # fmt: skip
"""The names of parts; the index of a name is what a face carries."""


@dataclass(frozen=True, kw_only=True)
class Tube:
    """Rings with centres, first and second half axis (each (R, 3)) and the colours (R − 1, SECTORS, 3) between them.

    The second axis is a quarter turn from the first, seen against the direction in which the rings follow each
    other. `swelling` (R, SECTORS) multiplies the distance of single points from their centre.
    """

    part: str
    centres: numpy.ndarray
    first: numpy.ndarray
    second: numpy.ndarray
    colours: numpy.ndarray
    swelling: numpy.ndarray | None = None
    nearer: float = 0.0


def plain(rings: int, colour: Colour) -> numpy.ndarray:
    """One colour for all faces between that many rings."""
    return numpy.broadcast_to(numpy.array(colour, float), (rings - 1, SECTORS, 3))
