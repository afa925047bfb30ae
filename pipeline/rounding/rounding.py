"""Weights, steps, biases and the keypoints' range by what they cost in decoded people, in the environment `export`.

PyTorch gives what TensorFlow's interpreter cannot: gradients. Input `network.npz` (pipeline/quantize/
network_description.py) and `calibration.npy` (uint8 (N, H, W, 3)); no labels. Output `weights.npz`: for the N-th
convolution with O outputs and for L levels, `codes_N` (L, O, I, H, W) int8, `steps_N` (L, O) or (L, 1), `bias_N` (L, O)
in real numbers, and where the keypoints are an output of their own `range_keypoints` (scale, zero point).

Parameters: `levels` (bits a weight for each level, as an ideal coder would need), `per_channel` (one step a channel, or
one a layer), `task` (a key of LOSSES), `sigmas` (OKS constants, one a keypoint; none of other tasks).

Sums are in one order, whatever the machine has: two halves of the pictures, each by one thread, and a layer by one.
"""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = "1"

import multiprocessing
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy
import torch

from pipeline.harness import INPUTS, OUTPUTS, Refused
from pipeline.heads.losses import LOSSES
from pipeline.rounding import gptq, weight_steps
from pipeline.rounding.network import Network
from pipeline.rounding.observe import Seen, observe
from pipeline.shared.arrays import save_arrays

PROCESSES = 2


@dataclass(frozen=True, kw_only=True)
class Work:
    """A convolution to be rounded: its weights (O, d) and bias (O,), what its channels cost (O,), the mean of its
    input (d,), U (gptq.factor), steps (L, O), and what a bit may cost (L,).
    """

    number: int
    matrix: numpy.ndarray
    bias: numpy.ndarray
    costs: numpy.ndarray
    mean: numpy.ndarray
    upper: numpy.ndarray
    steps: numpy.ndarray
    prices: numpy.ndarray


def solved(work: Work) -> tuple[int, numpy.ndarray, numpy.ndarray]:
    """The convolution's number, codes (L, O, d) and biases (L, O)."""
    scales = work.steps.astype(numpy.float64)
    codes = gptq.rounded(work.matrix, scales, work.upper, work.costs, work.prices)
    # What the layer gives on average stays what its float weights give.
    lost = (work.matrix - codes * scales[..., None]) @ work.mean
    return work.number, codes, work.bias + lost


def weights_of(
    network: Network,
    seen: dict[int, Seen],
    ranges: Mapping[int, tuple[float, int]],
    levels: Sequence[float],
    *,
    per_channel: bool,
) -> dict[str, numpy.ndarray]:
    """The arrays of weights.npz but for ranges."""
    with ThreadPoolExecutor(PROCESSES) as threads:  # numpy lets others work meanwhile
        uppers = dict(zip(seen, threads.map(lambda each: gptq.factor(each.hessian), seen.values()), strict=True))
    costs = dict(zip(seen, weight_steps.relative([each.costs for each in seen.values()]), strict=True))
    layers = {
        number: weight_steps.Layer(
            matrix=each.matrix,
            costs=costs[number],
            spread=float(numpy.mean(1 / numpy.diag(uppers[number]) ** 2)),
            bias=each.bias.double().numpy(),
            input_scale=ranges.get(each.integer_source, (each.input_scale, 0))[0],
        )
        for number, each in network.convolutions.items()
    }
    count = sum(layer.matrix.size for layer in layers.values())
    slopes = [
        weight_steps.slope_for(list(layers.values()), bits * count / gptq.BITS_OF_A_BYTE, per_channel=per_channel)
        for bits in levels
    ]
    prices = weight_steps.BITS_OF_A_SLOPE * numpy.square(slopes)
    work = [
        Work(
            number=number,
            matrix=layer.matrix,
            bias=layer.bias,
            costs=layer.costs,
            mean=seen[number].mean,
            upper=uppers[number],
            steps=numpy.stack([weight_steps.steps(layer, slope, per_channel=per_channel) for slope in slopes]),
            prices=prices,
        )
        for number, layer in layers.items()
    ]
    work.sort(key=lambda each: -each.matrix.size)  # the longest first, so that both processes end together
    found: dict[str, numpy.ndarray] = {}
    with multiprocessing.get_context("fork").Pool(PROCESSES) as pool:
        for number, codes, bias in pool.imap_unordered(solved, work):
            shape = network.convolutions[number].weights.shape
            found[f"codes_{number}"] = codes.reshape(len(levels), *shape)
            found[f"bias_{number}"] = bias
    for each in work:
        found[f"steps_{each.number}"] = each.steps if per_channel else each.steps[:, :1]
    return dict(sorted(found.items()))


def run(parameters: dict[str, Any]) -> dict[str, Any]:
    """Find weights for every level."""
    torch.set_num_threads(1)
    network = Network.read(INPUTS / "network.npz")
    images = numpy.load(INPUTS / "calibration.npy", mmap_mode="r")
    levels = parameters["levels"]
    try:
        seen, anchors, groups = observe(network, images, parameters["sigmas"], loss=LOSSES[parameters["task"]])
    except ValueError as error:
        advice = "Build with --rounding=nearest."
        raise Refused("stage", f"The network cannot be rounded by its sensitivity: {error}.", advice) from error
    ranges = {member: chosen for group in groups for chosen in [group.chosen()] for member in group.members}
    found: dict[str, Any] = weights_of(network, seen, ranges, levels, per_channel=parameters["per_channel"])
    found["activations"] = numpy.array([[member, *chosen] for member, chosen in sorted(ranges.items())])
    report: dict[str, Any] = {"images": len(images), "people": float(anchors.sure.sum())}
    if network.keypoint_scale is not None:
        scale, zero_point = anchors.range(network.keypoint_scale)
        found["range_keypoints"] = numpy.array([scale, zero_point])
        report["keypoint_range"] = [scale, zero_point]
    save_arrays(OUTPUTS / "weights.npz", found)
    codes = [arrays for name, arrays in found.items() if name.startswith("codes")]
    report["levels"] = [
        {"bits": bits, "bytes": round(sum(gptq.entropy_bytes(each[index]) for each in codes))}
        for index, bits in enumerate(levels)
    ]
    return {**report, "versions": {"torch": torch.__version__, "numpy": numpy.__version__}}
