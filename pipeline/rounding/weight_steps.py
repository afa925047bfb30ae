"""How coarse each channel's weights become: one exchange rate between bytes and accuracy for all layers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy

from pipeline.rounding.gptq import BITS_OF_A_BYTE, LARGEST_CODE, entropy_bytes

COARSEST_CODE = 1.5
"""The largest weight of a channel keeps at least this code."""
LARGEST_BIAS = 2**30
FINEST_SHARE = 127 * 4096
"""A channel whose weights are much smaller than the layer's largest one gets no step of its own: kernels scale by a
whole number and a shift.
"""
SMALLEST_STEP = 1e-10
LEAST_COST = 1e-9
"""Of a channel, against the dearest one."""
LOWEST_SLOPE, HIGHEST_SLOPE, PRECISION, TRIES = 1e-7, 1e3, 0.003, 30
BITS_OF_A_SLOPE = numpy.log(2) / 6
"""What a bit may cost at slope 1: an error's power is step² / 12, and half the step takes one bit more."""


@dataclass(frozen=True, kw_only=True)
class Layer:
    """A convolution's weights (O, d), what unit noise in a channel costs (O,), more than 0, how much an input
    varies when those after it are known, on average; `bias` (O,) and its scale say how fine a step may be at most.
    """

    matrix: numpy.ndarray
    costs: numpy.ndarray
    spread: float
    bias: numpy.ndarray
    input_scale: float

    @property
    def finest(self) -> numpy.ndarray:
        """Steps (O,) with which no weight is clipped, no bias runs over, and no channel is scaled to nothing."""
        largest = numpy.abs(self.matrix).max(1)
        least = numpy.abs(self.bias) / (self.input_scale * LARGEST_BIAS)
        return numpy.asarray(numpy.maximum(largest / LARGEST_CODE, least).clip(largest.max() / FINEST_SHARE, None))


def relative(costs: Sequence[numpy.ndarray]) -> list[numpy.ndarray]:
    """Costs of the channels of all layers as parts of the dearest one's; all the same where nothing costs anything."""
    dearest = max((float(each.max()) for each in costs), default=0.0)
    if dearest <= 0:
        return [numpy.ones_like(each) for each in costs]
    return [numpy.maximum(each / dearest, LEAST_COST) for each in costs]


def steps(layer: Layer, slope: float, *, per_channel: bool) -> numpy.ndarray:
    """Steps (O,) in proportion to slope / √(cost · spread), and no finer than int8 needs; as float32 holds them."""
    finest, costs = layer.finest.clip(SMALLEST_STEP), layer.costs
    if not per_channel:
        finest, costs = numpy.full_like(finest, finest.max()), numpy.full_like(costs, costs.mean())
    coarse = slope / numpy.sqrt(costs * layer.spread)
    return numpy.asarray(coarse.clip(finest, finest * LARGEST_CODE / COARSEST_CODE), numpy.float32)


def size_at(layers: Sequence[Layer], slope: float, *, per_channel: bool) -> float:
    """Bytes of an ideal coder after plain rounding."""
    found = 0.0
    for layer in layers:
        step = steps(layer, slope, per_channel=per_channel).astype(numpy.float64)
        found += entropy_bytes(numpy.rint(layer.matrix / step[:, None]))
    return found


def slope_for(layers: Sequence[Layer], wanted: float, *, per_channel: bool) -> float:
    """The slope at which plain rounding takes about `wanted` bytes; LOWEST_SLOPE where no finer steps take as many.

    A step that is twice as large takes a bit a weight less, so that a few tries are enough.
    """
    count = sum(layer.matrix.size for layer in layers)
    if size_at(layers, LOWEST_SLOPE, per_channel=per_channel) <= wanted:
        return LOWEST_SLOPE
    slope, low, high = 1.0, LOWEST_SLOPE, HIGHEST_SLOPE
    for _ in range(TRIES):
        size = size_at(layers, slope, per_channel=per_channel)
        if abs(size - wanted) <= PRECISION * wanted:
            break
        low, high = (slope, high) if size > wanted else (low, slope)
        tried = slope * 2 ** ((size - wanted) * BITS_OF_A_BYTE / count)
        slope = float(tried) if low < tried < high else (low * high) ** 0.5
    return slope
