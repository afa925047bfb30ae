"""The Ethos-U's fixed-point arithmetic, which is TFLite's by Arm's word."""

from __future__ import annotations

from typing import Any

import numpy

UNSCALED = (1, 0)
"""OFM_SCALE and its shift where a result is taken as it is."""


def high_multiply(left: Any, right: Any) -> Any:
    """TFLite's SaturatingRoundingDoublingHighMul: left · right / 2³¹, rounded to nearest."""
    product = left * right
    nudged = product + numpy.where(product >= 0, 1 << 30, 1 - (1 << 30))
    return numpy.where(nudged >= 0, nudged >> 31, -((-nudged) >> 31))


def divide_by_power(values: Any, exponent: Any) -> Any:
    """TFLite's RoundingDivideByPOT."""
    remainder, threshold = values & ((1 << exponent) - 1), ((1 << exponent) - 1) >> 1
    return (values >> exponent) + (remainder > threshold + (values < 0))


def scaled(values: Any, scale: Any, shift: Any) -> Any:
    """Values · scale / 2^shift as TFLite's MultiplyByQuantizedMultiplier rounds it; arrays of one shape."""
    left, right = numpy.maximum(31 - shift, 0), numpy.maximum(shift - 31, 0)
    return divide_by_power(high_multiply(values << left, scale), right)


def leading_zeros(values: Any) -> Any:
    """How many bits of each number of 32 are zero before the first that is one."""
    bits = numpy.asarray(values, numpy.int64) & 0xFFFFFFFF
    return 32 - numpy.frexp(bits.astype(numpy.float64))[1]  # exact: 32 bits of 53


def rescaled(values: Any, scale: tuple[int, int]) -> Any:
    """Values by OFM_SCALE and its shift."""
    return values if tuple(scale) == UNSCALED else scaled(values, *scale)
