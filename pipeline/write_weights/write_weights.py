"""An integer .tflite with other weights, in the environment `convert` (for its TFLite schema).

Parameters: `level` (which of the sets of weights to take, by its number).
Inputs `model.tflite` and `weights.npz` (pipeline/rounding/rounding.py), without which the model stays as it is; output
`model.tflite`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy

from pipeline.harness import INPUTS, OUTPUTS
from pipeline.shared import activation_ranges
from pipeline.shared.tflite_graph import Graph, Operator

LARGEST_BIAS = 2**31 - 1


def write_range(graph: Graph, output: str, scale: float, zero_point: int) -> None:
    """Give an output, and all tensors that share its range, another scale and zero point."""
    tensor = graph.stored_outputs()[output]
    (members,) = (members for members in graph.sharing().values() if tensor in members)
    activation_ranges.apply(graph, dict.fromkeys(members, (scale, zero_point)))


def write_weights(graph: Graph, number: int, codes: numpy.ndarray, steps: numpy.ndarray, bias: numpy.ndarray) -> None:
    """Put codes (O, I, H, W), steps (O,) or (1,), and a bias in real numbers (O,) into the `number`-th convolution."""
    convolutions = [o for kind, o in zip(graph.kinds, graph.operators, strict=True) if kind == Operator.CONV_2D]
    source, weights, biases = (graph.tensors[tensor] for tensor in convolutions[number].inputs)
    if list(weights.shape) != [codes.shape[0], *codes.shape[2:], codes.shape[1]]:
        raise ValueError(f"convolution {number} has weights of the shape {list(weights.shape)}")
    steps = steps.astype(numpy.float32)
    unit = (numpy.float32(source.quantization.scale[0]) * steps).astype(numpy.float32)
    stored = numpy.rint(bias / unit).clip(-LARGEST_BIAS, LARGEST_BIAS).astype(numpy.int32)
    for entry, values, scales in ((weights, codes.transpose(0, 2, 3, 1), steps), (biases, stored, unit)):
        content = numpy.ascontiguousarray(values).tobytes()
        graph.model.buffers[entry.buffer].data = numpy.frombuffer(content, numpy.uint8)
        quantization = entry.quantization
        quantization.scale = [float(scale) for scale in scales]
        quantization.zeroPoint = [0] * len(scales)
        quantization.quantizedDimension = 0
        quantization.min = quantization.max = None


def written(content: bytes, arrays: Mapping[str, numpy.ndarray], level: int) -> bytes:
    """The model with the weights of a level, and the ranges of outputs that go with them."""
    graph = Graph.read(content)
    rows = arrays["activations"].tolist()
    activation_ranges.apply(graph, {int(tensor): (scale, int(zero_point)) for tensor, scale, zero_point in rows})
    for name in arrays:
        kind, _, rest = name.partition("_")
        if kind == "range":
            scale, zero_point = arrays[name]
            write_range(graph, rest, float(numpy.float32(scale)), int(zero_point))
    for name in arrays:
        kind, _, rest = name.partition("_")
        if kind == "codes":
            number = int(rest)
            write_weights(
                graph, number, arrays[name][level], arrays[f"steps_{rest}"][level], arrays[f"bias_{rest}"][level]
            )
    return graph.packed()


def run(parameters: dict[str, Any]) -> dict[str, Any]:
    """Write the weights of one level."""
    content = (INPUTS / "model.tflite").read_bytes()
    if (INPUTS / "weights.npz").exists():
        with numpy.load(INPUTS / "weights.npz") as arrays:
            content = written(content, arrays, parameters["level"])
    (OUTPUTS / "model.tflite").write_bytes(content)
    return {"versions": {"numpy": numpy.__version__}}
