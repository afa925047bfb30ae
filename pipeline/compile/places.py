"""Which addresses are free while something lives.

Knows nothing of Vela; addresses and sizes are in bytes, times are whole numbers, and both ends of a life belong to it.
"""

from __future__ import annotations

from collections import Counter
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


@dataclass(kw_only=True)
class Room(Places):
    """A memory in which bytes are counted and not placed: there is room where no time has more than `limit` of them."""

    _used: Counter[int] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        for life, _ in self.taken:
            self._count(life)

    def free(self, life: Life, preference: Preference) -> int | None:
        """0 where it would fit; None where it would not."""
        times = range(life.first, life.last + 1)
        return 0 if all(self._used[time] + life.size <= self.limit for time in times) else None

    def take(self, life: Life, address: int) -> None:
        """It is there from now on."""
        super().take(life, address)
        self._count(life)

    def copy(self) -> Places:
        """The same, to be filled apart."""
        return Room(limit=self.limit, taken=list(self.taken))

    def _count(self, life: Life) -> None:
        for time in range(life.first, life.last + 1):
            self._used[time] += life.size


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
