"""From what a stage left behind to its report or its error, the same for every runner."""

from __future__ import annotations

import json
import signal
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgecask.errors import EdgecaskError, StageError, StageStoppedError, StorageError, error_of_kind
from edgecask.plan.stage import Stage
from edgecask.runner.limits import address_space_limit, memory_limit
from edgecask.runner.protocol import Listener, OutputLine

FINISHED = "\x1eedgecask finished "
EVENT = "\x1eedgecask event "
LAST_LINES = 25
REPORT = "report.json"
FAILURE = "failure.json"
READY_FILE = "ready"
"""What the harness waits for in the stage's folder: all else is there."""
NO_SPACE_STATUS = 28
"""How the harness ends where a stage's files found no room."""
NO_MEMORY_STATUS = 12
"""How the harness ends where a stage wanted more memory than it may have."""
MEMORY_ADVICE = "Give it more memory (EDGECASK_STAGE_MEMORY, for example 8g)."


Fetch = Callable[[str, Path], bool]
"""Copies a published file, named as in the stage's folder, to a path; False where it is no longer there."""


class Output:
    """The lines a stage prints: passed on as they come, the last ones kept for an error.

    What the stage tells or publishes in between goes to the listener; `fetch` brings the published files to `folder`.
    """

    def __init__(self, say: OutputLine, listener: Listener | None = None) -> None:
        self._say = say
        self._listener = listener
        self.last: deque[str] = deque(maxlen=LAST_LINES)
        self.status: int | None = None

    def read(self, lines: Iterable[str], fetch: Fetch, folder: Path) -> None:
        """Take lines until the harness says that the stage has ended, or until there are no more."""
        for line in lines:
            line = line.rstrip("\n")
            if line.startswith(FINISHED):
                self.status = int(line.removeprefix(FINISHED))
                return
            if line.startswith(EVENT):
                self._pass_on(line.removeprefix(EVENT), fetch, folder)
                continue
            if line.strip():
                self.last.append(line)
                self._say(line)

    def _pass_on(self, text: str, fetch: Fetch, folder: Path) -> None:
        try:
            event = json.loads(text)
        except ValueError:
            return
        if self._listener is None or not isinstance(event, dict):
            return
        number = event.get("published")
        if number is None:
            self._listener.event(event)
        elif isinstance(number, int):
            archive = folder / "published.tar"
            try:
                if fetch(f"published/{number}.tar", archive):
                    self._listener.files(archive)
            finally:
                archive.unlink(missing_ok=True)

    @property
    def text(self) -> str:
        """The last lines."""
        return "\n".join(self.last)


@dataclass(frozen=True, kw_only=True)
class Scratch:
    """Where a stage writes, and what a user does about it when that is full."""

    place: str
    advice: str


def expected_files(stage: Stage) -> frozenset[str]:
    """The names a runner may take out of a stage's outputs folder."""
    return frozenset({*stage.outputs, REPORT, FAILURE})


def died(stage: Stage, output: Output, scratch: Scratch) -> EdgecaskError:
    """The error for a stage that ended without saying why; `scratch` is where it writes."""
    if output.status == NO_SPACE_STATUS:
        return StorageError(
            f"No space left in {scratch.place} for the files of the stage {stage.name}.", advice=scratch.advice
        )
    space = address_space_limit()
    # Some libraries only say that something failed.
    if output.status in (NO_MEMORY_STATUS, 1) and space is not None and space < memory_limit():
        message = f"The stage {stage.name} wanted more than the {space / 1e9:.1f} GB of address space (ulimit -v)."
        return StageError(message, advice="Raise it: ulimit -v unlimited.", details=output.text)
    if output.status == NO_MEMORY_STATUS:
        message = f"The stage {stage.name} wanted more memory than the {memory_limit() / 1e9:.1f} GB that it may have."
        return StageError(message, advice=MEMORY_ADVICE, details=output.text)
    advice = "Its last lines are above; if they do not help, report them as an issue."
    if output.status is None:
        message = f"The stage {stage.name} was stopped from outside before it ended."
        return StageStoppedError(message, advice=advice, details=output.text)
    if output.status < 0:
        name = signal.Signals(-output.status).name
        message = f"The stage {stage.name} was killed ({name})."
        if name == "SIGKILL":
            advice = MEMORY_ADVICE
        elif name == "SIGILL":
            advice = "The libraries are built and set for processors with AVX2; use a machine that has it."
    else:
        message = f"The stage {stage.name} died with exit code {output.status}."
    return StageError(message, advice=advice, details=output.text)


def read_outcome(stage: Stage, output: Output, folder: Path, scratch: Scratch) -> dict[str, Any]:
    """The stage's report; raises what it asked to be raised, StorageError where its disk is full, or StageError."""
    if (folder / FAILURE).is_file():
        raise _failure(stage, output, folder / FAILURE, scratch)
    if output.status != 0:
        raise died(stage, output, scratch)
    missing = [name for name in (*stage.outputs, REPORT) if not (folder / name).is_file()]
    if missing:
        raise StageError(
            f"The stage {stage.name} ended without writing {', '.join(missing)}.",
            advice="Report its last lines as an issue.",
            details=output.text,
        )
    report: dict[str, Any] = json.loads((folder / REPORT).read_text(encoding="utf-8"))
    return report


def _failure(stage: Stage, output: Output, path: Path, scratch: Scratch) -> EdgecaskError:
    try:
        failure = json.loads(path.read_text(encoding="utf-8"))
        return error_of_kind(str(failure["kind"]), str(failure["message"]), advice=str(failure["advice"]))
    except (ValueError, KeyError, TypeError):
        return died(stage, output, scratch)
