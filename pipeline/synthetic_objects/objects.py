"""Four kinds of objects as polygons, each drawn in a square of side 1 around (0, 0) with y downwards."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy

from pipeline.synthetic_people.clothes import Colour, any_colour, scaled
from pipeline.synthetic_people.pose import chance, evenly

Point = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Patch:
    """A polygon of one colour."""

    corners: Sequence[Point]
    colour: Colour


def _ellipse(x: float, y: float, wide: float, high: float, *, start: float = 0.0, end: float = 1.0) -> list[Point]:
    """Points of an ellipse, or of the part from one fraction of a turn to another."""
    turns = [start + (end - start) * step / 32 for step in range(33)]
    return [(x + wide * math.cos(math.tau * turn), y + high * math.sin(math.tau * turn)) for turn in turns]


def _box(left: float, top: float, right: float, bottom: float) -> list[Point]:
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def ball(random: numpy.random.Generator) -> list[Patch]:
    """A disc with two or three bands across it, and a highlight."""
    first, second = any_colour(random), any_colour(random)
    patches = [Patch(corners=_ellipse(0, 0, 0.5, 0.5), colour=first)]
    for _ in range(int(random.integers(2, 4))):
        middle, half = evenly(random, -0.3, 0.3), evenly(random, 0.04, 0.1)
        ends = [(y, math.sqrt(0.25 - y * y)) for y in (middle - half, middle, middle + half)]
        corners = [(-x, y) for y, x in ends] + [(x, y) for y, x in reversed(ends)]
        patches.append(Patch(corners=corners, colour=second))
    light = scaled(first, 1.5) if chance(random, 0.5) else (250.0, 250.0, 250.0)
    return [*patches, Patch(corners=_ellipse(-0.18, -0.2, 0.09, 0.07), colour=light)]


def cup(random: numpy.random.Generator) -> list[Patch]:
    """A body that is wider at its top, a handle, and the dark inside."""
    colour, narrow = any_colour(random), evenly(random, 0.18, 0.3)
    wide, high, rim = evenly(random, 0.28, 0.34), evenly(random, 0.28, 0.42), evenly(random, 0.05, 0.11)
    thick, side = evenly(random, 0.05, 0.08), 1.0 if chance(random, 0.5) else -1.0
    outer = _ellipse(0, 0, 0.2, high * 0.6, start=-0.25, end=0.25)
    inner = _ellipse(0, 0, 0.2 - thick, high * 0.6 - thick, start=0.25, end=-0.25)
    handle = [(side * (x + wide * 0.85), y) for x, y in (*outer, *inner)]
    patches = [Patch(corners=handle, colour=scaled(colour, 0.8))]
    patches.append(Patch(corners=[(-wide, -high), (wide, -high), (narrow, high), (-narrow, high)], colour=colour))
    patches.append(Patch(corners=_ellipse(0, high, narrow, rim * 0.7), colour=colour))
    if chance(random, 0.5):
        level, half = evenly(random, -0.1, 0.15), evenly(random, 0.04, 0.1)
        at = narrow + (wide - narrow) * (high - level) / (2 * high)
        patches.append(
            Patch(corners=_box(-at * 0.95, level - half, at * 0.95, level + half), colour=any_colour(random))
        )
    patches.append(Patch(corners=_ellipse(0, -high, wide, rim), colour=scaled(colour, 1.2)))
    return [*patches, Patch(corners=_ellipse(0, -high, wide * 0.86, rim * 0.75), colour=scaled(colour, 0.35))]


def book(random: numpy.random.Generator) -> list[Patch]:
    """A cover with a spine, the edges of the pages, and a title."""
    colour, wide, thick = any_colour(random), evenly(random, 0.28, 0.38), evenly(random, 0.04, 0.1)
    pages = (evenly(random, 215, 250), evenly(random, 210, 245), evenly(random, 190, 230))
    back = [(-wide + thick, -0.48), (wide + thick, -0.48), (wide + thick, 0.4), (-wide + thick, 0.4)]
    front = [(-wide, -0.48 + thick), (wide, -0.48 + thick), (wide, 0.48), (-wide, 0.48)]
    leaves = [(wide, -0.48 + thick), (wide + thick, -0.48), (wide + thick, 0.4), (wide, 0.48)]
    upper = [(-wide, -0.48 + thick), (-wide + thick, -0.48), (wide + thick, -0.48), (wide, -0.48 + thick)]
    patches = [Patch(corners=back, colour=scaled(colour, 0.7)), Patch(corners=leaves, colour=pages)]
    patches += [Patch(corners=upper, colour=scaled(pages, 0.9)), Patch(corners=front, colour=colour)]
    patches.append(Patch(corners=_box(-wide, -0.48 + thick, -wide * 0.75, 0.48), colour=scaled(colour, 0.7)))
    title, top = any_colour(random), evenly(random, -0.3, -0.1)
    for line in range(int(random.integers(1, 4))):
        right = wide * evenly(random, 0.3, 0.85)
        patches.append(
            Patch(corners=_box(-wide * 0.55, top + line * 0.13, right, top + line * 0.13 + 0.07), colour=title)
        )
    return patches


def bottle(random: numpy.random.Generator) -> list[Patch]:
    """A body, shoulders, a neck, a cap, and a label."""
    colour, wide, neck = any_colour(random), evenly(random, 0.13, 0.19), evenly(random, 0.045, 0.07)
    shoulder, top = evenly(random, -0.22, -0.08), -0.42
    outline = [(-wide, shoulder), (-neck, shoulder - 0.14), (-neck, top), (neck, top), (neck, shoulder - 0.14)]
    outline += [(wide, shoulder), (wide, 0.46), (wide * 0.85, 0.5), (-wide * 0.85, 0.5), (-wide, 0.46)]
    patches = [Patch(corners=outline, colour=colour)]
    patches.append(Patch(corners=_box(-neck * 1.25, -0.5, neck * 1.25, top), colour=any_colour(random)))
    middle, half = evenly(random, 0.1, 0.25), evenly(random, 0.08, 0.16)
    patches.append(Patch(corners=_box(-wide, middle - half, wide, middle + half), colour=any_colour(random)))
    return [*patches, Patch(corners=_box(-wide * 0.7, shoulder + 0.03, -wide * 0.45, 0.42), colour=scaled(colour, 1.4))]


KINDS: dict[str, Callable[[numpy.random.Generator], list[Patch]]] = {
    "ball": ball, "bottle": bottle, "book": book, "cup": cup,
}  # fmt: skip
"""In the order of their class numbers."""
