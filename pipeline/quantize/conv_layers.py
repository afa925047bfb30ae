"""Layers of an integer model beside those of its float model, and biases that carry what rounding costs.

Used by quantize.py and weight_compression.py. The result is a standard int8 .tflite.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy

from pipeline.shared.padding import same_padding
from pipeline.shared.tflite_graph import Graph, Operator, interpreter_of

MOST_ROWS = 24_000
"""Positions of a layer's input that go into its Hessian, spread evenly over the pictures.

Ten times the 2,304 columns (3 × 3 × 256) of yolov8n's widest layer: fewer rows than columns have no inverse."""
MOST_ROWS_OF_A_MEAN = 4_000
"""The same for a mean alone, which needs fewer."""


@dataclass(frozen=True, kw_only=True)
class Layer:
    """A convolution: the tensors of its input, weights and bias in the integer model.

    `matrix` are the float weights (outputs, height · width · inputs), `offsets` the float biases (outputs,); every
    weight is used at `positions` places of the output.
    """

    source: int
    weights: int
    bias: int
    matrix: numpy.ndarray
    offsets: numpy.ndarray
    kernel: tuple[int, int]
    strides: tuple[int, int]
    same: bool
    positions: int


def layers(integer: Graph, floating: Graph) -> list[Layer]:
    """The convolutions that both models have in the same order; raises ValueError where they do not agree."""
    pairs = [
        [operator for kind, operator in zip(graph.kinds, graph.operators, strict=True) if kind == Operator.CONV_2D]
        for graph in (integer, floating)
    ]
    found = []
    if len(pairs[0]) != len(pairs[1]):
        raise ValueError("the integer model has another number of layers than the float model")
    for ours, theirs in zip(*pairs, strict=True):
        weights = floating.constant(theirs.inputs[1], numpy.float32)
        if list(integer.tensors[ours.inputs[1]].shape) != list(weights.shape):
            raise ValueError("the layers of the integer model are not those of the float model")
        options = ours.builtinOptions
        outputs, height, width, _ = weights.shape
        found.append(
            Layer(
                source=ours.inputs[0],
                weights=ours.inputs[1],
                bias=ours.inputs[2],
                matrix=weights.reshape(outputs, -1).astype(numpy.float64),
                offsets=floating.constant(theirs.inputs[2], numpy.float32).astype(numpy.float64),
                kernel=(height, width),
                strides=(options.strideH, options.strideW),
                same=options.padding == 0,
                positions=int(numpy.prod(integer.tensors[ours.outputs[0]].shape[1:3])),
            )
        )
    return found


def patches(values: numpy.ndarray, layer: Layer, step: int) -> numpy.ndarray:
    """Rows of what every `step`-th position of the convolution sees of a (1, H, W, C) input."""
    (height, width), (down, right) = layer.kernel, layer.strides
    if layer.same:
        sides = zip(values.shape[1:3], layer.kernel, layer.strides, strict=True)
        pads = [same_padding(*axis) for axis in sides]
        values = numpy.pad(values, [(0, 0), *pads, (0, 0)])
    windows = numpy.lib.stride_tricks.sliding_window_view(values[0], (height, width), axis=(0, 1))[::down, ::right]
    positions = numpy.arange(0, windows.shape[0] * windows.shape[1], step)
    chosen = windows[positions // windows.shape[1], positions % windows.shape[1]]
    rows = chosen.transpose(0, 2, 3, 1).reshape(len(positions), height * width * values.shape[3])
    return numpy.asarray(rows)


@dataclass(kw_only=True)
class Statistics:
    """What a layer saw: the Hessian (d, d) where it is wanted, the sum of its rows (d,), and their number."""

    hessian: numpy.ndarray | None
    total: numpy.ndarray
    rows: int = 0


def gather(
    chosen: Sequence[Layer], graph: Graph, content: bytes, images: Iterable[numpy.ndarray], *, hessians: bool
) -> list[Statistics]:
    """Statistics of the layers of the integer model `content` on pictures as it stores them."""
    interpreter = interpreter_of(content)
    (entry,) = interpreter.get_input_details()
    most = MOST_ROWS if hessians else MOST_ROWS_OF_A_MEAN
    found = [
        Statistics(hessian=numpy.zeros((size, size), numpy.float32) if hessians else None, total=numpy.zeros(size))
        for size in (layer.matrix.shape[1] for layer in chosen)
    ]
    fed = list(images)
    for image in fed:
        interpreter.set_tensor(entry["index"], image)
        interpreter.invoke()
        for layer, statistics in zip(chosen, found, strict=True):
            values = graph.real(layer.source, interpreter.get_tensor(layer.source))
            positions = (values.shape[1] // layer.strides[0]) * (values.shape[2] // layer.strides[1])
            rows = patches(values, layer, max(1, positions * len(fed) // most))
            if statistics.hessian is not None:
                statistics.hessian += rows.T @ rows
            statistics.total += rows.sum(0)
            statistics.rows += len(rows)
    return found


def write(graph: Graph, layer: Layer, codes: numpy.ndarray, scale: numpy.ndarray, statistics: Statistics) -> None:
    """Put weights (outputs, d), their scale (outputs, 1) and the bias that goes with them into the integer model.

    What the layer gives on average stays what its float weights give.
    """
    entry, bias = graph.tensors[layer.weights], graph.tensors[layer.bias]
    per_channel = len(entry.quantization.scale) > 1
    graph.model.buffers[entry.buffer].data = numpy.frombuffer(codes.astype(numpy.int8).tobytes(), numpy.uint8)
    entry.quantization.scale = [float(value) for value in (scale[:, 0] if per_channel else scale[:1, 0])]
    entry.quantization.min = entry.quantization.max = None
    wanted = layer.offsets + (layer.matrix - codes * scale) @ (statistics.total / statistics.rows)
    source = numpy.float32(graph.tensors[layer.source].quantization.scale[0])
    unit = (source * scale[:, 0].astype(numpy.float32)).astype(numpy.float32)
    stored = numpy.rint(wanted / unit).clip(-(2**31), 2**31 - 1).astype(numpy.int32)
    graph.model.buffers[bias.buffer].data = numpy.frombuffer(stored.tobytes(), numpy.uint8)
    bias.quantization.scale = [float(value) for value in (unit if per_channel else unit[:1])]


def correct_bias(graph: Graph, layer: Layer, statistics: Statistics) -> None:
    """Keep the weights, and make the bias carry what their rounding costs on average."""
    entry = graph.tensors[layer.weights]
    codes = graph.constant(layer.weights, numpy.int8).reshape(layer.matrix.shape).astype(numpy.float64)
    scale = numpy.array(entry.quantization.scale, numpy.float64).reshape(-1, 1)
    write(graph, layer, codes, numpy.broadcast_to(scale, (len(codes), 1)), statistics)
