"""Something to type, and what for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Command:
    """A line for a shell, its arguments quoted, and its purpose."""

    purpose: str
    line: str
