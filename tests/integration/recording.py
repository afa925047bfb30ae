"""A display that remembers what it was shown."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from edgecask.progress import StageLine


class RecordingDisplay:
    """Keeps every note, and for every stage whether it came from the store."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.cached: dict[str, bool] = {}

    def note(self, text: str) -> None:
        self.notes.append(text)

    def warn(self, text: str) -> None:
        self.notes.append(f"warning: {text}")

    def announce(self, text: str) -> None:
        self.notes.append(text)

    @contextmanager
    def stage(self, name: str) -> Iterator[StageLine]:
        line = StageLine(name)
        yield line
        self.cached[name] = line.cached

    @property
    def ran(self) -> list[str]:
        """The stages that were really run, in order."""
        return [name for name, cached in self.cached.items() if not cached]
