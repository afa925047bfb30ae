"""Another order of the operators, so that little is left to compute when the last weights have arrived.

Weights come one after the other, however early they are asked for. Where the next operator would wait for its own, the
one runs first that can start first: branches of the head that work on fine maps have few weights and much to compute,
and while they run the weights of coarse ones come. Knows nothing of Vela; times are in cycles, sizes in bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What an operator takes: cycles to compute, bytes of weights, cycles to bring its table (0 without one)."""

    cycles: float = 0.0
    weight_bytes: int = 0
    table_cycles: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Order:
    """Operators by their numbers, and when the last has ended and all weights are there, in cycles."""

    numbers: tuple[int, ...]
    end: float


def shortest(costs: Sequence[Cost], before: Sequence[AbstractSet[int]], *, bytes_per_cycle: float) -> Order:
    """A short order in which each operator comes after those of its `before`; the given one where none is shorter.

    `before` holds for each operator the numbers of those that it needs, directly. Memory is taken to hold all weights
    that have arrived.
    """
    own = _timed(range(len(costs)), costs, bytes_per_cycle)
    return min(own, _timed(_filled(costs, before, bytes_per_cycle), costs, bytes_per_cycle), key=lambda item: item.end)


def _timed(numbers: Sequence[int], costs: Sequence[Cost], bytes_per_cycle: float) -> Order:
    now, loaded = 0.0, 0.0
    for number in numbers:
        now, loaded = _after(costs[number], now, loaded, bytes_per_cycle)
    return Order(numbers=tuple(numbers), end=max(now, loaded))


def _after(cost: Cost, now: float, loaded: float, bytes_per_cycle: float) -> tuple[float, float]:
    """When an operator has ended, and when its weights had arrived."""
    loaded += cost.weight_bytes / bytes_per_cycle
    return max(now, loaded) + cost.table_cycles + cost.cycles, loaded + cost.table_cycles


def _filled(costs: Sequence[Cost], before: Sequence[AbstractSet[int]], bytes_per_cycle: float) -> list[int]:
    """Where the next operator would wait, the one that can start first; of several the one that takes longest."""
    waiting = list(range(len(costs)))
    done: set[int] = set()
    order: list[int] = []
    now, loaded = 0.0, 0.0
    while waiting:
        ready = [number for number in waiting if before[number] <= done]
        starts = {number: max(now, loaded + costs[number].weight_bytes / bytes_per_cycle) for number in ready}
        chosen = ready[0]
        if starts[chosen] > now:
            chosen = min(ready, key=lambda number: (starts[number], -costs[number].cycles))
        now, loaded = _after(costs[chosen], now, loaded, bytes_per_cycle)
        order.append(chosen)
        waiting.remove(chosen)
        done.add(chosen)
    return order
