"""Weights rounded so that the errors of a layer cancel, and biases that carry what is left; used by quantize.py.

Plain quantisation rounds every weight by itself. Here the columns of a layer's weight matrix are rounded one after the
other, and each column's error is made up for by those that are still to come, as far as the calibration activations
allow (GPTQ, arXiv:2210.17323: minimise |(W − Ŵ)X|² by the inverse of the Hessian X Xᵀ). The result is a standard int8
.tflite: other codes, and with fewer `levels` another weight scale, so that the device reads fewer bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy
import tensorflow
from ranges import Graph, Operator

DAMPING = 0.01
BLOCK = 64
LARGEST_CODE = 127
MOST_ROWS = 24_000
"""Positions of a layer's input that go into its Hessian, spread evenly over the pictures."""


@dataclass(frozen=True, kw_only=True)
class Layer:
    """A convolution: the tensors of its input, weights and bias in the integer and in the float model.

    `matrix` are the float weights (outputs, height · width · inputs).
    """

    source: int
    weights: int
    bias: int
    float_source: int
    matrix: numpy.ndarray
    kernel: tuple[int, int]
    strides: tuple[int, int]
    same: bool


def _array(graph: Graph, tensor: int, dtype: Any) -> numpy.ndarray:
    found = graph.tensors[tensor]
    return numpy.frombuffer(bytes(graph.model.buffers[found.buffer].data), dtype).reshape(found.shape)


def layers(integer: Graph, floating: Graph) -> list[Layer]:
    """The convolutions that both models have in the same order; raises ValueError where they do not agree."""
    pairs = [
        [operator for kind, operator in zip(graph.kinds, graph.operators, strict=True) if kind == Operator.CONV_2D]
        for graph in (integer, floating)
    ]
    found = []
    for ours, theirs in zip(*pairs, strict=True):
        weights = _array(floating, theirs.inputs[1], numpy.float32)
        if list(integer.tensors[ours.inputs[1]].shape) != list(weights.shape):
            raise ValueError("the layers of the integer model are not those of the float model")
        options = ours.builtinOptions
        outputs, height, width, _ = weights.shape
        found.append(
            Layer(
                source=ours.inputs[0],
                weights=ours.inputs[1],
                bias=ours.inputs[2],
                float_source=theirs.inputs[0],
                matrix=weights.reshape(outputs, -1).astype(numpy.float64),
                kernel=(height, width),
                strides=(options.strideH, options.strideW),
                same=options.padding == 0,
            )
        )
    return found


def patches(values: numpy.ndarray, layer: Layer, step: int) -> numpy.ndarray:
    """Rows of what every `step`-th position of the convolution sees of a (1, H, W, C) input."""
    (height, width), (down, right) = layer.kernel, layer.strides
    if layer.same:
        pads = [
            max((-(-side // stride) - 1) * stride + kernel - side, 0)
            for side, kernel, stride in zip(values.shape[1:3], layer.kernel, layer.strides, strict=True)
        ]
        values = numpy.pad(values, [(0, 0), *((pad // 2, pad - pad // 2) for pad in pads), (0, 0)])
    windows = numpy.lib.stride_tricks.sliding_window_view(values[0], (height, width), axis=(0, 1))[::down, ::right]
    rows = windows.transpose(0, 1, 3, 4, 2).reshape(-1, height * width * values.shape[3])
    return rows[::step]


def interpreter_of(content: bytes) -> Any:
    """With all tensors kept, and no delegate, which would not compute those inside its part of the graph."""
    lite = tensorflow.lite
    made = lite.Interpreter(
        model_content=content,
        experimental_preserve_all_tensors=True,
        experimental_op_resolver_type=lite.experimental.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
        num_threads=2,
    )
    made.allocate_tensors()
    return made


@dataclass(kw_only=True)
class Statistics:
    """What a layer saw: the Hessian (d, d), the means of its input in both models (d,), and the number of rows."""

    hessian: numpy.ndarray
    mean: numpy.ndarray
    float_mean: numpy.ndarray
    rows: int = 0


def gather(
    chosen: list[Layer],
    integer: bytes,
    floating: bytes,
    graph: Graph,
    pictures: list[tuple[numpy.ndarray, numpy.ndarray]],
) -> list[Statistics]:
    """Statistics of the layers on pictures, each as the integer and as the float model is fed."""
    ours, theirs = interpreter_of(integer), interpreter_of(floating)
    found = [
        Statistics(
            hessian=numpy.zeros((layer.matrix.shape[1],) * 2, numpy.float32),
            mean=numpy.zeros(layer.matrix.shape[1]),
            float_mean=numpy.zeros(layer.matrix.shape[1]),
        )
        for layer in chosen
    ]
    for fed in pictures:
        for interpreter, picture in zip((ours, theirs), fed, strict=True):
            interpreter.set_tensor(interpreter.get_input_details()[0]["index"], picture)
            interpreter.invoke()
        for layer, statistics in zip(chosen, found, strict=True):
            quantization = graph.tensors[layer.source].quantization
            codes = ours.get_tensor(layer.source).astype(numpy.float32)
            values = (codes - numpy.float32(quantization.zeroPoint[0])) * numpy.float32(quantization.scale[0])
            positions = (values.shape[1] // layer.strides[0]) * (values.shape[2] // layer.strides[1])
            step = max(1, positions * len(pictures) // MOST_ROWS)
            rows = patches(values, layer, step)
            statistics.hessian += rows.T @ rows
            statistics.mean += rows.sum(0)
            statistics.float_mean += patches(theirs.get_tensor(layer.float_source), layer, step).sum(0)
            statistics.rows += len(rows)
    for statistics in found:
        statistics.mean /= statistics.rows
        statistics.float_mean /= statistics.rows
    return found


def rounded(matrix: numpy.ndarray, scale: numpy.ndarray, hessian: numpy.ndarray, limit: int) -> numpy.ndarray:
    """Codes (outputs, d) in ±limit for weights (outputs, d) with `scale` (outputs, 1)."""
    size = len(hessian)
    left = matrix.copy()
    dead = numpy.diag(hessian) <= 0
    damped = hessian.astype(numpy.float64)
    damped[numpy.diag_indices(size)] += DAMPING * numpy.diag(damped).mean() + dead
    inverse = numpy.linalg.inv(damped)
    upper = numpy.linalg.cholesky((inverse + inverse.T) / 2).T
    codes = numpy.zeros(matrix.shape)
    for start in range(0, size, BLOCK):
        stop = min(start + BLOCK, size)
        errors = numpy.zeros((len(matrix), stop - start))
        for column in range(start, stop):
            codes[:, column] = numpy.clip(numpy.rint(left[:, column] / scale[:, 0]), -limit, limit)
            error = (left[:, column] - codes[:, column] * scale[:, 0]) / upper[column, column]
            left[:, column + 1 : stop] -= numpy.outer(error, upper[column, column + 1 : stop])
            errors[:, column - start] = error
        left[:, stop:] -= errors @ upper[start:stop, stop:]
    return codes


def scale_for(layer: Layer, per_channel: bool, limit: int, hessian: numpy.ndarray) -> numpy.ndarray:
    """The weight scale (outputs, 1), one or one an output: of several clippings the one that costs least."""
    diagonal = numpy.maximum(numpy.diag(hessian), 0)
    largest = numpy.abs(layer.matrix).max(axis=1, keepdims=True)
    if not per_channel:
        largest = numpy.full_like(largest, largest.max())
    largest = numpy.maximum(largest, 1e-8)
    best, cost = largest / limit, numpy.full(largest.shape, numpy.inf)
    for part in numpy.linspace(1, 0.5, 21):
        scale = part * largest / limit
        codes = numpy.clip(numpy.rint(layer.matrix / scale), -limit, limit)
        error = (((layer.matrix - codes * scale) ** 2) * diagonal).sum(1, keepdims=True)
        if not per_channel:
            error = numpy.full_like(error, error.sum())
        best, cost = numpy.where(error < cost, scale, best), numpy.minimum(error, cost)
    return best


def improve(
    graph: Graph, layer: Layer, statistics: Statistics, *, float_bias: numpy.ndarray, limit: int = LARGEST_CODE
) -> None:
    """Write the layer's new weights, their scale, and its bias into the integer model."""
    entry = graph.tensors[layer.weights]
    per_channel = len(entry.quantization.scale) > 1
    scale = numpy.float32(scale_for(layer, per_channel, limit, statistics.hessian)).astype(numpy.float64)
    codes = rounded(layer.matrix, scale, statistics.hessian / statistics.rows, limit)
    graph.model.buffers[entry.buffer].data = numpy.frombuffer(codes.astype(numpy.int8).tobytes(), numpy.uint8)
    entry.quantization.scale = [float(value) for value in (scale[:, 0] if per_channel else scale[:1, 0])]
    entry.quantization.min = entry.quantization.max = None
    # What the layer gives on average stays what it is in the float model.
    wanted = float_bias + layer.matrix @ statistics.float_mean - (codes * scale) @ statistics.mean
    source = float(graph.tensors[layer.source].quantization.scale[0])
    bias = graph.tensors[layer.bias]
    bias_scale = numpy.float32(source) * numpy.float32(scale[:, 0])
    stored = numpy.rint(wanted / bias_scale).clip(-(2**31), 2**31 - 1).astype(numpy.int32)
    graph.model.buffers[bias.buffer].data = numpy.frombuffer(stored.tobytes(), numpy.uint8)
    bias.quantization.scale = [float(value) for value in (bias_scale if per_channel else bias_scale[:1])]
