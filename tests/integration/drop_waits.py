"""In the environment `vela`: leave out each wait of a compiled file in turn, and say what came of it.

    drop_waits.py REPOSITORY MODEL.tflite

A wait is `caught` where the registers show two commands in each other's way without it. Else it must be `implied`: what
may be outstanding behind it is the same without it; or keep two transfers `apart`, which never meet in memory. `wider`
are those that Vela's own function asks for although no byte is touched twice: it takes all tables for one, and compares
ranges by their ends. Each wait is one of these, or `missed`.
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, sys.argv[1])

from pipeline.npu.command_stream import KERNELS
from pipeline.npu.compiled_model import CompiledModel
from pipeline.npu.feature_map import SHRAM_BYTES, SHRAM_REGION, TABLE_BYTES, touched
from pipeline.npu.hazards import Memory, hazards

(commands,) = CompiledModel(Path(sys.argv[2]).read_bytes()).commands.values()
waits = [number for number, command in enumerate(commands) if command.name.endswith("_WAIT")]
caught, missed, memory = 0, [], Memory()
TABLES = SHRAM_BYTES[64] - TABLE_BYTES


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


def may_run(stream, number):
    """The commands that may be outstanding before one, at most two kernels among them."""
    transfers, kernels = [], []
    for command in stream[:number]:
        if command.name == "DMA_WAIT":
            transfers = transfers[len(transfers) - command.parameter :] if command.parameter else []
        elif command.name == "KERNEL_WAIT":
            kernels = kernels[len(kernels) - command.parameter :] if command.parameter else []
        elif command.name == "DMA_START":
            transfers.append(command)
        elif command.name in KERNELS:
            kernels = [*kernels, command][-2:]
    return transfers, kernels


def wide(region, bytes_):
    """From the first byte to the last; of one table, all of them."""
    first, last = int(bytes_[0]), int(bytes_[-1])
    return (TABLES, SHRAM_BYTES[64] - 1) if region == SHRAM_REGION and first >= TABLES else (first, last)


def ranges_meet(one, other):
    """Whether two commands are in each other's way as Vela looks at what they touch."""
    mine, theirs = touched(one), touched(other)
    pairs = [(mine.writes, theirs.writes), (mine.writes, theirs.reads), (mine.reads, theirs.writes)]
    return any(
        region == of_other
        and len(here)
        and len(there)
        and wide(region, here)[0] <= wide(region, there)[1]
        and wide(region, there)[0] <= wide(region, here)[1]
        for first, second in pairs
        for region, here in first
        for of_other, there in second
    )


wider = apart = implied = 0
for number in waits:
    without = commands[:number] + commands[number + 1 :]
    if hazards(without, memory).found:
        caught += 1
        continue
    # A wait before a transfer that no other may run beside: its pieces never meet in memory, and Vela's stalls do.
    following = next(command.name for command in commands[number + 1 :] if not command.name.endswith("_WAIT"))
    if commands[number].name == "DMA_WAIT" and following == "DMA_START":
        apart += 1
        continue
    before, after = list(outstanding(commands)), list(outstanding(without))
    after_wait = next(at for at in range(number, len(without)) if not without[at].name.endswith("_WAIT"))
    transfers, kernels = may_run(without, after_wait)
    beside = kernels if without[after_wait].name == "DMA_START" else transfers
    if any(ranges_meet(without[after_wait], other) for other in beside):
        wider += 1
        continue
    if before[number] == after[number - 1] or before[number:] == after[number - 1 :]:
        implied += 1
    else:
        missed.append([number, commands[number].name, following])
print(
    json.dumps(
        {
            "waits": len(waits),
            "caught": caught,
            "wider": wider,
            "apart": apart,
            "implied": implied,
            "missed": missed,
            "kept": len(hazards(commands, memory).found),
        }
    )
)
