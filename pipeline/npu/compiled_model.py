"""A .tflite that went through Vela: what its operators do to the arena, those for the NPU on a simulated one.

TFLite Micro gives the NPU's driver the addresses of an operator's tensors as regions (ethosu.cc): 0 is what lies in
flash, 1 the arena from its scratch tensor on. Where each tensor stands in the arena the file says itself. What is left
on the CPU is computed by TFLite (cpu_operator.py), in the same arena.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy
from ethosu.vela.tflite.Model import Model

from pipeline.harness import Refused
from pipeline.npu.command_stream import NpuOperator, npu_operators
from pipeline.npu.simulator import Bytes, Late, Npu

UNUSED = 85
"""What memory holds before: it must not matter."""
TYPES = {
    0: numpy.float32, 1: numpy.float16, 2: numpy.int32, 3: numpy.uint8, 4: numpy.int64, 6: numpy.bool_, 7: numpy.int16,
    9: numpy.int8, 15: numpy.uint32, 16: numpy.uint16,
}  # fmt: skip
"""By TFLite's numbers (schema.fbs, TensorType)."""
MAX_ARENA_BYTES = 64 * 1024 * 1024
"""Thirty times what a board's chip has."""
CpuOperator = Callable[[list[Any]], list[Any]]
"""The values of the inputs that are computed → those of the outputs."""


@dataclass(frozen=True, kw_only=True)
class Tensor:
    """A tensor: where it stands in the arena (-1: the file does not say), its shape and type, its name."""

    offset: int
    shape: tuple[int, ...]
    dtype: Any
    name: str

    @property
    def size(self) -> int:
        """In bytes."""
        return int(numpy.prod(self.shape)) * int(numpy.dtype(self.dtype).itemsize)


class CompiledModel:
    """Runs pictures on a simulated NPU; raises Refused for files that are none for an Ethos-U55.

    `cpu_operator` makes of the number of an operator what computes it; without it such files are refused.
    """

    def __init__(self, content: bytes, *, cpu_operator: Callable[[int], CpuOperator] | None = None) -> None:
        self._npu_operators = {operator.position: operator for operator in npu_operators(content)}
        self._model = Model.GetRootAs(content, 0)
        self._graph = self._model.Subgraphs(0)
        if not self._npu_operators:
            raise Refused("model-file", "{model} holds no NPU code.")
        count = self._graph.OperatorsLength()
        if cpu_operator is None and len(self._npu_operators) != count:
            raise Refused("model-file", "{model} leaves operators on the CPU: nothing here computes those.")
        self.commands = {position: list(operator.commands()) for position, operator in self._npu_operators.items()}
        """By the position of the operator."""
        self._cpu = {
            position: cpu_operator(position)
            for position in range(count)
            if position not in self._npu_operators and cpu_operator is not None
        }
        self.macs_per_cycle = next(iter(self._npu_operators.values())).macs_per_cycle
        self._tensors = list(self._read_tensors())
        self.inputs = [int(tensor) for tensor in self._graph.InputsAsNumpy()]
        self.outputs = [int(tensor) for tensor in self._graph.OutputsAsNumpy()]

    def tensor(self, number: int) -> Tensor:
        """A tensor by its number."""
        return self._tensors[number]

    def quantization(self, number: int) -> tuple[float, int]:
        """Scale and zero point of a tensor; (0, 0) where it has none."""
        found = self._graph.Tensors(number).Quantization()
        if found is None or not found.ScaleLength():
            return 0.0, 0
        return float(found.Scale(0)), int(found.ZeroPoint(0)) if found.ZeroPointLength() else 0

    def _data(self, tensor: int) -> Bytes:
        buffer = self._model.Buffers(self._graph.Tensors(tensor).Buffer())
        data: Bytes = buffer.DataAsNumpy().copy().view(numpy.int8)
        return data

    def _read_tensors(self) -> Iterator[Tensor]:
        """Where each tensor stands in the arena (OfflineMemoryAllocation: version, subgraph, count, offsets)."""
        for index in range(self._model.MetadataLength()):
            entry = self._model.Metadata(index)
            if entry.Name() == b"OfflineMemoryAllocation":
                offsets = self._model.Buffers(entry.Buffer()).DataAsNumpy().copy().view(numpy.int32)[3:]
                break
        else:
            raise Refused("model-file", "{model} does not say where its tensors are.")
        for number in range(self._graph.TensorsLength()):
            tensor = self._graph.Tensors(number)
            shape = tuple(int(side) for side in tensor.ShapeAsNumpy()) if tensor.ShapeLength() else ()
            if tensor.Type() not in TYPES:
                raise Refused(
                    "model-file", f"{{model}} holds a tensor of the type {tensor.Type()}, which is not known."
                )
            yield Tensor(
                offset=int(offsets[number]),
                shape=shape,
                dtype=TYPES[tensor.Type()],
                name=(tensor.Name() or b"").decode("utf-8", "replace"),
            )

    def npu(self, *, late: Late = "nothing", seed: int = 0) -> Npu:
        """An NPU with an arena of the size that the file names."""
        first = next(iter(self._npu_operators.values()))
        sizes = [self._arena_end(operator) for operator in self._npu_operators.values()]
        sizes += [tensor.offset + tensor.size for tensor in self._tensors if tensor.offset >= 0]
        if max(sizes) > MAX_ARENA_BYTES:
            raise Refused("model-file", "{model} wants more memory than any board has.")
        return Npu(self._data(first.inputs[1]), max(sizes), macs_per_cycle=first.macs_per_cycle, late=late, seed=seed)

    def _arena_end(self, operator: NpuOperator) -> int:
        scratch = self._tensors[operator.inputs[2]]
        if scratch.offset:
            raise Refused("model-file", "{model} has its scratch memory elsewhere than at the arena's start.")
        return scratch.size

    def run(self, npu: Npu, *images: Any) -> list[Any]:
        """The outputs, in the model's order and as they are stored, for one picture (or one array an input).

        Raises Refused where the file reaches beyond its memory, or holds something that is not simulated.
        """
        try:
            return self._run(npu, images)
        except (ArithmeticError, AssertionError, LookupError, MemoryError, TypeError, ValueError) as error:
            raise Refused(
                "model-file", "{model} reaches beyond its memory, or holds a command that is not simulated."
            ) from error

    def _run(self, npu: Npu, images: Iterable[Any]) -> list[Any]:
        arena = npu.memory[1]
        arena[:] = UNUSED
        elsewhere: dict[int, Any] = {}
        for number, image in zip(self.inputs, images, strict=True):
            self._put(arena, elsewhere, number, image)
        for position in range(self._graph.OperatorsLength()):
            if position in self.commands:
                npu.execute(self.commands[position])
                continue
            operator = self._graph.Operators(position)
            values = [
                self._get(arena, elsewhere, int(number))
                for number in operator.InputsAsNumpy()
                if number >= 0 and not self._is_constant(int(number))
            ]
            for number, value in zip(operator.OutputsAsNumpy(), self._cpu[position](values), strict=True):
                self._put(arena, elsewhere, int(number), value)
        # Without the first dimension, which is the picture's.
        return [
            self._get(arena, elsewhere, number).copy().reshape(self._tensors[number].shape[1:])
            for number in self.outputs
        ]

    def _is_constant(self, number: int) -> bool:
        return bool(self._model.Buffers(self._graph.Tensors(number).Buffer()).DataLength())

    def _put(self, arena: Bytes, elsewhere: dict[int, Any], number: int, value: Any) -> None:
        tensor = self._tensors[number]
        value = numpy.asarray(value, tensor.dtype).reshape(tensor.shape)
        if tensor.offset < 0:
            elsewhere[number] = value
        else:
            arena[tensor.offset : tensor.offset + tensor.size] = numpy.ascontiguousarray(value).ravel().view(numpy.int8)

    def _get(self, arena: Bytes, elsewhere: dict[int, Any], number: int) -> Any:
        tensor = self._tensors[number]
        if tensor.offset < 0:
            return elsewhere[number]
        return arena[tensor.offset : tensor.offset + tensor.size].view(tensor.dtype).reshape(tensor.shape)
