"""A file that went through Vela as a network that sees pictures: on a simulated Ethos-U55, TFLite for the rest."""

from __future__ import annotations

import importlib.metadata
from typing import Any

from pipeline.harness import Refused
from pipeline.npu.clock import kernel_name, transfer_name
from pipeline.npu.command_stream import KERNELS, Command
from pipeline.npu.compiled_model import CompiledModel
from pipeline.npu.cpu_operator import cpu_operators
from pipeline.npu.hazards import Hazard, Memory, hazards
from pipeline.shared.interpreters import restore, store


class SimulatedNetwork:
    """See pipeline/shared/interpreters.py, Network.

    Transfers and kernels are late by a seed, another one for each picture, as far as the waits in the stream allow.
    Raises Refused where two commands may run at once although one writes what the other touches.
    """

    def __init__(self, content: bytes) -> None:
        self._model = CompiledModel(content, cpu_operator=cpu_operators(content))
        refuse_hazards(self._model)
        self._npu = self._model.npu(late="seeded")
        shape = self._model.tensor(self._model.inputs[0]).shape
        if len(self._model.inputs) != 1 or len(shape) != 4:
            raise Refused("model-file", "{model} takes no single picture.")
        self.size = shape[1]
        packages = ("ai-edge-litert", "ethos-u-vela")
        self.versions = {name: importlib.metadata.version(name) for name in packages}

    def __call__(self, pixels: Any) -> list[Any]:
        """See Network."""
        entry = self._model.inputs[0]
        stored = store(pixels, self._model.tensor(entry).dtype, *self._model.quantization(entry))
        outputs = self._model.run(self._npu, stored)
        return [
            restore(values[None], *self._model.quantization(number))
            for number, values in zip(self._model.outputs, outputs, strict=True)
        ]


def refuse_hazards(model: CompiledModel) -> None:
    """Raise Refused where two commands are in each other's way, with what they are."""
    for commands in model.commands.values():
        try:
            found = hazards(commands, Memory(macs_per_cycle=model.macs_per_cycle)).found
        except (LookupError, TypeError, ValueError) as error:
            raise Refused(
                "model-file", "{model} is damaged: its NPU code holds a command that no chip runs."
            ) from error
        if found:
            working = [command for command in commands if command.name in KERNELS or command.name == "DMA_START"]
            raise Refused(
                "model-file", f"{{model}} may compute something else than it should: {_words(found[0], working)}."
            )


def _words(found: Hazard, working: list[Command]) -> str:
    earlier, later = (_name(number, working[number - 1]) for number in (found.earlier, found.later))
    return f"{later} may start while {earlier} runs, and one of them writes what the other touches"


def _name(number: int, command: Command) -> str:
    what = kernel_name(command) if command.name in KERNELS else f"transfer of {transfer_name(command)}"
    return f"command {number} ({what})"
