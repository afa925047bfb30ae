"""The register commands of a .tflite that was compiled for an Ethos-U55, by any version of Vela.

An Ethos-U operator's first input holds the driver's actions ("COP1"; ethos_u_core_driver: ethosu_driver.c), one of
which carries the commands. A command sets a register, or starts or waits for something with the registers as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy
from ethosu.vela.ethos_u55_regs.ethos_u55_regs import cmd0, cmd1
from ethosu.vela.tflite.Model import Model

from pipeline.harness import Refused

ETHOS_U = b"ethos-u"
FOURCC = int.from_bytes(b"COP1", "little")
OPTIMIZER_CONFIG, COMMAND_STREAM = 1, 2
PAYLOAD, OPCODE = 0x4000, 0x3FF
KERNELS = frozenset({"CONV", "DEPTHWISE", "POOL", "ELEMENTWISE"})
MAX_WORDS = 16 * 1024 * 1024
"""A stream of 64 MB: thirty times the largest that fits a board's flash."""


@dataclass(frozen=True, kw_only=True)
class Command:
    """A command that does something: CONV, DEPTHWISE, POOL, ELEMENTWISE, DMA_START, KERNEL_WAIT, DMA_WAIT, STOP, IRQ.

    `registers` hold what the command sees: 16 bits for a plain register, (32 bits, 16 bits) for one with a payload;
    `words` is how many words of the stream were read since the command before.
    """

    name: str
    parameter: int
    registers: Mapping[str, Any]
    words: int


@dataclass(frozen=True, kw_only=True)
class NpuOperator:
    """One Ethos-U operator of a model: its position among the operators, its tensors by number, its commands."""

    position: int
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    macs_per_cycle: int
    words: numpy.ndarray[Any, numpy.dtype[numpy.uint32]]

    def commands(self) -> Iterator[Command]:
        """The commands in order; raises Refused where the words are none."""
        registers: dict[str, Any] = {}
        position = began = 0
        while position < len(self.words):
            word = int(self.words[position])
            code, parameter = word & 0xFFFF, word >> 16
            position += 1
            try:
                if code & PAYLOAD:
                    name = cmd1(code & OPCODE).name
                    registers[name.removeprefix("NPU_SET_")] = (int(self.words[position]), parameter)
                    position += 1
                    continue
                name = cmd0(code & OPCODE).name
            except (ValueError, IndexError) as error:
                raise Refused("model-file", f"{{model}} holds a command no Ethos-U55 knows ({code:#06x}).") from error
            if name.startswith("NPU_SET_"):
                registers[name.removeprefix("NPU_SET_")] = parameter
                continue
            name = name.removeprefix("NPU_OP_")
            yield Command(name=name, parameter=parameter, registers=dict(registers), words=position - began)
            began = position


def npu_operators(content: bytes) -> list[NpuOperator]:
    """The Ethos-U operators of a .tflite, in order; raises Refused where they cannot be read."""
    try:
        model = Model.GetRootAs(content, 0)
        graph = model.Subgraphs(0)
        found = []
        for position in range(graph.OperatorsLength()):
            operator = graph.Operators(position)
            if model.OperatorCodes(operator.OpcodeIndex()).CustomCode() == ETHOS_U:
                found.append(_read(model, graph, position, operator))
    except (AttributeError, IndexError, TypeError, ValueError, MemoryError) as error:
        raise Refused("model-file", "{model} is damaged: its NPU code cannot be read.") from error
    return found


def _read(model: Any, graph: Any, position: int, operator: Any) -> NpuOperator:
    inputs = tuple(int(number) for number in operator.InputsAsNumpy())
    payload = model.Buffers(graph.Tensors(inputs[0]).Buffer()).DataAsNumpy()
    words = payload[: len(payload) // 4 * 4].copy().view(numpy.uint32)
    if len(words) > MAX_WORDS or not len(words) or int(words[0]) != FOURCC:
        raise Refused("model-file", "{model} holds NPU code that is not in the form COP1.")
    macs, at = 0, 1
    while at < len(words):
        action, header = int(words[at]) & 0xFF, int(words[at])
        if action == OPTIMIZER_CONFIG:
            macs = 1 << (int(words[at + 1]) & 0xF)
            at += 3
        elif action == COMMAND_STREAM:
            length = (header >> 16) | (header >> 8 & 0xFF) << 16
            return NpuOperator(
                position=position,
                inputs=inputs,
                outputs=tuple(int(number) for number in operator.OutputsAsNumpy()),
                macs_per_cycle=macs,
                words=words[at + 1 : at + 1 + length],
            )
        else:
            at += 1
    raise Refused("model-file", "{model} holds NPU code without commands.")
