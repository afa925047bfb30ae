"""Which chips would take as long as a board did: how much longer transfers and kernels take than they are said to.

One measured time leaves open which of the two is off, and so do two files that wait alike; the more their waits differ,
the nearer together are the chips that explain both. Knows nothing of Vela.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.npu.event_timeline import Event, timeline

LARGEST = 8.0
"""Factors are looked for from an eighth to this."""
POINTS = 193
"""Factors of kernels that are tried: steps of 2 %."""
HALVINGS = 11
TOLERANCE = 0.01
"""Parts of 1 that a chip may be off: firmwares give whole milliseconds of some fifty."""


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """A compiled file's events, and the cycles that a board took for them."""

    events: Sequence[Event]
    cycles: float


@dataclass(frozen=True, kw_only=True)
class Fit:
    """How many times as long transfers and kernels take, from the least to the most that explain the times.

    `error` is the least that any chip is off, in parts of 1: more than TOLERANCE where none explains them.
    """

    transfers: tuple[float, float]
    kernels: tuple[float, float]
    error: float


def fitted(measurements: Sequence[Measurement]) -> Fit:
    """The chips that explain all measurements, or come nearest to that."""
    reach = math.log(LARGEST)
    found = []
    for number in range(POINTS):
        kernels = math.exp(reach * (2 * number / (POINTS - 1) - 1))
        transfers = _transfers(measurements, kernels)
        error = max(abs(math.expm1(each)) for each in _errors(measurements, transfers, kernels))
        found.append((error, transfers, kernels))
    least = min(found)[0]
    good = [each for each in found if each[0] <= max(least, TOLERANCE)]
    transfers_of, kernels_of = [each[1] for each in good], [each[2] for each in good]
    return Fit(
        transfers=(min(transfers_of), max(transfers_of)), kernels=(min(kernels_of), max(kernels_of)), error=least
    )


def _transfers(measurements: Sequence[Measurement], kernels: float) -> float:
    """The factor of transfers that suits best with one of kernels: times only grow with it."""
    low, high = -math.log(LARGEST), math.log(LARGEST)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if sum(_errors(measurements, math.exp(middle), kernels)) < 0:
            low = middle
        else:
            high = middle
    return math.exp((low + high) / 2)


def _errors(measurements: Sequence[Measurement], transfers: float, kernels: float) -> list[float]:
    """Logarithms of how far each file is off."""
    return [
        math.log(timeline(item.events, transfer_scale=transfers, kernel_scale=kernels).total / item.cycles)
        for item in measurements
    ]
