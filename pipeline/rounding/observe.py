"""One pass over the calibration pictures: what errors of each channel cost, and what each convolution sees."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy
import torch

from pipeline.heads.losses import HeadLoss
from pipeline.rounding.activation_steps import Group
from pipeline.rounding.network import Convolution, Network

BATCH = 8
WORKERS = 2
PROBES = 64
"""Random signs of all pictures' outputs, at least: every picture gets as many."""
FEWEST_ROWS, ROWS_FOR_AN_INPUT = 2048, 3.0
"""Positions of a layer's input that go into its Hessian: at least, and for each of its inputs."""
EVENLY = 0.5
"""How many of them are spread over all pictures, whatever hangs on them."""


@dataclass(kw_only=True)
class Seen:
    """What was found out about a convolution with O outputs and d inputs (I · H · W).

    `costs` (O,) is what noise of unit power in each channel, at all places, costs a picture; `hessian` (d, d) and
    `mean` (d,) are of the inputs at the positions that count.
    """

    costs: numpy.ndarray
    hessian: numpy.ndarray
    mean: numpy.ndarray


class Sums:
    """Seen while it is made."""

    def __init__(self, convolution: Convolution, images: int) -> None:
        outputs, size = len(convolution.weights), convolution.weights[0].numel()
        self.costs = torch.zeros(outputs, dtype=torch.float64)
        self.hessian = torch.zeros(size, size)
        self.total = torch.zeros(size, dtype=torch.float64)
        self.rows = 0
        self.rows_a_image = -(-max(FEWEST_ROWS, int(ROWS_FOR_AN_INPUT * size)) // images)

    def add(self, rows: torch.Tensor) -> None:
        """Count rows (R, d)."""
        self.hessian.addmm_(rows.T, rows)
        self.total += rows.double().sum(0)
        self.rows += len(rows)

    def merge(self, other: Sums) -> None:
        """Count what another counted."""
        self.costs += other.costs
        self.hessian += other.hessian
        self.total += other.total
        self.rows += other.rows

    def seen(self, images: int) -> Seen:
        """What was counted."""
        hessian = (self.hessian.double() / self.rows).numpy()
        return Seen(costs=(self.costs / images).numpy(), hessian=hessian, mean=(self.total / self.rows).numpy())


def rows_at(convolution: Convolution, values: torch.Tensor, positions: torch.Tensor) -> torch.Tensor:
    """What the convolution sees of its input (N, I, H, W) at output positions (R,), counted over the batch: (R, d)."""
    window = convolution.weights.shape[2:]
    source = convolution.padded(values)
    windows = source.unfold(2, window[0], convolution.strides[0]).unfold(3, window[1], convolution.strides[1])
    height, width = windows.shape[2:4]
    image, place = positions // (height * width), positions % (height * width)
    return windows[image, :, place // width, place % width].reshape(len(positions), -1)


def chosen(power: torch.Tensor, count: int, generator: torch.Generator) -> torch.Tensor:
    """`count` positions for each picture, (N · count,), counted over the batch: EVENLY of them anywhere, others by
    `power` (N, H · W), each of which is as likely as errors there are dear.
    """
    images, places = power.shape
    likely = EVENLY / places + (1 - EVENLY) * power / power.sum(1, keepdim=True).clamp(min=1e-30)
    if count >= places:
        drawn = torch.arange(places).expand(images, places)
    else:
        drawn = torch.multinomial(likely.clamp(min=1e-12), count, replacement=True, generator=generator)
    return (drawn + torch.arange(images)[:, None] * places).ravel()


def observe_batch(
    network: Network,
    images: torch.Tensor,
    sigmas: Sequence[float],
    sums: dict[int, Sums],
    groups: Sequence[Group],
    *,
    loss: HeadLoss,
    probes: int,
    generator: torch.Generator,
) -> Any:
    """Count what is seen on pictures (N, H, W, 3) of bytes, with so many random signs; the anchors that count."""
    taps: dict[int, torch.Tensor] = {}
    values = network.run(images, taps=taps)
    parts = loss.levels([values[tensor] for tensor in network.heads], network.image_size)
    decoded = loss.decode(parts)
    with torch.no_grad():
        importance = loss.importance(decoded, sigmas)
        anchors = loss.anchors.of(parts, importance)
    power = {number: torch.zeros(len(images), tap[0, 0].numel()) for number, tap in taps.items()}
    others = sorted({t for group in groups for t in group.tensors if t in values and values[t].requires_grad})
    for probe in range(probes):
        whole = loss.random_projection(decoded, importance, generator)
        last = probe + 1 == probes
        inputs = [*taps.values(), *(values[tensor] for tensor in others if last)]
        gradients = torch.autograd.grad(whole, inputs, retain_graph=not last, allow_unused=last)
        for number, gradient in zip(taps, gradients, strict=False):
            squared = gradient.square().flatten(2)
            sums[number].costs += squared.sum(2).double().sum(0) / probes
            power[number] += squared.sum(1)
    by_tensor = dict(zip(others, gradients[len(taps) :], strict=True))
    for group in groups:
        for tensor in group.tensors:
            if by_tensor.get(tensor) is not None:
                group.add(values[tensor].detach().numpy(), by_tensor[tensor].numpy())
    with torch.no_grad():
        for number, each in network.convolutions.items():
            positions = chosen(power[number], sums[number].rows_a_image, generator)
            sums[number].add(rows_at(each, values[each.source], positions))
    return anchors


def observe(
    network: Network, images: numpy.ndarray, sigmas: Sequence[float], *, loss: HeadLoss, seed: int = 0
) -> tuple[dict[int, Seen], Any, list[Group]]:
    """What is seen on pictures (N, H, W, 3) of bytes, by the number of the convolution; the anchors that count; and
    what values of activations cost.

    Raises ValueError where the network has another head than `loss` is of, or not as many keypoints as `sigmas`.
    """
    starts = range(0, len(images), BATCH)
    probes = -(-PROBES // len(images))

    def part(worker: int) -> tuple[dict[int, Sums], list[Group], list[tuple[int, Any]]]:
        """Every WORKERS-th batch: which one is worked on where does not depend on who is faster."""
        sums = {number: Sums(each, len(images)) for number, each in network.convolutions.items()}
        groups = network.groups()
        anchors = []
        for start in starts[worker::WORKERS]:
            generator = torch.Generator().manual_seed(seed + start)
            batch = torch.from_numpy(numpy.array(images[start : start + BATCH]))
            found = observe_batch(network, batch, sigmas, sums, groups, loss=loss, probes=probes, generator=generator)
            anchors.append((start, found))
        return sums, groups, anchors

    # PyTorch's own threads wait for each other at every operator, which costs much where other stages run.
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with ThreadPoolExecutor(WORKERS) as pool:
            parts = list(pool.map(part, range(WORKERS)))
    finally:
        torch.set_num_threads(threads)
    seen = {}
    for number in network.convolutions:
        whole, *others = [sums[number] for sums, _, _ in parts]
        for other in others:
            whole.merge(other)
        seen[number] = whole.seen(len(images))
    groups, *more = [counted for _, counted, _ in parts]
    for counted in more:
        for group, same in zip(groups, counted, strict=True):
            group.merge(same)
    anchors = sorted((each for _, _, found in parts for each in found), key=lambda each: each[0])
    return seen, loss.anchors.together([each for _, each in anchors]), groups
