"""When each command of an Ethos-U55's stream starts and ends: an event-driven model.

The command unit takes the commands in order. It stalls at a DMA_START while as many transfers are outstanding as the
engine takes (U55: 1), and at a kernel while as many kernels are (2: one runs, one waits); KERNEL_WAIT n and DMA_WAIT n
stall it until at most n are outstanding. Kernels run one after the other, and so do transfers. These are the limits
that Vela's own waits count on (architecture_features.py: max_outstanding_dma, max_outstanding_kernels); nothing here
was measured on a chip.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

MAX_TRANSFERS = 1
MAX_KERNELS = 2
Kind = Literal["kernel", "transfer", "kernel wait", "transfer wait"]


@dataclass(frozen=True, kw_only=True)
class Event:
    """A command with its cost: `cycles` of a kernel or a transfer, `count` of a wait; `size` in bytes of a transfer."""

    kind: Kind
    cycles: float = 0.0
    count: int = 0
    size: int = 0
    name: str = ""


@dataclass(frozen=True, kw_only=True)
class Span:
    """When an event was issued, and when it ran, in cycles from the start."""

    event: Event
    issued: float
    started: float
    ended: float


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """All spans in the order of the stream; `kernel_busy` and `transfer_busy` are the sums of their cycles."""

    spans: tuple[Span, ...]
    total: float
    kernel_busy: float
    transfer_busy: float


def timeline(
    events: Sequence[Event],
    *,
    transfer_scale: float = 1.0,
    kernel_scale: float = 1.0,
    transfer_latency: float = 0.0,
) -> Timeline:
    """Run the events once; the scales and the latency (cycles more a transfer) ask what if the chip is another."""
    spans: list[Span] = []
    now = kernel_free = transfer_free = kernel_busy = transfer_busy = 0.0
    kernels: list[float] = []
    transfers: list[float] = []
    for event in events:
        if event.kind == "kernel wait":
            now = start = end = _drained(kernels, event.count, now)
        elif event.kind == "transfer wait":
            now = start = end = _drained(transfers, event.count, now)
        elif event.kind == "kernel":
            now = _drained(kernels, MAX_KERNELS - 1, now)
            start = max(now, kernel_free)
            end = kernel_free = start + event.cycles * kernel_scale
            kernels.append(end)
            kernel_busy += end - start
        else:
            now = _drained(transfers, MAX_TRANSFERS - 1, now)
            start = max(now, transfer_free)
            end = transfer_free = start + event.cycles * transfer_scale + transfer_latency
            transfers.append(end)
            transfer_busy += end - start
        spans.append(Span(event=event, issued=now, started=start, ended=end))
    return Timeline(
        spans=tuple(spans),
        total=max(now, kernel_free, transfer_free),
        kernel_busy=kernel_busy,
        transfer_busy=transfer_busy,
    )


def _drained(ends: list[float], count: int, now: float) -> float:
    """When at most `count` of those outstanding are left; those that have ended by then are forgotten."""
    alive = [end for end in ends if end > now]
    if len(alive) > count:
        now = alive[len(alive) - count - 1]
    ends[:] = [end for end in alive if end > now]
    return now
