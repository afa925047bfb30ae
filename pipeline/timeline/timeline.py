"""The event timeline of a file compiled for an Ethos-U55, whoever compiled it, in the environment `vela`.

Parameters `system_config` and `memory_mode` name sections of the input `vela_config.ini`: how fast the chip and its
memories are. Input `model.tflite`; output `timeline.json` (see ../npu/clock.py).
"""

from __future__ import annotations

import importlib.metadata
import json
from typing import Any

from pipeline.harness import INPUTS, OUTPUTS, Refused
from pipeline.npu import clock


def run(parameters: dict[str, Any]) -> dict[str, Any]:
    """Read the commands, and put them on a timeline."""
    found = clock.clocked(
        (INPUTS / "model.tflite").read_bytes(),
        config=INPUTS / "vela_config.ini",
        system_config=parameters["system_config"],
        memory_mode=parameters["memory_mode"],
    )
    if not found["operators"]:
        raise Refused("model-file", "{model} holds no NPU code.", "Pass a file that went through Vela.")
    (OUTPUTS / "timeline.json").write_text(json.dumps(found, sort_keys=True))
    return {
        "timeline": {name: value for name, value in found.items() if name != "spans"},
        "versions": {"ethos-u-vela": importlib.metadata.version("ethos-u-vela")},
    }
