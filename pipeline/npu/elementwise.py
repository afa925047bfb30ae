"""Elementwise operations of an Ethos-U: what comes of two feature maps, or of one, before zero point and limits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy

from pipeline.harness import Refused
from pipeline.npu.feature_map import WIDE, element_bytes
from pipeline.npu.fixed_point import UNSCALED, divide_by_power, high_multiply, leading_zeros, rescaled, scaled
from pipeline.npu.kernel_registers import NATURAL, REVERSED, operands, rounding

MULTIPLY, ADD, SUBTRACT, LEAST, GREATEST, LEAKY, ABSOLUTE, LEADING_ZEROS, SHIFT_RIGHT, SHIFT_LEFT = range(10)
DOUBLING = (1 << 30, 31)
"""OFM_SCALE and its shift where two numbers of 32 bits are multiplied as TFLite's fixed-point numbers are. An
inference: it is what Vela writes for a product whose scale is a half, in a softmax that is to be TFLite's to the
bit."""


def of_two(registers: Mapping[str, Any], kind: int, left: Any, right: Any) -> Any:
    """Of two feature maps, or of one and a number."""
    scale, shift = registers["OFM_SCALE"]
    wide = element_bytes(registers, "IFM") == WIDE
    if kind == MULTIPLY and wide and (scale, shift) == DOUBLING:
        return high_multiply(left, right)
    if kind == MULTIPLY and wide and (scale, shift) != UNSCALED:
        raise Refused("model-file", "Products of 32 bits with another scale are not simulated.")
    if kind == MULTIPLY:
        return rescaled(left * right, (scale, shift))
    if kind == SHIFT_LEFT:
        return left << right
    if kind == SHIFT_RIGHT and rounding(registers) == NATURAL:
        return (left + ((1 << right) >> 1)) >> right
    if kind == SHIFT_RIGHT and not rounding(registers):
        return divide_by_power(left, right)
    if kind in (LEAST, GREATEST):
        return (numpy.minimum, numpy.maximum)[kind - LEAST](left, right)
    if kind in (ADD, SUBTRACT) and not rounding(registers):
        left, right = operands(registers, left, right)
        if kind == SUBTRACT:
            right = -right
            if registers["IFM2_BROADCAST"] & REVERSED:
                left, right = -left, -right
        return rescaled(left + right, (scale, shift))
    raise Refused("model-file", f"The elementwise operation {kind} is not simulated.")


def of_one(registers: Mapping[str, Any], kind: int, values: Any) -> Any:
    """Of one feature map: its absolute value, below zero a part of it, or how many zeros its numbers begin with."""
    scale, shift = registers["OFM_SCALE"]
    if kind == LEADING_ZEROS:
        return leading_zeros(values)
    if kind == ABSOLUTE:
        return scaled(abs(values), scale, shift)
    if kind == LEAKY:
        return numpy.where(values >= 0, values, scaled(values, scale, shift))
    raise Refused("model-file", f"The elementwise operation {kind} is not simulated.")
