"""A choice of pictures that differ from each other, always the same one; used by prepare.py. Needs numpy alone."""

from __future__ import annotations

import numpy

SIDE = 8
"""A picture is compared by its mean colours in SIDE × SIDE fields."""


def descriptor(image: numpy.ndarray) -> numpy.ndarray:
    """The mean colours of a (H, W, C) picture's fields, (SIDE · SIDE · C,)."""
    rows = numpy.array_split(image.astype(numpy.float32), SIDE)
    return numpy.concatenate(
        [field.mean((0, 1)) for row in rows for field in numpy.array_split(row, SIDE, axis=1)]
    ).astype(numpy.float32)


def most_diverse(descriptors: numpy.ndarray, count: int) -> list[int]:
    """The numbers of `count` rows of (N, D), in order: each is the one farthest from those before (the first, from the
    mean); of equals the first.
    """
    distance = ((descriptors - descriptors.mean(0)) ** 2).sum(1)
    chosen = [int(distance.argmax())]
    distance = numpy.full(len(descriptors), numpy.inf)
    while len(chosen) < count:
        distance = numpy.minimum(distance, ((descriptors - descriptors[chosen[-1]]) ** 2).sum(1))
        distance[chosen] = -1
        chosen.append(int(distance.argmax()))
    return sorted(chosen)
