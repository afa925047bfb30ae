"""In the environment `export`: the costs of channels against finite differences, on a small network made up here.

    check_sensitivity.py REPOSITORY FOLDER RESULT.json

The network is written as network.npz: two convolutions with SiLUs, of which one is split and joined again, and a head
of one grid.
"""

import json
import sys
from pathlib import Path

import numpy
import torch

sys.path.insert(0, sys.argv[1])

from pipeline.heads.losses import LOSSES
from pipeline.heads.pose_loss import Anchors, Importance, decode, levels
from pipeline.rounding import observe
from pipeline.rounding.network import Network

SIDE, KEYPOINTS, CHANNELS = 32, 2, 6
SIGMAS = [0.1, 0.05]
STEP = 1e-3


def convolution(number, source, out, *, stride=1):
    return {"kind": "convolution", "number": number, "inputs": [source], "outputs": [out], "strides": [stride, stride],
            "same": True}  # fmt: skip


def silu(source, gate, out):
    return [{"kind": "logistic", "inputs": [source], "outputs": [gate]},
            {"kind": "multiply", "inputs": [source, gate], "outputs": [out]}]  # fmt: skip


def write_network(path):
    chance = numpy.random.default_rng(0)
    shapes = [(CHANNELS, 3, 3, 3), (CHANNELS, CHANNELS, 3, 3), *((o, CHANNELS, 1, 1) for o in (64, 1, 3 * KEYPOINTS))]
    arrays = {}
    for number, shape in enumerate(shapes):
        arrays[f"weights_{number}"] = (chance.normal(size=shape) / numpy.sqrt(numpy.prod(shape[1:]))).astype(
            numpy.float32
        )
        arrays[f"bias_{number}"] = chance.normal(size=shape[0]).astype(numpy.float32) / 4
    arrays["weights_0"] *= 3
    operators = [
        convolution(0, 0, 1, stride=8), *silu(1, 2, 3),
        {"kind": "split", "inputs": [3], "outputs": [4, 5], "sizes": [2, 4], "axis": 3},
        {"kind": "concatenation", "inputs": [5, 4], "outputs": [6], "axis": 3},
        convolution(1, 6, 7), *silu(7, 8, 9),
        {"kind": "add", "inputs": [9, 3], "outputs": [10]},
        convolution(2, 10, 11), convolution(3, 10, 12), convolution(4, 10, 13),
    ]  # fmt: skip
    description = {"operators": operators, "input": 0, "image_size": SIDE, "heads": [11, 12, 13],
                   "keypoint_scale": 0.05, "inputs": [[0, 0.02]] * 5,
                   "activations": [{"members": [7], "tensors": [7], "scale": 0.1, "zero_point": 0}]}  # fmt: skip
    numpy.savez(path, description=numpy.frombuffer(json.dumps(description).encode(), numpy.uint8), **arrays)


def second_differences(network, images):
    """The loss' curvature by each channel of the second convolution, summed over its positions: what a nudge costs.

    The loss of decoded people is 0 without a nudge, so that it is half the curvature times the nudge squared.
    """
    found = torch.zeros(CHANNELS, dtype=torch.float64)
    with torch.no_grad():
        values = network.run(images)
        parts = levels([values[tensor] for tensor in network.heads], SIDE)
        wanted = decode(parts)
        importance = Importance.of(wanted, SIGMAS)
        for channel in range(CHANNELS):
            for position in range(16):
                moved = rerun(network, values, channel, position)
                found[channel] += quadratic(wanted, moved, importance) / STEP**2
    return found / len(images)


def rerun(network, values, channel, position):
    """What is decoded when one place of a channel of tensor 7 is another."""
    nudged = values[7].clone()
    nudged.flatten(2)[:, channel, position] += STEP
    after = nudged * nudged.sigmoid() + values[3]
    heads = [
        torch.nn.functional.conv2d(after, network.convolutions[n].weights, network.convolutions[n].bias)
        for n in (2, 3, 4)
    ]
    return decode(levels(heads, SIDE))


def quadratic(wanted, moved, importance):
    """The loss to the second order: 1 - exp(-e) is e, entropy p (1 - p) d² / 2, a box's part its square."""
    points = ((moved.points - wanted.points).double() ** 2).sum(-1) / importance.variance
    visible = importance.visible * (1 - importance.visible) / 2 * (moved.seen - wanted.seen).double() ** 2
    scores = importance.sure * (1 - importance.sure) / 2 * (moved.logits - wanted.logits).double() ** 2
    boxes = ((moved.boxes - wanted.boxes).double() ** 2).mean(-1) / importance.area
    sure = importance.sure
    return (
        10 * (sure[..., None] * importance.share * points).sum()
        + 0.3 * (sure[..., None] * visible).mean(-1).sum()
        + 5 * scores.sum()
        + 100 * (sure * boxes).sum()
    )


def main():
    torch.set_num_threads(1)
    folder = Path(sys.argv[2])
    write_network(folder / "network.npz")
    network = Network.read(folder / "network.npz")
    images = numpy.random.default_rng(1).integers(0, 256, (4, SIDE, SIDE, 3), dtype=numpy.uint8)
    observe.PROBES = 800
    seen, anchors, groups = observe.observe(network, images, SIGMAS, loss=LOSSES["pose"])
    again, _, counted = observe.observe(network, images, SIGMAS, loss=LOSSES["pose"])
    wanted = second_differences(network, torch.from_numpy(images))
    whole = torch.cat([network.run(torch.from_numpy(images))[6]])
    rows = observe.rows_at(network.convolutions[1], whole, torch.arange(4 * 16))
    scale, zero = anchors.range(0.2)
    codes = torch.round(anchors.raw / scale).add(zero).clamp(-128, 127)
    coarse = torch.round(anchors.raw / 0.2).clamp(-128, 127) * 0.2
    convolved = rows @ network.convolutions[1].weights.reshape(CHANNELS, -1).T + network.convolutions[1].bias
    Path(sys.argv[3]).write_text(
        json.dumps(
            {
                "costs": seen[1].costs.tolist(),
                "wanted": wanted.tolist(),
                "same": all(
                    (seen[n].hessian == again[n].hessian).all() and (seen[n].costs == again[n].costs).all()
                    for n in seen
                ),
                "rows": float(
                    (
                        convolved
                        - network.run(torch.from_numpy(images))[7].flatten(2).transpose(1, 2).reshape(-1, CHANNELS)
                    )
                    .abs()
                    .max()
                ),
                "hessian": float(abs(seen[1].hessian - (rows.T @ rows).numpy() / len(rows)).max()),
                "range_loss": [anchors.loss((codes - zero) * scale), anchors.loss(coarse)],
                "range": [
                    list(groups[0].ends),
                    list(groups[0].chosen()),
                    bool((groups[0].counts == counted[0].counts).all()),
                ],
                "nothing": Anchors.together([anchors]).loss(anchors.raw),
            }
        )
    )


main()
