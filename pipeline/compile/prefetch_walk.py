"""One walk through time: from which operator on each buffer of weights lives, and where; used by prefetch_plan.py.

Knows nothing of Vela. Times of lives are those of the memory's plan, cycles those of the chip.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace

from pipeline.compile.places import Life, Places, Preference
from pipeline.compile.transfer_order import Engine, Kernel, Moment, StuckError, Transfer, arrange


@dataclass(frozen=True, kw_only=True)
class Parts:
    """The kernels of all operators, and the transfers that bring their weights.

    `owners` has each kernel's operator, `times` each operator's time in the plan of memory. `buffers` has the number of
    the buffer that each transfer fills; `names` and `sizes` are those of the buffers, by which memory knows them.
    """

    kernels: Sequence[Kernel]
    owners: Sequence[int]
    times: Sequence[int]
    transfers: Sequence[Transfer]
    buffers: Sequence[int]
    names: Sequence[Hashable]
    sizes: Sequence[int]


@dataclass(frozen=True, kw_only=True)
class Walked:
    """When all has ended, in cycles; from which operator on each buffer lives; and what is where in memory."""

    end: float
    begins: dict[int, int]
    places: Places


def walked(parts: Parts, places: Places, preference: Preference, engine: Engine) -> Walked | None:
    """Each buffer begins as early as memory allows; None where one finds no room even when its kernel is next.

    `places` holds what lives beside the weights.
    """
    walk = _Walk(parts, places.copy(), preference)
    try:
        arranged = arrange(parts.kernels, walk.transfers, engine, may_begin=walk.may_begin, begun=walk.begun)
    except StuckError:
        return None
    return Walked(end=arranged.end, begins=walk.begins, places=walk.places)


class _Walk:
    def __init__(self, parts: Parts, places: Places, preference: Preference) -> None:
        self._parts, self._preference = parts, preference
        self.places = places
        self.transfers = [replace(transfer) for transfer in parts.transfers]
        self.begins: dict[int, int] = {}
        self._found: tuple[int, Life, int] | None = None
        self._first_kernels: dict[int, int] = {}
        for kernel, owner in enumerate(parts.owners):
            self._first_kernels.setdefault(owner, kernel)

    def may_begin(self, number: int, moment: Moment) -> bool:
        """Whether there is room from now on, or from an operator on that has been issued already."""
        buffer = self._parts.buffers[number]
        if buffer in self.begins:
            return True  # an earlier slice of the layer had the buffer: the transfer's `after` says when it is free
        owners, transfer = self._parts.owners, self.transfers[number]
        last = owners[transfer.consumer]
        running = moment.upcoming
        while running > 0 and moment.ends[running - 1] > moment.now:
            running -= 1
        issued = owners[moment.upcoming - 1] if moment.upcoming else 0
        firsts = [*range(min(owners[running], issued), issued + 1)]
        if moment.upcoming == transfer.consumer:
            firsts.append(last)
        for first in firsts:
            life = Life(
                name=self._parts.names[buffer],
                size=self._parts.sizes[buffer],
                first=self._parts.times[first],
                last=self._parts.times[last] + 1,
            )
            address = self.places.free(life, self._preference)
            if address is not None:
                transfer.after = self._first_kernels[first] - 1
                self._found = (first, life, address)
                return True
        return False

    def begun(self, number: int) -> None:
        """The place that was found is taken."""
        buffer = self._parts.buffers[number]
        if buffer not in self.begins:
            assert self._found is not None
            self.begins[buffer], life, address = self._found
            self.places.take(life, address)
