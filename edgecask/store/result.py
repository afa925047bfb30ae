"""A file whose content is known, and what a stage left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ALGORITHM_VERSION = 5
"""Raised whenever the meaning of a key or of a stored result changes, so that old results are never taken for new."""


@dataclass(frozen=True, kw_only=True)
class Blob:
    """A file whose content is known: `path` holds `size` bytes with this sha256."""

    path: Path
    sha256: str
    size: int


@dataclass(frozen=True, kw_only=True)
class StageResult:
    """What a stage left: its files by name, what it reported, and the environment it really ran in.

    `inputs` are the sha256 of what it was given, by name; `shared` says that it was put into the shared store just now.
    """

    key: str
    inputs: Mapping[str, str] = field(default_factory=dict)
    outputs: Mapping[str, Blob]
    report: Mapping[str, Any]
    toolchain: Mapping[str, Any]
    cached: bool = False
    shared: bool = False
