"""A stage: one program, its environment, its parameters and inputs, and the key that names its result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edgecask.plan.program import Program
from edgecask.store.record import MadeFrom

ALGORITHM_VERSION = 4
"""Raised whenever the meaning of a key or of a stored result changes, so that old results are never taken for new."""


@dataclass(frozen=True, kw_only=True)
class Blob:
    """A file whose content is known: `path` holds `size` bytes with this sha256."""

    path: Path
    sha256: str
    size: int


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One step of a build: a program with what it works on.

    `inputs` maps the file names that the program reads to their contents, and `outputs` are the file names that it must
    write; both may be unknown while only its program is started ahead of time.
    """

    name: str
    program: Program
    outputs: tuple[str, ...]
    inputs: Mapping[str, Blob] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def made_from(self, environment_key: str) -> MadeFrom:
        """All that the result depends on, in an environment with the key `environment_key`."""
        return MadeFrom(
            algorithm=ALGORITHM_VERSION,
            stage=self.name,
            environment=environment_key,
            parameters=dict(self.parameters),
            inputs={name: blob.sha256 for name, blob in self.inputs.items()},
            outputs=list(self.outputs),
            programs=self.program.digests(),
        )

    def key(self, environment_key: str) -> str:
        """The sha256 that names this stage's result in an environment with the key `environment_key`."""
        return self.made_from(environment_key).key()

    def request(self) -> dict[str, Any]:
        """What the program finds in request.json."""
        return {
            "stage": self.name,
            "parameters": dict(self.parameters),
            "inputs": sorted(self.inputs),
            "outputs": list(self.outputs),
        }


@dataclass(frozen=True, kw_only=True)
class StageResult:
    """What a stage left: its files by name, what it reported, and the environment it really ran in.

    `inputs` are the sha256 of what it was given, by name.
    """

    key: str
    inputs: Mapping[str, str] = field(default_factory=dict)
    outputs: Mapping[str, Blob]
    report: Mapping[str, Any]
    toolchain: Mapping[str, Any]
    cached: bool = False
