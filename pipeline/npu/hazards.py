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
from pipeline.npu.event_timeline import MAX_KERNELS
from pipeline.npu.feature_map import Touched, touched


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


class Memory:
    """What commands touch, and which two are in each other's way, each worked out once."""

    def __init__(self, *, macs_per_cycle: int = 64) -> None:
        self._macs_per_cycle = macs_per_cycle
        self._touched: dict[int, tuple[Command, Touched]] = {}
        self._conflicts: dict[tuple[int, int], bool] = {}

    def _of(self, command: Command) -> Touched:
        if id(command) not in self._touched:
            self._touched[id(command)] = (
                command,
                touched(command, macs_per_cycle=self._macs_per_cycle),
            )  # the command is kept, and with it its id
        return self._touched[id(command)][1]

    def conflict(self, one: Command, other: Command) -> bool:
        """Whether the two may not run at the same time."""
        key = (id(one), id(other))
        if key not in self._conflicts:
            self._conflicts[key] = self._of(one).conflicts(self._of(other))
        return self._conflicts[key]


def hazards(commands: Iterable[Command], memory: Memory | None = None) -> Hazards:
    """Look at every kernel against the transfers that may still run, and the other way round.

    A `memory` that is passed again makes looking at much the same commands quick.
    """
    memory = memory or Memory()
    found: list[Hazard] = []
    transfers: deque[tuple[int, Command]] = deque()
    kernels: deque[tuple[int, Command]] = deque(maxlen=MAX_KERNELS)
    pairs = number = 0
    for command in commands:
        if command.name == "KERNEL_WAIT":
            _keep(kernels, command.parameter)
        elif command.name == "DMA_WAIT":
            _keep(transfers, command.parameter)
        elif command.name in KERNELS or command.name == "DMA_START":
            number += 1
            others, own = (transfers, kernels) if command.name in KERNELS else (kernels, transfers)
            beside = [*others, *(transfers if own is transfers else ())]
            pairs += len(beside)
            found += [
                Hazard(earlier=earlier, later=number, kind=command.name)
                for earlier, theirs in beside
                if memory.conflict(command, theirs)
            ]
            own.append((number, command))
    return Hazards(found=tuple(found), pairs=pairs)


def _keep(outstanding: deque[tuple[int, Command]], count: int) -> None:
    while len(outstanding) > count:
        outstanding.popleft()
