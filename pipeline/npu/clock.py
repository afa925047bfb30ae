"""How long a compiled model takes by the event timeline, whoever compiled it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipeline.npu.command_stream import KERNELS, NpuOperator, npu_operators
from pipeline.npu.event_timeline import Event, Timeline, timeline
from pipeline.npu.kernel_cost import chip, kernel_cycles, transfer_cycles

SENSITIVITY = {
    "flash 20 % slower": {"transfer_scale": 1.2},
    "flash 20 % faster": {"transfer_scale": 0.8},
    "kernels 20 % slower": {"kernel_scale": 1.2},
    "1,000 cycles more a transfer": {"transfer_latency": 1000.0},
}
"""What if the chip is not as configured."""
MILLISECONDS = 1000.0


def events_of(operator: NpuOperator, architecture: Any) -> list[Event]:
    """The commands of one NPU operator, with their costs."""
    events = []
    for command in operator.commands():
        if command.name in KERNELS:
            events.append(Event(kind="kernel", cycles=kernel_cycles(architecture, command)))
        elif command.name == "DMA_START":
            size = int(command.registers["DMA0_LEN"][0])
            events.append(Event(kind="transfer", cycles=transfer_cycles(architecture, command.registers), size=size))
        elif command.name == "KERNEL_WAIT":
            events.append(Event(kind="kernel wait", count=command.parameter))
        elif command.name == "DMA_WAIT":
            events.append(Event(kind="transfer wait", count=command.parameter))
    return events


def clocked(content: bytes, *, config: Path, system_config: str, memory_mode: str) -> dict[str, Any]:
    """The timeline of all NPU operators of a .tflite, as JSON.

    `total_ms`, `kernel_ms` (the NPU computes) and `transfer_ms` (flash is read) are in milliseconds at the configured
    clock, and `sensitivity` is the total of a chip that is another. `operators` have a row for each kernel and
    transfer: kind, start and end in cycles, bytes. Raises Refused where the file cannot be read.
    """
    operators = npu_operators(content)
    found: list[Timeline] = []
    totals = dict.fromkeys(SENSITIVITY, 0.0)
    clock = 0.0
    for operator in operators:
        architecture = chip(
            operator.macs_per_cycle, config=config, system_config=system_config, memory_mode=memory_mode
        )
        clock = float(architecture.core_clock)
        events = events_of(operator, architecture)
        found.append(timeline(events))
        for name, change in SENSITIVITY.items():
            totals[name] += timeline(events, **change).total
    in_ms = MILLISECONDS / clock if clock else 0.0
    return {
        "total_ms": round(sum(item.total for item in found) * in_ms, 3),
        "kernel_ms": round(sum(item.kernel_busy for item in found) * in_ms, 3),
        "transfer_ms": round(sum(item.transfer_busy for item in found) * in_ms, 3),
        "sensitivity": {name: round(total * in_ms, 3) for name, total in totals.items()},
        "core_clock_hz": clock,
        "operators": [_rows(item) for item in found],
    }


def _rows(found: Timeline) -> list[list[Any]]:
    return [
        [span.event.kind, round(span.started), round(span.ended), span.event.size]
        for span in found.spans
        if span.event.kind in ("kernel", "transfer")
    ]
