"""How much tensor arena a .tflite needs, in the environment `micro` (TFLite Micro's own interpreter on this machine).

Parameters: `largest_arena_bytes`, the most that is tried. Input `model.tflite`; output `allocations.txt`, what the
recording allocator prints. Reported: `arena_bytes`. A model with Vela's operator cannot be measured so (and need not:
the file says it itself).
"""

from __future__ import annotations

import importlib.metadata
import os
import re
from typing import Any

from tflite_micro.python.tflite_micro import runtime

from pipeline.harness import INPUTS, OUTPUTS, Refused

TOTAL = re.compile(r"Arena allocation total (\d+) bytes")


def run(parameters: dict[str, Any]) -> dict[str, Any]:
    """Let TFLite Micro allocate the model and read what it used."""
    output = OUTPUTS / "allocations.txt"
    try:
        interpreter = runtime.Interpreter.from_file(
            str(INPUTS / "model.tflite"),
            arena_size=parameters["largest_arena_bytes"],
            intrepreter_config=runtime.InterpreterConfig.kAllocationRecording,  # spelt so in its interface
        )
    except (RuntimeError, ValueError) as error:
        raise Refused(
            "contract",
            f"TFLite Micro does not accept the model: {str(error).splitlines()[0]}.",
            "Its reason is among the lines above.",
        ) from error
    # The allocator prints to the process' own output.
    kept = os.dup(2), os.dup(1)
    with output.open("wb") as stream:
        os.dup2(stream.fileno(), 2)
        os.dup2(stream.fileno(), 1)
        interpreter.print_allocations()
        os.dup2(kept[0], 2)
        os.dup2(kept[1], 1)
    found = TOTAL.search(output.read_text())
    if found is None:
        raise Refused("stage", "TFLite Micro did not say how much arena the model needs.", "Report it.")
    return {"arena_bytes": int(found[1]), "versions": {"tflite-micro": importlib.metadata.version("tflite-micro")}}
