"""A step for each channel of depthwise convolutions, in a model that has one step a layer; used by quantize.py.

A channel of a depthwise convolution sees its own input alone, and the largest weights of channels differ more than in
others: with one step for all of them, many have few codes left. YOLO11 has such layers in its head and its attention.
"""

from __future__ import annotations

from typing import Any

import numpy

from pipeline.shared.tflite_graph import Graph, Operator

LARGEST_CODE = 127
LARGEST_BIAS = 2**30
SMALLEST_STEP = 1e-9
"""Of a channel that is never used."""
CHANNEL_AXIS = 3


def by_channel(content: bytes, floating: bytes) -> bytes:
    """The integer model with its depthwise convolutions rounded anew from the float one's; itself where it has none."""
    integer, whole = Graph.read(content), Graph.read(floating)
    pairs = list(zip(_depthwise(integer), _depthwise(whole), strict=False))
    chosen = [pair for pair in pairs if len(integer.tensors[pair[0].inputs[1]].quantization.scale) == 1]
    if not chosen or len(_depthwise(integer)) != len(_depthwise(whole)):
        return content
    for ours, theirs in chosen:
        _write(integer, ours, *(whole.constant(tensor, numpy.float32) for tensor in theirs.inputs[1:]))
    return integer.packed()


def _depthwise(graph: Graph) -> list[Any]:
    found = zip(graph.kinds, graph.operators, strict=True)
    return [operator for kind, operator in found if kind == Operator.DEPTHWISE_CONV_2D]


def _write(graph: Graph, operator: Any, weights: numpy.ndarray, bias: numpy.ndarray) -> None:
    """Put weights (1, H, W, C) and a bias (C,) into an operator of the integer model."""
    source, *stored = (graph.tensors[tensor] for tensor in operator.inputs)
    scale = numpy.float32(source.quantization.scale[0])
    largest = numpy.abs(weights).reshape(-1, weights.shape[CHANNEL_AXIS]).max(0)
    steps = numpy.maximum(largest / LARGEST_CODE, numpy.abs(bias) / (scale * LARGEST_BIAS))
    steps = numpy.maximum(steps, SMALLEST_STEP).astype(numpy.float32)
    codes = numpy.rint(weights / steps).clip(-LARGEST_CODE, LARGEST_CODE).astype(numpy.int8)
    unit = (scale * steps).astype(numpy.float32)
    offsets = numpy.rint(bias.astype(numpy.float64) / unit).astype(numpy.int32)
    for entry, values, scales, axis in zip(stored, (codes, offsets), (steps, unit), (CHANNEL_AXIS, 0), strict=True):
        content = numpy.ascontiguousarray(values).tobytes()
        graph.model.buffers[entry.buffer].data = numpy.frombuffer(content, numpy.uint8)
        quantization = entry.quantization
        quantization.scale, quantization.zeroPoint = [float(each) for each in scales], [0] * len(scales)
        quantization.quantizedDimension, quantization.min, quantization.max = axis, None, None
