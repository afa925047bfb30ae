"""How few bytes a network's weights can take on a device, known before anything is converted."""

from __future__ import annotations

from collections.abc import Iterable

import numpy

CODES = 127
"""The largest int8 code of a weight; the smallest is as far from zero (TensorFlow Lite's specification)."""


def entropy_bytes(tensors: Iterable[numpy.ndarray]) -> int:
    """The entropy of weights as int8 codes with one scale a tensor.

    No coder of single weights gets below it; the files that Vela writes are a sixth above it (yolov8n-pose).
    """
    bits = 0.0
    for weights in tensors:
        largest = float(abs(weights).max(initial=0.0))
        if largest > 0:
            codes = numpy.rint(weights * (CODES / largest)).astype(numpy.int64) + CODES
            counts = numpy.bincount(codes.ravel())
            counts = counts[counts > 0]
            bits += float((counts * numpy.log2(counts.sum() / counts)).sum())
    return int(bits / 8)
