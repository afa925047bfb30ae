"""What the heads of all tasks share in TensorFlow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy
import tensorflow

from pipeline.heads.pose import BINS

Maps = Mapping[str, Any]
"""Feature maps (1, n, n, C) by their names."""


def rows(feature: Any) -> Any:
    """(1, n, n, C) → (1, n², C)."""
    _, height, width, channels = feature.shape
    return tensorflow.reshape(feature, (1, height * width, channels))


def corners(side: int) -> numpy.ndarray:
    """The cells' corners of a grid (1, n², 2) as x, y, in parts of the image's side."""
    ys, xs = numpy.meshgrid(numpy.arange(side), numpy.arange(side), indexing="ij")
    return (numpy.stack([xs, ys], -1).reshape(1, side * side, 2) * (1 / side)).astype(numpy.float32)


def decoded_boxes(feature: Any) -> tuple[Any, Any, Any]:
    """Of a grid's boxes (1, n, n, 64) the centres, and how far they reach before and after a cell's middle, (1, n², 2)
    each, in parts of the image's side. Their sum, the sides, is left to the head: operators are named in their order.
    """
    side = feature.shape[1]
    unit = 1 / side
    # Two dimensions: a batched product would become one FULLY_CONNECTED an anchor.
    bins = tensorflow.reshape(feature, (side * side * 4, BINS))
    expectation = (numpy.arange(BINS) * unit).astype(numpy.float32).reshape(BINS, 1)
    distance = tensorflow.reshape(tensorflow.nn.softmax(bins) @ expectation, (1, side * side, 4))
    before, after = distance[..., :2], distance[..., 2:]
    centre = (after - before) * 0.5 + (corners(side) + numpy.float32(0.5 * unit))
    return centre, before, after
