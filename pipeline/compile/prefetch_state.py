"""What a compilation with weights brought ahead has found out; shared by its parts (prefetch.py)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pipeline.compile.operator_order import Cost, shortest


class NotPossibleError(Exception):
    """Why weights cannot be prefetched in this network; Vela's own schedule is what remains."""


@dataclass(kw_only=True)
class Prefetched:
    """What became of the weights: SRAM in bytes that the allocator took, and pieces of weights in the stream.

    `order` is the one in which the operators are to run, by their numbers in Vela's own.
    """

    order: Sequence[int] = ()
    allocated: int = 0
    pieces: int = 0
    buffered: set[Any] = field(default_factory=set)
    addresses: dict[Any, int] = field(default_factory=dict)
    begins: dict[Any, Any] = field(default_factory=dict)
    subgraph: Any = None
    passes: list[Any] = field(default_factory=list)
    costs: dict[Any, Cost] = field(default_factory=dict)
    bytes_per_cycle: float = 0.0

    def better_order(self) -> tuple[int, ...]:
        """An order that leaves less to compute when the last weights are there; Vela's own where there is none."""
        made = [set(map(id, item.outputs)) for item in self.passes]
        before = [
            {other for other, outputs in enumerate(made) if other != number and outputs & set(map(id, item.inputs))}
            for number, item in enumerate(self.passes)
        ]
        costs = [self.costs.get(item, Cost()) for item in self.passes]
        return shortest(costs, before, bytes_per_cycle=self.bytes_per_cycle).numbers
