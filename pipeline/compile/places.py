"""Which addresses are free while something lives.

Knows nothing of Vela; addresses and sizes are in bytes, times are whole numbers, and both ends of a life belong to it.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from typing import Literal

GRAIN = 16
"""Bytes: what addresses are multiples of, at least."""
Preference = Literal["lowest", "highest", "tightest", "top of the tightest"]
PREFERENCES: tuple[Preference, ...] = ("lowest", "top of the tightest", "highest", "tightest")


@dataclass(frozen=True, kw_only=True)
class Life:
    """Something, called `name`, that takes `size` bytes from the time `first` to the time `last`."""

    name: Hashable
    size: int
    first: int
    last: int
    alignment: int = GRAIN


ORDERS: tuple[Callable[[Life], tuple[int, ...]], ...] = (
    lambda life: (-(life.last - life.first), -life.size),
    lambda life: (life.first, -life.size),
    lambda life: (-life.size * (life.last - life.first + 1),),
    lambda life: (-life.size, life.first),
)
"""What is placed first: what lives longest, begins first, is most in both, or is largest."""


@dataclass(kw_only=True)
class Places:
    """A memory of `limit` bytes, with what has been placed in it so far."""

    limit: int
    taken: list[tuple[Life, int]] = field(default_factory=list)

    def free(self, life: Life, preference: Preference) -> int | None:
        """An address where nothing else is while it lives; None where there is none."""
        busy = sorted(
            (address, address + other.size)
            for other, address in self.taken
            if other.first <= life.last and life.first <= other.last
        )
        holes: list[tuple[int, int]] = []
        end = 0
        for low, high in (*busy, (self.limit, self.limit)):
            start, stop = _up(end, life.alignment), _down(low - life.size, life.alignment)
            if start <= stop:
                holes.append((start, stop))
            end = max(end, high)
        if not holes:
            return None
        if preference == "lowest":
            return holes[0][0]
        if preference == "highest":
            return holes[-1][1]
        start, stop = min(holes, key=lambda hole: hole[1] - hole[0])
        return start if preference == "tightest" else stop

    def take(self, life: Life, address: int) -> None:
        """It is there from now on."""
        self.taken.append((life, address))

    def copy(self) -> Places:
        """The same, to be filled apart."""
        return Places(limit=self.limit, taken=list(self.taken))

    def addresses(self) -> dict[Hashable, int]:
        """Where everything is, by its name."""
        return {life.name: address for life, address in self.taken}

    @property
    def end(self) -> int:
        """The first byte after all that was placed."""
        return max((address + life.size for life, address in self.taken), default=0)


def peak(lives: Iterable[Life]) -> int:
    """The most bytes that are alive at one time: no placing takes less."""
    changes: dict[int, int] = {}
    for life in lives:
        changes[life.first] = changes.get(life.first, 0) + life.size
        changes[life.last + 1] = changes.get(life.last + 1, 0) - life.size
    return max(itertools.accumulate(change for _, change in sorted(changes.items())), default=0)


def packed(lives: Iterable[Life], limit: int, order: Callable[[Life], tuple[int, ...]]) -> Places | None:
    """All of them, each as low as what came before it leaves room; None where one does not fit."""
    places = Places(limit=limit)
    for life in sorted(lives, key=order):
        address = places.free(life, "lowest")
        if address is None:
            return None
        places.take(life, address)
    return places


def _up(value: int, unit: int) -> int:
    return -(-value // unit) * unit


def _down(value: int, unit: int) -> int:
    return value // unit * unit
