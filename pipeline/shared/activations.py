"""Activation functions on arrays of real values; needs numpy alone."""

from __future__ import annotations

from collections.abc import Callable

import numpy

Function = Callable[[numpy.ndarray], numpy.ndarray]


def silu(values: numpy.ndarray) -> numpy.ndarray:
    """X · sigmoid(x)."""
    return numpy.asarray(values * sigmoid(values))


def sigmoid(values: numpy.ndarray) -> numpy.ndarray:
    """1 / (1 + e⁻ˣ)."""
    with numpy.errstate(over="ignore"):  # 1 / (1 + ∞) is right
        return numpy.asarray(1 / (1 + numpy.exp(-values)))


def same(values: numpy.ndarray) -> numpy.ndarray:
    """The values themselves."""
    return values
