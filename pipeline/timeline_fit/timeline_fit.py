"""Which chip would take as long as a board did for files compiled for an Ethos-U55, in the environment `vela`.

Parameters: `system_config` and `memory_mode` (sections of the input `vela_config.ini`), and `measured`, milliseconds by
NAME, of each of which there is an input NAME.tflite. Output `fit.json`: a Fit of ../npu/chip_fit.py.
"""

from __future__ import annotations

import importlib.metadata
import json
from dataclasses import asdict
from typing import Any

from pipeline.harness import INPUTS, OUTPUTS, Refused
from pipeline.npu.chip_fit import Measurement, fitted
from pipeline.npu.clock import MILLISECONDS, events_of
from pipeline.npu.command_stream import npu_operators
from pipeline.npu.kernel_cost import chip


def run(parameters: dict[str, Any]) -> dict[str, Any]:
    """Read the commands of each file, and look for the chip."""
    found = fitted([measurement(name, parameters) for name in sorted(parameters["measured"])])
    (OUTPUTS / "fit.json").write_text(json.dumps(asdict(found), sort_keys=True))
    return {"versions": {"ethos-u-vela": importlib.metadata.version("ethos-u-vela")}}


def measurement(name: str, parameters: dict[str, Any]) -> Measurement:
    """A file's events, and what the board took; raises Refused where the CPU has a part in that."""
    operators = npu_operators((INPUTS / f"{name}.tflite").read_bytes())
    if len(operators) != 1:
        raise Refused("model-file", "{model} is not one operator for the NPU: the board's time is not the NPU's alone.")
    architecture = chip(
        operators[0].macs_per_cycle,
        config=INPUTS / "vela_config.ini",
        system_config=parameters["system_config"],
        memory_mode=parameters["memory_mode"],
    )
    cycles = parameters["measured"][name] / MILLISECONDS * architecture.core_clock
    return Measurement(events=events_of(operators[0], architecture), cycles=cycles)
