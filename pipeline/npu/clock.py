"""How long a compiled model takes by the event timeline, whoever compiled it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline.harness import Refused
from pipeline.npu.command_stream import KERNELS, Command, NpuOperator, npu_operators
from pipeline.npu.event_timeline import Event, Span, Timeline, timeline
from pipeline.npu.feature_map import FIRST_TABLE, output_shape
from pipeline.npu.kernel_cost import FLASH_REGION, chip, kernel_cycles, transfer_cycles

SENSITIVITY = {
    "flash 20 % slower": {"transfer_scale": 1.2},
    "flash 20 % faster": {"transfer_scale": 0.8},
    "kernels 20 % slower": {"kernel_scale": 1.2},
    "1,000 cycles more a transfer": {"transfer_latency": 1000.0},
}
"""What if the chip is not as configured."""
MILLISECONDS = 1000.0
NAMES = {"CONV": "convolution", "DEPTHWISE": "depthwise convolution", "POOL": "pooling", "ELEMENTWISE": "elementwise"}
SHRAM_BIT = 0x100
"""Of a region's number: memory within the NPU, where tables go."""


def kernel_name(command: Command) -> str:
    """What a kernel is, by its registers: kind, kernel where it has one, the shape it makes, and its table."""
    registers = command.registers
    words = [NAMES[command.name]]
    if command.name != "ELEMENTWISE":
        words.append("×".join(str(registers[f"KERNEL_{side}_M1"] + 1) for side in ("HEIGHT", "WIDTH")))
    words.append("→ " + "×".join(map(str, output_shape(registers))))
    if registers.get("ACTIVATION", 0) & 0xFFF >= FIRST_TABLE:
        words.append("by table")
    return " ".join(words)


def transfer_name(command: Command) -> str:
    """What a transfer brings: a table, weights, or what is in memory already."""
    if command.registers["DMA0_DST_REGION"] & SHRAM_BIT:
        return "table"
    return "weights" if command.registers["DMA0_SRC_REGION"] == FLASH_REGION else "copy"


def events_of(operator: NpuOperator, architecture: Any) -> list[Event]:
    """The commands of one NPU operator, with their costs; raises Refused for commands that are none."""
    try:
        return list(_events_of(operator, architecture))
    except (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise Refused("model-file", "{model} is damaged: its NPU code holds a command that no chip runs.") from error


def _events_of(operator: NpuOperator, architecture: Any) -> Iterator[Event]:
    for command in operator.commands():
        if command.name in KERNELS:
            cycles = kernel_cycles(architecture, command)
            yield Event(kind="kernel", cycles=cycles, name=kernel_name(command))
        elif command.name == "DMA_START":
            size = int(command.registers["DMA0_LEN"][0])
            cycles = transfer_cycles(architecture, command.registers)
            yield Event(kind="transfer", cycles=cycles, size=size, name=transfer_name(command))
        elif command.name == "KERNEL_WAIT":
            yield Event(kind="kernel wait", count=command.parameter)
        elif command.name == "DMA_WAIT":
            yield Event(kind="transfer wait", count=command.parameter)


def clocked(content: bytes, *, config: Path, system_config: str, memory_mode: str) -> dict[str, Any]:
    """The timeline of all NPU operators of a .tflite, as JSON.

    `total_ms`, `kernel_ms` (the NPU computes) and `transfer_ms` (flash is read) are in milliseconds at the configured
    clock, and `sensitivity` is the total of a chip that is another. `spans` has a row for each kernel and transfer in
    the order of the stream: kind, name, start and end in milliseconds, bytes of a transfer; operators follow each other
    without what the CPU does between them. All of it is 0 where there are none. Raises Refused where the file cannot
    be read.
    """
    operators = npu_operators(content)
    found: list[Timeline] = []
    totals = dict.fromkeys(SENSITIVITY, 0.0)
    clock = bandwidth = in_ms = 0.0
    for operator in operators:
        architecture = chip(
            operator.macs_per_cycle, config=config, system_config=system_config, memory_mode=memory_mode
        )
        events = events_of(operator, architecture)
        found.append(timeline(events))
        for name, change in SENSITIVITY.items():
            totals[name] += timeline(events, **change).total
        clock = float(architecture.core_clock)
        in_ms = MILLISECONDS / clock
        bandwidth = clock * architecture.memory_bandwidths_per_cycle[architecture.permanent_storage_mem_area]
    rows: list[list[Any]] = []
    began = 0.0
    for item in found:
        rows += [_row(span, began, in_ms) for span in item.spans if span.event.kind in ("kernel", "transfer")]
        began += item.total
    return {
        "total_ms": round(began * in_ms, 3),
        "kernel_ms": round(sum(item.kernel_busy for item in found) * in_ms, 3),
        "transfer_ms": round(sum(item.transfer_busy for item in found) * in_ms, 3),
        "sensitivity": {name: round(total * in_ms, 3) for name, total in totals.items()},
        "core_clock_hz": clock,
        "macs_per_cycle": operators[0].macs_per_cycle if operators else 0,
        "flash_bytes_per_second": bandwidth,
        "operators": len(operators),
        "spans": rows,
    }


def _row(span: Span, began: float, in_ms: float) -> list[Any]:
    start, end = (round((began + cycles) * in_ms, 5) for cycles in (span.started, span.ended))
    return [span.event.kind, span.event.name, start, end, span.event.size]
