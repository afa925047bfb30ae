"""What is found about a data set, and how its places are named."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something about a data set: how bad it is, what it is, where (every place), and what to do."""

    severity: Severity
    what: str
    advice: str = ""
    places: tuple[str, ...] = ()


class Place:
    """File names as a user wants to read them: relative to the data.yaml where they are below it."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()

    def __call__(self, path: Path) -> str:
        """The name of one file, without anything that could move a terminal's cursor."""
        name = str(path.relative_to(self._root) if path.is_relative_to(self._root) else path)
        return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in name)

    def all(self, paths: Iterable[Path]) -> list[str]:
        """Several, sorted."""
        return [self(path) for path in sorted(paths)]


def finding_of(severity: Severity, what: str, places: Sequence[str], advice: str) -> list[Finding]:
    """One finding with the number of places in its text, or none where there are no places."""
    if not places:
        return []
    return [Finding(severity=severity, what=f"{len(places):,} {what}", advice=advice, places=tuple(places))]
