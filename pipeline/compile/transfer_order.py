"""In which order kernels and transfers of weights stand in a stream, so that neither waits longer than it must.

Goes forward in time like the NPU's command unit: of the next kernel and the next piece of weights, that which can be
issued earlier is. There is one transfer at a time. A kernel whose activation is a table has its table brought right
before it, and that small transfer waits for whatever transfer is running: so a piece that is needed only after the next
table ends when the table has to be loaded. Knows nothing of Vela; times are in cycles, sizes in bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pipeline.npu.event_timeline import MAX_KERNELS

NEVER = float("inf")
GRAIN = 16
"""Bytes: addresses and lengths of transfers are multiples of it."""
MIN_PIECE = 512
"""Bytes: starting a transfer costs as much as bringing some 16 of them, and a word of the stream."""


@dataclass(frozen=True, kw_only=True)
class Kernel:
    """A kernel and, where its activation is a table, what bringing that costs, in cycles."""

    cycles: float
    table_cycles: float = 0.0


@dataclass(kw_only=True)
class Transfer:
    """The weights of the kernel `consumer`, or a slice of them.

    They may not be brought before the kernel `after` has ended, whose memory they take; -1 stands for any time.
    """

    size: int
    consumer: int
    after: int = -1


@dataclass(frozen=True, kw_only=True)
class Piece:
    """Some bytes of a transfer, by its number."""

    transfer: int
    offset: int
    size: int


@dataclass(frozen=True, kw_only=True)
class Engine:
    """What the transfer engine does: bytes a cycle, and cycles before the first."""

    rate: float
    latency: float


@dataclass(frozen=True, kw_only=True)
class Moment:
    """Where the walk is when it asks whether a transfer may begin.

    Kernels up to `upcoming` - 1 have been issued, and end at `ends`; the transfer would begin at `now`.
    """

    upcoming: int
    now: float
    ends: Sequence[float]


@dataclass(frozen=True, kw_only=True)
class Arranged:
    """Numbers of kernels and pieces of transfers in the order of the stream, and when all have ended."""

    order: tuple[int | Piece, ...]
    end: float


class StuckError(Exception):
    """A transfer cannot begin although its kernel is next."""

    def __init__(self, transfer: int) -> None:
        super().__init__(f"transfer {transfer} cannot begin")
        self.transfer = transfer


def arrange(
    kernels: Sequence[Kernel],
    transfers: Sequence[Transfer],
    engine: Engine,
    *,
    may_begin: Callable[[int, Moment], bool] = lambda number, moment: True,
    begun: Callable[[int], None] = lambda number: None,
) -> Arranged:
    """The order; transfers are in the order of their consumers, and stay in it.

    `may_begin` is asked before a transfer's first piece, and may set its `after`; `begun` is told when that is issued.
    Raises StuckError.
    """
    return _Walk(kernels, transfers, engine, may_begin, begun).run()


class _Walk:
    def __init__(
        self,
        kernels: Sequence[Kernel],
        transfers: Sequence[Transfer],
        engine: Engine,
        may_begin: Callable[[int, Moment], bool],
        begun: Callable[[int], None],
    ) -> None:
        self._kernels, self._transfers, self._engine = kernels, transfers, engine
        self._may_begin, self._begun = may_begin, begun
        self._last_of = {transfer.consumer: number for number, transfer in enumerate(transfers)}
        self._arrives = [NEVER] * len(transfers)
        self._next_table = _next_tables(kernels)
        self._order: list[int | Piece] = []
        self._now = self._engine_free = self._kernel_free = 0.0
        self._ends: list[float] = []
        self._upcoming = self._coming = self._done = 0

    def run(self) -> Arranged:
        while self._upcoming < len(self._kernels):
            kernel_at, piece_at = self._kernel_time(), self._piece_time()
            if kernel_at == NEVER and piece_at == NEVER:
                raise StuckError(self._coming)
            size = self._piece_size(piece_at, must=kernel_at == NEVER) if piece_at < kernel_at else 0
            if size:
                self._issue_piece(piece_at, size)
            else:
                self._issue_kernel(kernel_at)
        return Arranged(order=tuple(self._order), end=max(self._kernel_free, self._engine_free))

    def _room(self) -> float:
        """When the command unit takes another kernel."""
        return self._ends[self._upcoming - MAX_KERNELS] if self._upcoming >= MAX_KERNELS else 0.0

    def _table_time(self) -> float:
        """When the table can be brought: the kernel before uses its memory."""
        return max(self._now, self._ends[-1] if self._ends else 0.0, self._engine_free)

    def _kernel_time(self) -> float:
        """When the next kernel could be issued; never, while weights of its own are missing."""
        mine = self._last_of.get(self._upcoming)
        if mine is not None and mine >= self._coming:
            return NEVER
        if self._kernels[self._upcoming].table_cycles:
            return max(self._table_time(), self._room())
        return max(self._now, self._room(), self._arrives[mine] if mine is not None else 0.0)

    def _piece_time(self) -> float:
        """When the next piece could be issued."""
        if self._coming == len(self._transfers):
            return NEVER
        transfer = self._transfers[self._coming]
        if not self._done:
            moment = Moment(upcoming=self._upcoming, now=max(self._now, self._engine_free), ends=self._ends)
            if not self._may_begin(self._coming, moment):
                return NEVER
        if transfer.after >= self._upcoming:
            return NEVER
        freed = self._ends[transfer.after] if transfer.after >= 0 else 0.0
        return max(self._now, freed, self._engine_free)

    def _piece_size(self, at: float, *, must: bool) -> int:
        """How much of the transfer is brought now; 0 where the next kernel had better come first."""
        transfer = self._transfers[self._coming]
        left = transfer.size - self._done
        barrier = self._next_table[self._upcoming]
        if barrier is None or transfer.consumer <= barrier:
            return left
        room = (self._table_due(barrier) - at - self._engine.latency) * self._engine.rate
        size = min(left, int(max(room, 0.0)) // GRAIN * GRAIN)
        if size < left and size < MIN_PIECE:
            # Nothing else to do: the table waits for it.
            return min(left, MIN_PIECE) if must else 0
        if 0 < left - size < MIN_PIECE:  # what would remain is hardly worth a transfer of its own
            if left - size <= MIN_PIECE // 4:
                return left
            return max((left - MIN_PIECE) // GRAIN * GRAIN, GRAIN)
        return size

    def _table_due(self, barrier: int) -> float:
        """When the kernels before the next one with a table will have ended."""
        end = self._kernel_free
        for number in range(self._upcoming, barrier):
            mine = self._last_of.get(number)
            end = max(end, self._arrives[mine] if mine is not None else 0.0) + self._kernels[number].cycles
        return end

    def _issue_piece(self, at: float, size: int) -> None:
        if not self._done:
            self._begun(self._coming)
        self._order.append(Piece(transfer=self._coming, offset=self._done, size=size))
        self._now = at
        self._engine_free = at + self._engine.latency + size / self._engine.rate
        self._done += size
        if self._done == self._transfers[self._coming].size:
            self._arrives[self._coming] = self._engine_free
            self._coming += 1
            self._done = 0

    def _issue_kernel(self, at: float) -> None:
        kernel = self._kernels[self._upcoming]
        if kernel.table_cycles:
            self._engine_free = self._table_time() + kernel.table_cycles
            self._now = max(self._engine_free, self._room())
        else:
            self._now = at
        self._order.append(self._upcoming)
        self._kernel_free = max(self._now, self._kernel_free) + kernel.cycles
        self._ends.append(self._kernel_free)
        self._upcoming += 1


def _next_tables(kernels: Sequence[Kernel]) -> list[int | None]:
    """For each kernel the number of the next one with a table, itself included."""
    found: list[int | None] = []
    upcoming: int | None = None
    for number in reversed(range(len(kernels))):
        if kernels[number].table_cycles:
            upcoming = number
        found.append(upcoming)
    return found[::-1]
