"""Kernels of float operators in NumPy, as TensorFlow Lite defines them (tensorflow/lite/kernels); see float_network.py.

Each takes the arrays of an operator's inputs, one image in them, and its options from the file; it gives those of its
outputs. Maps are (1, H, W, C).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy
from tensorflow.lite.python import schema_py_generated as schema

from pipeline.shared.activations import sigmoid
from pipeline.shared.padding import same_padding
from pipeline.shared.tflite_graph import Operator, operator_name

Array = numpy.ndarray
Kernel = Callable[[Sequence[Array], Any], Sequence[Array]]
Activation = schema.ActivationFunctionType

MOST_SEEN = 1 << 28
"""Values in the windows of all places of a map, a gigabyte: the largest YOLOv8 at 1280 pixels has a third of that."""

ACTIVATIONS: dict[int, Callable[[Array], Array]] = {
    Activation.NONE: lambda values: values,
    Activation.RELU: lambda values: numpy.maximum(values, 0, out=values),
    Activation.RELU6: lambda values: numpy.clip(values, 0, 6, out=values),
}


def _activated(values: Array, options: Any) -> list[Array]:
    return [ACTIVATIONS[options.fusedActivationFunction](values)]


def padded(values: Array, window: tuple[int, int], options: Any, *, fill: float = 0.0) -> Array:
    """A map with what its padding puts around it, more below and on the right."""
    if options.padding != schema.Padding.SAME:
        return values
    strides = options.strideH, options.strideW
    pads = [same_padding(*axis) for axis in zip(values.shape[1:3], window, strides, strict=True)]
    return numpy.pad(values, [(0, 0), *pads, (0, 0)], constant_values=fill) if numpy.any(pads) else values


def windows(values: Array, window: tuple[int, int], options: Any, *, fill: float = 0.0) -> Array:
    """What stands in the window at every place of a padded map: a view (H', W', height, width, C).

    Raises ValueError where that is more than any network for a device sees.
    """
    places = [
        -(-side // stride) for side, stride in zip(values.shape[1:3], (options.strideH, options.strideW), strict=True)
    ]
    if math.prod((*places, *map(int, window), values.shape[3])) > MOST_SEEN:
        raise ValueError("windows that see too much")
    values = padded(values, window, options, fill=fill)
    found = numpy.lib.stride_tricks.sliding_window_view(values[0], window, axis=(0, 1))
    return found[:: options.strideH, :: options.strideW].transpose(0, 1, 3, 4, 2)


def convolution(inputs: Sequence[Array], options: Any) -> list[Array]:
    """Weights are (O, H, W, I)."""
    values, weights = inputs[:2]
    seen = windows(values, weights.shape[1:3], options)
    made = seen.reshape(-1, weights[0].size) @ weights.reshape(len(weights), -1).T
    made += inputs[2]
    return _activated(made.reshape(1, *seen.shape[:2], -1), options)


def depthwise(inputs: Sequence[Array], options: Any) -> list[Array]:
    """Weights are (1, H, W, C): one output for each channel."""
    values, weights = inputs[:2]
    seen = windows(values, weights.shape[1:3], options)
    made = numpy.zeros((*seen.shape[:2], seen.shape[-1]), numpy.float32)
    for row, column in numpy.ndindex(*weights.shape[1:3]):
        made += seen[:, :, row, column] * weights[0, row, column]
    made += inputs[2]
    return _activated(made[None], options)


def dense(inputs: Sequence[Array], options: Any) -> list[Array]:
    """Weights are (O, I); what stands before the last axis are rows."""
    values, weights = inputs[:2]
    made = values.reshape(-1, weights.shape[1]) @ weights.T
    if len(inputs) > 2:
        made += inputs[2]
    shape = (*values.shape[:-1], len(weights)) if options.keepNumDims else made.shape
    return _activated(made.reshape(shape), options)


def max_pool(inputs: Sequence[Array], options: Any) -> list[Array]:
    """The largest in each window."""
    window = options.filterHeight, options.filterWidth
    seen = windows(inputs[0], window, options, fill=-numpy.inf)
    return _activated(seen.max((2, 3))[None], options)


def softmax(inputs: Sequence[Array], options: Any) -> list[Array]:
    """Over the last axis."""
    powers = numpy.exp((inputs[0] - inputs[0].max(-1, keepdims=True)) * numpy.float32(options.beta))
    return [powers / powers.sum(-1, keepdims=True)]


def nearest(inputs: Sequence[Array], options: Any) -> list[Array]:
    """The pixel that lies at the same part of each side, counted from its corner."""
    rows, columns = (
        numpy.arange(side) * before // side for side, before in zip(inputs[1], inputs[0].shape[1:3], strict=True)
    )
    return [inputs[0][:, rows][:, :, columns]]


def strided_slice(inputs: Sequence[Array], options: Any) -> list[Array]:
    """From begin to end, of every axis."""
    parts = [
        slice(
            None if options.beginMask >> axis & 1 else int(begin),
            None if options.endMask >> axis & 1 else int(end),
            int(step),
        )
        for axis, (begin, end, step) in enumerate(zip(*inputs[1:4], strict=True))
    ]
    return [inputs[0][tuple(parts)]]


def split(values: Array, sizes: Sequence[int], axis: int) -> list[Array]:
    """Parts of so many entries each; raises ValueError where they are not all of the axis."""
    if min(sizes) < 0 or sum(sizes) != values.shape[axis]:
        raise ValueError("parts that are not the whole")
    return numpy.split(values, numpy.cumsum(sizes)[:-1], axis)


def split_evenly(inputs: Sequence[Array], options: Any) -> list[Array]:
    """The axis comes first."""
    return numpy.split(inputs[1], options.numSplits, int(inputs[0]))


KERNELS: dict[int, Kernel] = {
    Operator.ADD: lambda inputs, options: _activated(inputs[0] + inputs[1], options),
    Operator.CONCATENATION: lambda inputs, options: _activated(numpy.concatenate(inputs, options.axis), options),
    Operator.CONV_2D: convolution,
    Operator.DEPTHWISE_CONV_2D: depthwise,
    Operator.FULLY_CONNECTED: dense,
    Operator.LOGISTIC: lambda inputs, _: [sigmoid(inputs[0])],
    Operator.MAX_POOL_2D: max_pool,
    Operator.MUL: lambda inputs, options: _activated(inputs[0] * inputs[1], options),
    Operator.PAD: lambda inputs, _: [numpy.pad(inputs[0], inputs[1])],
    Operator.RELU: lambda inputs, _: [numpy.maximum(inputs[0], 0)],
    Operator.RELU6: lambda inputs, _: [numpy.clip(inputs[0], 0, 6)],
    Operator.RESHAPE: lambda inputs, _: [inputs[0].reshape(inputs[1])],
    Operator.RESIZE_NEAREST_NEIGHBOR: nearest,
    Operator.SOFTMAX: softmax,
    Operator.SPLIT: split_evenly,
    Operator.SPLIT_V: lambda inputs, _: split(inputs[0], inputs[1].tolist(), int(inputs[2])),
    Operator.STRIDED_SLICE: strided_slice,
    Operator.SUB: lambda inputs, options: _activated(inputs[0] - inputs[1], options),
    Operator.TRANSPOSE: lambda inputs, _: [inputs[0].transpose(inputs[1])],
}
"""By the number of the operator."""


def unknown(kind: int, options: Any) -> str:
    """What of an operator is not known here; nothing where all is."""
    name = operator_name(kind)
    if kind not in KERNELS:
        return f"the operator {name}"
    if getattr(options, "fusedActivationFunction", Activation.NONE) not in ACTIVATIONS:
        return f"the activation in {name}"
    dilated = (getattr(options, "dilationHFactor", 1), getattr(options, "dilationWFactor", 1)) != (1, 1)
    if dilated or getattr(options, "depthMultiplier", 1) > 1:
        return f"a dilated or widening {name}"
    if any(getattr(options, name, 0) for name in ("ellipsisMask", "newAxisMask", "shrinkAxisMask", "weightsFormat")):
        return f"{name} of that form"
    if getattr(options, "alignCorners", False) or getattr(options, "halfPixelCenters", False):
        return f"{name} by another rule"
    return ""
