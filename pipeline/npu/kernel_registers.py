"""What registers say of a kernel's arithmetic: strides, rounding, on which scale two maps are added."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy

from pipeline.harness import Refused
from pipeline.npu.feature_map import value_of
from pipeline.npu.fixed_point import divide_by_power, high_multiply

NATURAL = 2
"""Of `rounding`."""
REVERSED, SCALAR = 0x40, 0x80
"""Of IFM2_BROADCAST; its lowest three bits spread the second map over height, width, depth."""


def operands(registers: Mapping[str, Any], left: Any, right: Any) -> tuple[Any, Any]:
    """What is added or subtracted, on one scale."""
    operand = registers["IFM_PRECISION"] >> 8 & 3
    factor, shift = registers["OPA_SCALE"]
    if operand == 0:
        return left * factor, right * value_of(registers, "OPB_SCALE")
    # TFLite moves both by 20 bits; the one with the larger scale is halved, the other also multiplied.
    given = (numpy.asarray(left), numpy.asarray(right))
    moved = [given[0] << 19, given[1] << 19]
    # The first operand is the second map where their order is reversed.
    chosen = operand - 1 if not registers["IFM2_BROADCAST"] & REVERSED else 2 - operand
    moved[chosen] = divide_by_power(high_multiply(given[chosen] << 20, factor), shift - 11)
    return moved[0], moved[1]


def steps(registers: Mapping[str, Any]) -> tuple[int, int]:
    """Strides in height and width: the lowest bit of each, and further ones elsewhere."""
    stride = int(registers["KERNEL_STRIDE"])
    return 1 + (stride >> 1 & 1 | (stride >> 9 & 7) << 1), 1 + (stride & 1 | (stride >> 6 & 7) << 1)


def dilations(registers: Mapping[str, Any]) -> tuple[int, int]:
    """Dilation in height and width."""
    stride = int(registers["KERNEL_STRIDE"])
    return 1 + (stride >> 4 & 1), 1 + (stride >> 3 & 1)


def refuse_other_types(precision: int) -> None:
    """Raise Refused for elements of neither 8 nor 32 bits."""
    if precision & 1:
        raise Refused("model-file", "Feature maps of 16 bits are not simulated.")


def rounding(registers: Mapping[str, Any]) -> int:
    """0: as TFLite; 2: natural."""
    return int(registers["OFM_PRECISION"] >> 14)
