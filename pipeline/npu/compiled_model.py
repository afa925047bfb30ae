"""A .tflite that is one Ethos-U operator: its commands, its constants, and where its tensors stand in the arena."""

from __future__ import annotations

from typing import Any

import numpy
from ethosu.vela.tflite.Model import Model

from pipeline.harness import Refused
from pipeline.npu.command_stream import Command, npu_operators
from pipeline.npu.simulator import Bytes, Late, Npu

UNUSED = 85
"""What memory holds before: it must not matter."""


class CompiledModel:
    """Runs pictures on a simulated NPU; raises Refused where the file is not one Ethos-U operator alone."""

    def __init__(self, content: bytes) -> None:
        operators = npu_operators(content)
        self._model = Model.GetRootAs(content, 0)
        self._graph = self._model.Subgraphs(0)
        if len(operators) != 1 or self._graph.OperatorsLength() != 1:
            raise Refused("modelfile", "{model} is not one operator for the NPU alone: it cannot be simulated.")
        (self._operator,) = operators
        self.commands: list[Command] = list(self._operator.commands())
        self._addresses = self._read_addresses()

    def _data(self, tensor: int) -> Bytes:
        buffer = self._model.Buffers(self._graph.Tensors(tensor).Buffer())
        data: Bytes = buffer.DataAsNumpy().copy().view(numpy.int8)
        return data

    def _read_addresses(self) -> Any:
        """Where each tensor stands in the arena (OfflineMemoryAllocation: version, subgraph, count, offsets)."""
        for index in range(self._model.MetadataLength()):
            entry = self._model.Metadata(index)
            if entry.Name() == b"OfflineMemoryAllocation":
                return self._model.Buffers(entry.Buffer()).DataAsNumpy().copy().view(numpy.int32)[3:]
        raise Refused("modelfile", "{model} does not say where its tensors are.")

    def npu(self, *, late: Late = "nothing") -> Npu:
        """An NPU with the model's constants and an arena of the size that the file names."""
        flash, scratch = self._operator.inputs[1:3]
        arena = int(self._graph.Tensors(scratch).ShapeAsNumpy()[0])
        return Npu(self._data(flash), arena, macs_per_cycle=self._operator.macs_per_cycle, late=late)

    def run(self, npu: Npu, picture: Any) -> list[Any]:
        """The outputs, in the model's order, for one int8 picture (height, width, channels)."""
        npu.memory[1][:] = UNUSED
        start = self._addresses[self._graph.Inputs(0)]
        npu.memory[1][start : start + picture.size] = picture.ravel()
        npu.execute(self.commands)
        outputs = []
        for tensor in self._graph.OutputsAsNumpy():
            shape, start = self._graph.Tensors(int(tensor)).ShapeAsNumpy(), self._addresses[tensor]
            outputs.append(npu.memory[1][start : start + numpy.prod(shape)].reshape(shape[1:]).copy())
        return outputs
