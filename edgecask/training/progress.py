"""What the user sees while a network is trained: a bar on a terminal, one line an epoch where output is piped."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol, TextIO

from edgecask.progress import make_console
from edgecask.wording import as_called


class TrainingDisplay(Protocol):
    """Shows how far a training is."""

    def note(self, text: str) -> None:
        """A line that stands by itself."""
        ...

    def progress(self, event: Mapping[str, Any]) -> None:
        """A batch is done."""
        ...


def duration(seconds: float) -> str:
    """About so long, for people."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    if seconds < 90 * 60:
        return f"{round(seconds / 60)} min"
    return f"{seconds / 3600:.1f} h"


class Clock:
    """How long the rest of a training takes, from what it has done since it began or went on."""

    def __init__(self) -> None:
        self._first: tuple[float, float] | None = None

    def left(self, *, epoch: int, epochs: int, batch: int, batches: int) -> float | None:
        """Seconds left after `batch` of `epoch` (both from 1), or None before anything is known."""
        done, now = epoch - 1 + batch / batches, time.monotonic()
        if self._first is None:
            self._first = (done, now)
        began, since = self._first
        return (now - since) / (done - began) * (epochs - done) if done > began else None


def losses_of(event: Mapping[str, Any]) -> str:
    """The losses of an event, in the order the stage names them."""
    return "  ".join(f"{name} {value:.3f}" for name, value in event["losses"].items())


def metrics_line(metrics: Mapping[str, Any], learned: str) -> str:
    """Metrics of a network on the validation pictures: those of what is `learned`, pose or boxes."""
    return f"{learned} mAP50 {metrics[f'{learned}_map50']:.3f}  mAP50-95 {metrics[f'{learned}_map']:.3f}"


def epoch_line(event: Mapping[str, Any], left: float | None, *, learned: str) -> str:
    """One epoch that has ended."""
    total = len(str(event["epochs"]))
    line = (
        f"epoch {event['epoch']:>{total}}/{event['epochs']}  {losses_of(event)}  "
        f"{metrics_line(event, learned)}{' *' if event['best'] else '  '}"
    )
    return f"{line}  {duration(left)} left" if left is not None and event["epoch"] < event["epochs"] else line.rstrip()


class PlainTrainingDisplay:
    """Lines that a log can hold."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout

    def note(self, text: str) -> None:
        """See TrainingDisplay."""
        print(as_called(text), file=self._stream, flush=True)

    def progress(self, event: Mapping[str, Any]) -> None:
        """See TrainingDisplay: one line an epoch is enough here."""


class LiveTrainingDisplay:
    """A bar for the epoch that is running, below the lines of those that have ended, by rich."""

    def __init__(self) -> None:
        from rich.progress import BarColumn, Progress, TextColumn

        self._console = make_console()
        self.bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=20),
            TextColumn("{task.completed:.0f}/{task.total:.0f}"),
            TextColumn("[dim]{task.fields[losses]}"),
            TextColumn("{task.fields[left]}"),
            console=self._console,
            transient=True,
        )
        self._task: Any = None
        self._clock = Clock()

    def note(self, text: str) -> None:
        """See TrainingDisplay."""
        self._console.print(as_called(text), markup=False, highlight=False, soft_wrap=True)

    def progress(self, event: Mapping[str, Any]) -> None:
        """See TrainingDisplay."""
        if self._task is None:
            self._task = self.bar.add_task("", total=1, losses="", left="")
        left = self._clock.left(**{name: event[name] for name in ("epoch", "epochs", "batch", "batches")})
        self.bar.update(
            self._task,
            description=f"epoch {event['epoch']}/{event['epochs']}",
            completed=event["batch"],
            total=event["batches"],
            losses=losses_of(event),
            left="" if left is None else f"{duration(left)} left",
        )


@contextmanager
def training_display() -> Iterator[TrainingDisplay]:
    """The live display on a terminal, plain lines elsewhere."""
    if not sys.stdout.isatty():
        yield PlainTrainingDisplay()
        return
    display = LiveTrainingDisplay()
    with display.bar:
        yield display
