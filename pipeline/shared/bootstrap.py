"""How sure a figure is that was measured on some images: the same on samples of them. Needs numpy alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy

SHARES = (0.025, 0.975)
"""The central 95 % of a bootstrap."""


def samples(images: int, *, replicates: int, seed: int) -> numpy.ndarray:
    """`replicates` bootstrap samples of the images, (replicates, images)."""
    return numpy.random.default_rng(seed).integers(0, images, (replicates, images))


def interval(values: Sequence[float] | numpy.ndarray, digits: int) -> list[float]:
    """The central 95 % of a bootstrap; samples in which there is nothing to measure (NaN) are left out."""
    return [round(float(value), digits) for value in numpy.nanquantile(numpy.asarray(values, float), SHARES)]
