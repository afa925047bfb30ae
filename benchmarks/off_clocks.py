"""In the environment `vela`: a compiled file on the event timeline of chips that are others, as JSON.

off_clocks.py REPOSITORY MODEL.tflite
"""

import json
import math
import random
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, sys.argv[1])

from pipeline.npu.clock import events_of
from pipeline.npu.command_stream import npu_operators
from pipeline.npu.event_timeline import Event, timeline
from pipeline.npu.kernel_cost import chip

DRAWS = 30
FACTORS = (0.25, 0.5, 0.7, 1.3, 2.0)
LATENCIES = (200, 1000, 4000)
DEVIATIONS = (0.2, 0.4)
"""Standard deviations of the logarithm of each kernel's own factor, whose mean is 1."""


def run(content: bytes) -> dict[str, list[float]]:
    """Milliseconds by what is other about the chip."""
    (operator,) = npu_operators(content)
    architecture = chip(
        operator.macs_per_cycle,
        config=Path(sys.argv[1]) / "targets" / "grove" / "vela_config.ini",
        system_config="My_Sys_Cfg",
        memory_mode="My_Mem_Mode_Parent",
    )
    events = events_of(operator, architecture)

    def total(changed: Sequence[Event] = events, **changes: float) -> float:
        return float(timeline(changed, **changes).total / architecture.core_clock * 1000)

    found = {"as configured": [total()]}
    for factor in FACTORS:
        found[f"flash takes {factor:g} times as long"] = [total(transfer_scale=factor)]
    for factor in FACTORS[2:]:
        found[f"kernels take {factor:g} times as long"] = [total(kernel_scale=factor)]
    for latency in LATENCIES:
        found[f"{latency:,} cycles more a transfer"] = [total(transfer_latency=float(latency))]
    for sigma in DEVIATIONS:
        draws = [total([off(event, sigma, seed) for event in events]) for seed in range(DRAWS)]
        found[f"each kernel off by a random factor, σ {sigma:g}, {DRAWS} draws"] = draws
    return found


def off(event: Event, sigma: float, seed: int) -> Event:
    """A kernel with a factor that depends on what it is and how long it takes: both files have most of them."""
    if event.kind != "kernel":
        return event
    drawn = random.Random(f"{seed} {event.name} {event.cycles}").gauss(0, sigma)
    return replace(event, cycles=event.cycles * math.exp(drawn - sigma * sigma / 2))


if __name__ == "__main__":
    print(json.dumps(run(Path(sys.argv[2]).read_bytes())))
