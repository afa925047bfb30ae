"""Fewer bytes of weights for the device to read, at the least cost; used by quantize.py.

Vela's codec is entropy coding: coarser weights take fewer bytes, and an Ethos-U55 spends most of its time waiting for
them. Two things keep the accuracy:

- How much coarser is chosen layer by layer: the noise that a step adds to what the layer gives, on the calibration
  activations, against the bytes it saves (`PRICES`: relative noise power for a byte). Bytes that arrive while the layer
  computes anyway are not worth saving: those of layers with a large output stay as they are.
- Columns of a layer's weight matrix are rounded one after the other, and each one's error is made up for by those still
  to come (GPTQ, arXiv:2210.17323: minimise |(W − Ŵ)X|² by the inverse of the Hessian X Xᵀ).

Neither needs labels. The result is a standard int8 .tflite with other codes, weight scales and biases.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy

from pipeline.quantize.conv_layers import Layer, Statistics, gather, write
from pipeline.shared.tflite_graph import Graph

PRICES = {"smaller": 1e-7, "smallest": 6e-7}
"""What a byte that nobody waits for any more may cost, as noise power of a layer's output relative to that output.

A layer whose weights would take 50,000 bytes less gets coarser with `smaller` where that adds less than 0.5 % of its
output's power as noise, with `smallest` 3 %. What both are worth is measured by each build that is asked for one
(`compression` in manifest.json)."""
STEPS = (1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 5.0, 6.0, 8.0)
"""How many times coarser than plain int8 a layer's weights may become: 8 leaves some 32 of 255 codes,
which is 5 bits.

Steps are small where the noise is still small, as that grows with their square."""
DAMPING = 0.01
"""Of the mean of the Hessian's diagonal, added to it so that it can be inverted: GPTQ's own default (`percdamp`)."""
BLOCK = 64
"""Columns whose errors are carried over to the rest at once: but for the order of sums, it changes the time alone."""
LARGEST_CODE = 127
"""TFLite's int8 weights are symmetric: −128 is not used (its quantization specification)."""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One way to store a layer: how much coarser, the relative noise power it adds, and its size in bytes, about."""

    step: float
    noise: float
    size: float


def finest_scale(layer: Layer, *, per_channel: bool) -> numpy.ndarray:
    """The scale (outputs, 1) of plain symmetric int8 weights."""
    largest = numpy.abs(layer.matrix).max(axis=1, keepdims=True)
    if not per_channel:
        largest = numpy.full_like(largest, largest.max())
    return numpy.asarray(numpy.maximum(largest, 1e-8) / LARGEST_CODE)  # of rows of zeros, too


def entropy_bytes(codes: numpy.ndarray) -> float:
    """What an ideal entropy coder needs for the codes, in bytes."""
    _, counts = numpy.unique(codes, return_counts=True)
    shares = counts / counts.sum()
    return float(-(shares @ numpy.log2(shares)) * codes.size / 8)


def choices(layer: Layer, statistics: Statistics, *, per_channel: bool, steps: Sequence[float]) -> list[Choice]:
    """Every step with what it costs and saves; the noise is that of plain rounding, a little more than it will be."""
    assert statistics.hessian is not None
    hessian = statistics.hessian.astype(numpy.float64) / statistics.rows
    power = max(float(numpy.einsum("ij,ij->", layer.matrix @ hessian, layer.matrix)), 1e-12)
    found = []
    for step in steps:
        scale = finest_scale(layer, per_channel=per_channel) * step
        codes = numpy.rint(layer.matrix / scale)
        error = layer.matrix - codes * scale
        noise = float(numpy.einsum("ij,ij->", error @ hessian, error)) / power
        found.append(Choice(step=step, noise=noise, size=entropy_bytes(codes)))
    return found


def rounded(matrix: numpy.ndarray, scale: numpy.ndarray, hessian: numpy.ndarray) -> numpy.ndarray:
    """Codes (outputs, d) for weights (outputs, d) with `scale` (outputs, 1) and the Hessian (d, d) of their input."""
    size = len(hessian)
    left = matrix.copy()
    damped = hessian.astype(numpy.float64)
    unused = numpy.diag(damped) <= 0
    damped[numpy.diag_indices(size)] += DAMPING * numpy.diag(damped).mean() + unused
    inverse = numpy.linalg.inv(damped)
    upper = numpy.linalg.cholesky((inverse + inverse.T) / 2).T
    codes = numpy.zeros(matrix.shape)
    for start in range(0, size, BLOCK):
        stop = min(start + BLOCK, size)
        errors = numpy.zeros((len(matrix), stop - start))
        for column in range(start, stop):
            codes[:, column] = numpy.clip(numpy.rint(left[:, column] / scale[:, 0]), -LARGEST_CODE, LARGEST_CODE)
            error = (left[:, column] - codes[:, column] * scale[:, 0]) / upper[column, column]
            left[:, column + 1 : stop] -= numpy.outer(error, upper[column, column + 1 : stop])
            errors[:, column - start] = error
        left[:, stop:] -= errors @ upper[start:stop, stop:]
    return codes


def compress(
    graph: Graph,
    layers: list[Layer],
    content: bytes,
    images: Iterable[numpy.ndarray],
    *,
    price: float,
    macs_per_byte: float | None,
) -> dict[str, Any]:
    """Make the weights of the integer model `graph` (whose bytes are `content`) coarser where that is worth `price`.

    `images` are as the model stores them; `macs_per_byte` are the multiplications that the device does while a byte
    of weights arrives, None where that is not known. At no price weights stay as fine as they are, and are rounded so
    that their errors cancel. What was done, in bytes of an ideal coder and steps by layer.
    """
    seen = gather(layers, graph, content, images, hessians=True)
    before = after = 0.0
    steps = []
    for layer, statistics in zip(layers, seen, strict=True):
        assert statistics.hessian is not None
        per_channel = len(graph.tensors[layer.weights].quantization.scale) > 1
        steps_offered = STEPS if price else STEPS[:1]
        offered = choices(layer, statistics, per_channel=per_channel, steps=steps_offered)
        hidden = layer.positions * layer.matrix.size / macs_per_byte if macs_per_byte else 0.0
        costs = [choice.noise + price * max(choice.size, hidden) for choice in offered]
        best = offered[costs.index(min(costs))]
        scale = finest_scale(layer, per_channel=per_channel) * best.step
        scale = scale.astype(numpy.float32).astype(numpy.float64)
        write(graph, layer, rounded(layer.matrix, scale, statistics.hessian / statistics.rows), scale, statistics)
        before, after = before + offered[0].size, after + best.size
        steps.append(best.step)
    return {"bytes_before": round(before), "bytes_after": round(after), "steps": steps}
