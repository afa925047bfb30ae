"""Which commands of a stream may run at the same time although one writes what the other touches.

From the registers of every pair that may overlap, byte by byte, independent of whoever put the waits into the stream.
That the engine takes one transfer at a time is not relied on. Kernels among each other are not looked at: they run in
their order, and how much of one block must be done before the next begins is a register of its own (BLOCKDEP).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.npu.command_stream import KERNELS, Command
from pipeline.npu.feature_map import Touched, touched

MAX_KERNELS = 2


@dataclass(frozen=True, kw_only=True)
class Hazard:
    """Two commands by their numbers among kernels and transfers, and what the later one is."""

    earlier: int
    later: int
    kind: str


@dataclass(frozen=True, kw_only=True)
class Hazards:
    """All that were found, and how many pairs were compared."""

    found: tuple[Hazard, ...]
    pairs: int


def hazards(commands: Iterable[Command]) -> Hazards:
    """Look at every kernel against the transfers that may still run, and the other way round."""
    found: list[Hazard] = []
    transfers: deque[tuple[int, Touched]] = deque()
    kernels: deque[tuple[int, Touched]] = deque(maxlen=MAX_KERNELS)
    pairs = number = 0
    for command in commands:
        if command.name == "KERNEL_WAIT":
            _keep(kernels, command.parameter)
        elif command.name == "DMA_WAIT":
            _keep(transfers, command.parameter)
        elif command.name in KERNELS or command.name == "DMA_START":
            number += 1
            mine = touched(command)
            others, own = (transfers, kernels) if command.name in KERNELS else (kernels, transfers)
            beside = [*others, *(transfers if own is transfers else ())]
            pairs += len(beside)
            found += [
                Hazard(earlier=earlier, later=number, kind=command.name)
                for earlier, theirs in beside
                if mine.conflicts(theirs)
            ]
            own.append((number, mine))
    return Hazards(found=tuple(found), pairs=pairs)


def _keep(outstanding: deque[tuple[int, Touched]], count: int) -> None:
    while len(outstanding) > count:
        outstanding.popleft()
