"""In the environment `vela`: leave out each wait of a compiled file in turn, and say what came of it.

    drop_waits.py REPOSITORY MODEL.tflite

A wait is `caught` where the registers show two commands in each other's way without it. Else it must be implied: what
may be outstanding behind it is the same without it, or nothing that may be outstanding touches what follows.
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, sys.argv[1])

from pipeline.npu.compiled_model import CompiledModel
from pipeline.npu.hazards import Memory, hazards

(commands,) = CompiledModel(Path(sys.argv[2]).read_bytes()).commands.values()
waits = [number for number, command in enumerate(commands) if command.name.endswith("_WAIT")]
caught, missed, memory = 0, [], Memory()


def outstanding(stream):
    """How many transfers and kernels may be outstanding at most behind each command."""
    transfers = kernels = 0
    for command in stream:
        if command.name == "DMA_START":
            transfers += 1
        elif command.name == "DMA_WAIT":
            transfers = min(transfers, command.parameter)
        elif command.name == "KERNEL_WAIT":
            kernels = min(kernels, command.parameter)
        elif command.name in ("CONV", "POOL", "ELEMENTWISE", "DEPTHWISE"):
            kernels = min(kernels + 1, 2)
        yield transfers, kernels


for number in waits:
    without = commands[:number] + commands[number + 1 :]
    if hazards(without, memory).found:
        caught += 1
        continue
    # A wait before a transfer that no other may run beside: its pieces never meet in memory, and Vela's stalls do.
    following = next(command.name for command in commands[number + 1 :] if not command.name.endswith("_WAIT"))
    implied = commands[number].name == "DMA_WAIT" and following == "DMA_START"
    before, after = list(outstanding(commands)), list(outstanding(without))
    if not implied and before[number] != after[number - 1] and before[number:] != after[number - 1 :]:
        missed.append([number, commands[number].name, following])
print(
    json.dumps({"waits": len(waits), "caught": caught, "missed": missed, "kept": len(hazards(commands, memory).found)})
)
