"""A file as fsspec's file systems tell of it, each in words of its own."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

TIMES = ("LastModified", "mtime", "last_modified", "updated", "created")
"""Where fsspec's file systems say when a file was written."""


@dataclass(frozen=True, kw_only=True)
class RemoteEntry:
    """A file of the shared store: its name, its size in bytes and when it was written, where that is known."""

    name: str
    size: int
    modified: float | None


def modified(entry: Mapping[str, Any]) -> float | None:
    """When a file was written, in seconds since 1970, by what fsspec tells of it; None where it does not tell."""
    for name in TIMES:
        value = entry.get(name)
        if isinstance(value, datetime):
            return (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
        if isinstance(value, str):
            with contextlib.suppress(ValueError):
                return datetime.fromisoformat(value).timestamp()
    return None
