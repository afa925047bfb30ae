"""Ranges of activations by what their rounding and clipping costs decoded people; see observe.py. Needs numpy alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy

BINS = 4096
"""So many that the narrowest range still has some 128 of them."""
SAMPLES = 20_000
"""Values of a tensor that are looked at in one picture, spread evenly over it."""
FLOOR = 0.05
"""What a value weighs at least, as a part of the mean: one that costs nothing on these pictures may on others. With 40
photographs, keypoints of 40 others lost .032 without this search, .032 with no floor, and .019 with this one.
"""
CANDIDATES, ROUNDS = 48, 3
NARROWEST = 0.03
"""Of an end of the range from the smallest value to the largest."""
LOWEST_CODE, HIGHEST_CODE = -128, 127
SMALLEST_SCALE = 1e-6


@dataclass(kw_only=True)
class Group:
    """Tensors of the integer model that share a range (`members`), and those of the float network with their values.

    `counts` (BINS,) is a histogram of the values from `low` to `high`, each by what an error there costs.
    """

    members: list[int]
    tensors: list[int]
    scale: float
    zero_point: int
    counts: numpy.ndarray = field(default_factory=lambda: numpy.zeros(BINS))

    @classmethod
    def of(cls, described: dict[str, Any]) -> Group:
        """From its entry in network.npz."""
        return cls(**described)

    @property
    def ends(self) -> tuple[float, float]:
        """The range as it stands."""
        return (LOWEST_CODE - self.zero_point) * self.scale, (HIGHEST_CODE - self.zero_point) * self.scale

    def add(self, values: numpy.ndarray, gradients: numpy.ndarray) -> None:
        """Count values (N, C, H, W) of one of the tensors by their squared gradients."""
        step = max(1, values[0].size // SAMPLES)
        found, weights = values.ravel()[::step], gradients.ravel()[::step].astype(numpy.float64) ** 2
        weights += FLOOR * weights.mean()
        low, high = self.ends
        bins = ((found - low) * (BINS / (high - low))).clip(0, BINS - 1).astype(numpy.int64)
        self.counts += numpy.bincount(bins, weights, BINS) * step

    def merge(self, other: Group) -> None:
        """Count what another counted."""
        self.counts += other.counts

    def chosen(self) -> tuple[float, int]:
        """The scale and zero point that cost least; those before where nothing was counted."""
        low, high = self.ends
        edges = numpy.linspace(low, high, BINS + 1)
        kept = self.counts > 0
        centres, counts = ((edges[1:] + edges[:-1]) / 2)[kept], self.counts[kept]

        def cost(scale: float, zero_point: int) -> float:
            codes = numpy.clip(numpy.rint(centres / scale) + zero_point, LOWEST_CODE, HIGHEST_CODE)
            return float(counts @ ((codes - zero_point) * scale - centres) ** 2)

        best = (cost(self.scale, self.zero_point), self.scale, self.zero_point)
        if not len(counts):
            return best[1:]
        parts = [float(part) for part in numpy.geomspace(NARROWEST, 1, CANDIDATES)]
        below = above = 1.0
        for _ in range(ROUNDS):
            before = below, above
            below = _least(parts, lambda part: cost(*quantization(low * part, high * above)))  # noqa: B023
            above = _least(parts, lambda part: cost(*quantization(low * below, high * part)))  # noqa: B023
            if before == (below, above):
                break
        scale, zero_point = quantization(low * below, high * above)
        return min(best, (cost(scale, zero_point), scale, zero_point))[1:]


def _least(parts: list[float], cost: Callable[[float], float]) -> float:
    """The first of those that cost least. All are tried: costs have valleys beside each other."""
    costs = [cost(part) for part in parts]
    return parts[costs.index(min(costs))]


def quantization(low: float, high: float) -> tuple[float, int]:
    """Scale and zero point of a range, moved a little so that zero has a code."""
    low, high = min(low, 0.0), max(high, 0.0)
    codes = HIGHEST_CODE - LOWEST_CODE
    scale = float(numpy.float32(max((high - low) / codes, SMALLEST_SCALE)))
    return scale, int(numpy.clip(round(LOWEST_CODE - low / scale), LOWEST_CODE, HIGHEST_CODE))
