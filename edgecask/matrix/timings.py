"""How long stages took on this user's machines, by program: what the time left of a matrix is told from."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from pathlib import Path

from edgecask.directories import Directories
from edgecask.files import canonical_json, read_bounded, write_whole

FILE = "seconds.json"
MAX_BYTES = 1 << 20
WEIGHT = 0.2
"""Of the newest time in the mean: a sweep of other networks shows after some stages, a single slow one does not."""


class Timings:
    """Mean seconds of a stage by its program, kept between commands. Nothing depends on them but what is shown."""

    def __init__(self, directories: Directories) -> None:
        self._path = directories.timings / FILE
        self.seconds: dict[str, float] = _read(self._path)

    def note(self, program: str, seconds: float) -> None:
        """A stage has run."""
        known = self.seconds.get(program)
        self.seconds[program] = seconds if known is None else (1 - WEIGHT) * known + WEIGHT * seconds

    def save(self) -> None:
        """Keep them for the next command; where that is not possible they are lost."""
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(self._path, canonical_json({name: round(value, 2) for name, value in self.seconds.items()}))

    def estimate(self, counts: Mapping[str, int], *, at_once: int) -> float | None:
        """Seconds for so many stages of each program, so many at once; None where one of them is not known yet."""
        if any(program not in self.seconds for program, count in counts.items() if count):
            return None
        return sum(self.seconds[program] * count for program, count in counts.items() if count) / max(1, at_once)


def _read(path: Path) -> dict[str, float]:
    try:
        found = json.loads(read_bounded(path, limit=MAX_BYTES) or b"{}")
    except Exception:  # whatever is wrong with it: it is not worth an error
        return {}
    if not isinstance(found, dict):
        return {}
    return {
        name: float(value)
        for name, value in found.items()
        if isinstance(name, str) and isinstance(value, int | float) and 0 <= value < 1e7
    }


def spoken(seconds: float) -> str:
    """A duration in words."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes / 60:.1f} h"
