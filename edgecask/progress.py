"""What the user sees while a build runs: a live table on a terminal, plain lines where output is piped."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, NoReturn, Protocol, TextIO

from edgecask.wording import as_called, shown

if TYPE_CHECKING:
    from rich.console import Console

BAR_WIDTH = 24
PIPED_WIDTH = 160
"""Characters in a line of a table where there is no terminal to say how many it has."""


def make_console() -> Console:
    """Rich's console on standard output; it raises BrokenPipeError where nobody reads that any more."""
    from rich.console import Console

    class Output(Console):
        def on_broken_pipe(self) -> NoReturn:
            raise  # what is being handled: rich would end the process with a code of its own

    return Output(width=None if sys.stdout.isatty() else PIPED_WIDTH)


class Display(Protocol):
    """Shows the stages of a build."""

    def note(self, text: str) -> None:
        """A line that stands by itself."""
        ...

    def warn(self, text: str) -> None:
        """A line the user has to read."""
        ...

    def announce(self, text: str) -> None:
        """What begins now and takes long, such as fetching packages; shown where nothing else says so."""
        ...

    def stage(self, name: str) -> AbstractContextManager[StageLine]:
        """A stage, for as long as it runs."""
        ...


class StageLine:
    """One stage's line: what it is doing and whether it came from the store."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.cached = False
        self.activity = ""
        self.started = time.monotonic()

    def say(self, text: str) -> None:
        """What the stage is doing now."""
        self.activity = text

    def progress(self, done: int, total: int) -> None:
        """How much of the stage is done."""
        filled = BAR_WIDTH * done // max(total, 1)
        self.say(f"{'━' * filled}{'╌' * (BAR_WIDTH - filled)} {done} of {total}")

    @property
    def seconds(self) -> float:
        """Seconds since the stage began."""
        return time.monotonic() - self.started


def summary(line: StageLine) -> str:
    """How a stage that has ended is shown."""
    return f"{line.name + ' ':<12}{'from the store' if line.cached else f'{line.seconds:.1f} s'}"


class PlainDisplay:
    """One line a stage when it has ended; nothing that a log could not hold."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout

    def note(self, text: str) -> None:
        """See Display."""
        print(as_called(text), file=self._stream, flush=True)

    def warn(self, text: str) -> None:
        """See Display."""
        self.note(f"warning: {text}")

    def announce(self, text: str) -> None:
        """See Display."""
        self.note(f"{text} …")

    @contextmanager
    def stage(self, name: str) -> Iterator[StageLine]:
        """See Display."""
        line = StageLine(name)
        yield line
        self.note(summary(line))


class LiveDisplay:
    """Spinners with the stages' last lines of output, by rich."""

    def __init__(self) -> None:
        from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        self._console = make_console()
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description:<12}"),
            TimeElapsedColumn(),
            TextColumn("[dim]{task.fields[activity]}"),
            console=self._console,
            transient=True,
        )
        self._running = 0
        self._lock = threading.Lock()  # stages may run at the same time

    def note(self, text: str) -> None:
        """See Display."""
        self._console.print(as_called(text), markup=False, highlight=False, soft_wrap=True)

    def warn(self, text: str) -> None:
        """See Display."""
        self._console.print(
            as_called(f"warning: {text}"), style="yellow", markup=False, highlight=False, soft_wrap=True
        )

    def announce(self, text: str) -> None:
        """See Display: the stage's own line shows it."""

    @contextmanager
    def stage(self, name: str) -> Iterator[StageLine]:
        """See Display."""
        progress = self._progress
        task = progress.add_task(name, total=None, activity="")

        class Line(StageLine):
            def say(self, text: str) -> None:
                width = max(20, progress.console.width - 40)
                progress.update(task, activity=shown(text).strip()[:width].replace("[", r"\["))

        line = Line(name)
        with self._lock:
            self._running += 1
            if self._running == 1:
                progress.start()
        try:
            yield line
        finally:
            with self._lock:
                progress.remove_task(task)
                self._running -= 1
                if self._running == 0:
                    progress.stop()
        mark = "[cyan]●[/]" if line.cached else "[green]✔[/]"
        self._console.print(f"{mark} {summary(line)}", highlight=False)


def make_display() -> Display:
    """The live display on a terminal, plain lines elsewhere."""
    return LiveDisplay() if sys.stdout.isatty() else PlainDisplay()
