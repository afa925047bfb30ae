"""NPU time by layer of the network: what Vela estimated for each operator, put together as a person thinks of it.

Vela's operators carry names that TensorFlow made up. The export stage tells the convolutions of the checkpoint in the
order of the graph; onnx2tf keeps that order in its numbering of them, and every other operator belongs to the layer
whose result it works on.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict

from edgecask.task.head import STRIDES

MULTIPLYING = frozenset({"ConvolutionMxN", "ConvolutionDepthWise", "VectorProduct"})
"""Vela's kinds of NPU block that multiply and accumulate; the others move data or work on single elements."""
NUMBERED = re.compile(r"tf\.nn\.convolution(?:_(\d+))?/convolution")
"""onnx2tf's name of a convolution; where TensorFlow joined several names to one, its own comes last."""
PLAIN_NAME = re.compile(r"[A-Za-z0-9_.]{1,40}")
HEAD_STRIDES = {str(level): stride for level, stride in enumerate(STRIDES)}
KIBIBYTE = 1024


class Convolution(TypedDict):
    """One of the checkpoint: its name there, its kernel (height, width), and the channels of its output."""

    name: str
    kernel: list[int]
    channels: int


class Network(TypedDict, total=False):
    """What the export stage says of a network: kinds of layers, convolutions in the order of the graph, and what the
    attributes of its head compute.
    """

    layers: list[str]
    convolutions: list[Convolution]
    branches: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Operator:
    """One operator as the NPU runs it; see pipeline/compile/operator_costs.py."""

    name: str
    kind: str
    block: str
    reads: tuple[int, ...]
    kernel: tuple[int, int]
    output: tuple[int, int, int]
    macs: int
    compute_cycles: int
    weight_cycles: int
    activation_cycles: int
    weight_bytes: int
    sram_bytes: int

    @property
    def multiplies(self) -> bool:
        """Whether it is one that multiplies by weights."""
        return self.block in MULTIPLYING

    @property
    def cycles(self) -> int:
        """How long it takes, in cycles of the NPU's clock."""
        return self.compute_cycles + self.weight_cycles + self.activation_cycles


@dataclass(frozen=True, kw_only=True)
class Times:
    """Milliseconds by what the NPU does in them."""

    multiplying: float = 0.0
    elementwise: float = 0.0
    weights: float = 0.0
    activations: float = 0.0

    @property
    def total(self) -> float:
        """Milliseconds in all."""
        return self.multiplying + self.elementwise + self.weights + self.activations


@dataclass(frozen=True, kw_only=True)
class Layer:
    """Some operators under one name; `megamacs` in millions of multiplications, `weights_kib` as read from flash."""

    name: str
    operators: int
    times: Times
    megamacs: float
    weights_kib: float


@dataclass(frozen=True, kw_only=True)
class MemoryStep:
    """How much SRAM is in use from `start` to `end`, in milliseconds since the inference began."""

    start: float
    end: float
    kib: float


@dataclass(frozen=True, kw_only=True)
class NpuTime:
    """Where the NPU's time goes, all by Vela's estimate."""

    layers: tuple[Layer, ...]
    slowest: tuple[Layer, ...]
    total: Times
    memory: tuple[MemoryStep, ...]


def read_operators(table: str) -> tuple[Operator, ...]:
    """The operators of an operators.csv."""
    return tuple(
        Operator(
            name=row["name"],
            kind=row["kind"],
            block=row["block"],
            reads=tuple(int(number) for number in row["reads"].split()),
            kernel=(int(row["kernel_height"]), int(row["kernel_width"])),
            output=(int(row["height"]), int(row["width"]), int(row["channels"])),
            **{
                name: int(row[name])
                for name in (
                    "macs", "compute_cycles", "weight_cycles", "activation_cycles", "weight_bytes", "sram_bytes",
                )
            },
        )
        for row in csv.DictReader(table.splitlines())
    )  # fmt: skip


def convolution_names(operators: Sequence[Operator], network: Network) -> dict[int, str]:
    """The checkpoint's name of every convolution, by the number of its operator; empty where they do not match.

    They match when there are as many, all numbered differently, with the same kernels and channels in that order.
    Names that nobody would give a layer (a checkpoint may hold any) count as no match.
    """
    numbers: dict[int, int] = {}
    for index, operator in enumerate(operators):
        found = NUMBERED.findall(operator.name)
        if operator.multiplies and found:
            numbers[index] = int(found[-1] or 0)
    known = network.get("convolutions", [])
    in_order = sorted(numbers, key=lambda index: numbers[index])
    if len(set(numbers.values())) != len(numbers) or len(in_order) != len(known):
        return {}
    for index, convolution in zip(in_order, known, strict=True):
        operator = operators[index]
        same = list(operator.kernel) == convolution["kernel"] and operator.output[2] == convolution["channels"]
        if not same or not PLAIN_NAME.fullmatch(convolution["name"]):
            return {}
    return {index: convolution["name"] for index, convolution in zip(in_order, known, strict=True)}


def layer_label(convolution: str, kinds: Sequence[str], branches: Mapping[str, str]) -> str:
    """What the layer of a convolution is called: "4 C2f", or "keypoints, stride 8" in a head with these branches."""
    number, *path = convolution.split(".")
    if not number.isdigit() or int(number) >= len(kinds):
        return convolution
    if int(number) == len(kinds) - 1 and len(path) > 1 and path[0] in branches and path[1] in HEAD_STRIDES:
        return f"{branches[path[0]]}, stride {HEAD_STRIDES[path[1]]}"
    return f"{number} {kinds[int(number)]}"


def _shape(operator: Operator) -> str:
    return "×".join(map(str, operator.output))


def owners(operators: Sequence[Operator]) -> tuple[int, ...]:
    """For every operator the convolution whose result it works on (itself for a convolution, else the nearest)."""
    owner: list[int] = []
    for index, operator in enumerate(operators):
        before = [owner[source] for source in operator.reads if source < index]
        owner.append(index if operator.multiplies or not before else max(before))
    return tuple(owner)


def _times(operators: Iterable[Operator], clock_hz: float) -> Times:
    chosen = list(operators)
    milliseconds = 1000 / clock_hz
    return Times(
        multiplying=milliseconds * sum(operator.compute_cycles for operator in chosen if operator.multiplies),
        elementwise=milliseconds * sum(operator.compute_cycles for operator in chosen if not operator.multiplies),
        weights=milliseconds * sum(operator.weight_cycles for operator in chosen),
        activations=milliseconds * sum(operator.activation_cycles for operator in chosen),
    )


def _layer(name: str, operators: Sequence[Operator], clock_hz: float) -> Layer:
    return Layer(
        name=name,
        operators=len(operators),
        times=_times(operators, clock_hz),
        megamacs=sum(operator.macs for operator in operators if operator.multiplies) / 1e6,
        weights_kib=sum(operator.weight_bytes for operator in operators) / KIBIBYTE,
    )


def _grouped(
    operators: Sequence[Operator], labels: Sequence[str], ranks: Sequence[int], clock_hz: float
) -> tuple[Layer, ...]:
    """One layer for each label, the ones with the lowest ranks first."""
    groups: dict[str, list[Operator]] = {}
    for index in sorted(range(len(operators)), key=lambda index: (ranks[index], index)):
        groups.setdefault(labels[index], []).append(operators[index])
    return tuple(_layer(label, group, clock_hz) for label, group in groups.items())


def _memory(operators: Sequence[Operator], clock_hz: float) -> tuple[MemoryStep, ...]:
    """SRAM in use over the inference; neighbours with the same use are one step."""
    steps: list[MemoryStep] = []
    time = 0.0
    for operator in operators:
        start, time = time, time + 1000 * operator.cycles / clock_hz
        kib = operator.sram_bytes / KIBIBYTE
        if steps and steps[-1].kib == kib:
            start = steps.pop().start
        steps.append(MemoryStep(start=start, end=time, kib=kib))
    return tuple(steps)


def npu_time(
    table: str, *, clock_hz: float, network: Network, most_layers: int = 40, most_convolutions: int = 12
) -> NpuTime:
    """What an operators.csv says about the network that the export stage described.

    A network whose convolutions cannot be told is shown by its convolutions alone. Of more than `most_layers` the
    quickest are put together; `slowest` are the `most_convolutions` slowest convolutions with what follows them.
    """
    operators = read_operators(table)
    owner = owners(operators)
    names = convolution_names(operators, network)
    kinds, branches = network.get("layers", []), network.get("branches", {})
    convolutions = [
        f"{names.get(index, f'operator {index}')}: {'×'.join(map(str, operators[index].kernel))} → "
        f"{_shape(operators[index])}"
        for index in owner
    ]
    labels = [
        layer_label(names[index], kinds, branches) if index in names else convolutions[number]
        for number, index in enumerate(owner)
    ]
    # In the order of the network, which the NPU leaves where branches part.
    place = {index: rank for rank, index in enumerate(names)}
    ranks = [place.get(index, index) for index in owner]
    by_convolution = _grouped(operators, convolutions, ranks, clock_hz)
    layers = _grouped(operators, labels, ranks, clock_hz)
    if len(layers) > most_layers:
        quickest = {layer.name for layer in sorted(layers, key=lambda layer: layer.times.total)[: 1 - most_layers]}
        labels = ["all others" if label in quickest else label for label in labels]
        layers = _grouped(operators, labels, ranks, clock_hz)
    return NpuTime(
        layers=layers,
        slowest=tuple(sorted(by_convolution, key=lambda layer: (-layer.times.total, layer.name))[:most_convolutions]),
        total=_times(operators, clock_hz),
        memory=_memory(operators, clock_hz),
    )
