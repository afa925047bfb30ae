"""A stage: one program, its environment, its parameters and inputs, and the key that names its result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edgecask.digest import sha256_bytes, sha256_json
from edgecask.directories import REPOSITORY

ALGORITHM_VERSION = 3
"""Raised whenever the meaning of a key or of a stored result changes, so that old results are never taken for new."""

STAGE_PROGRAMS = REPOSITORY / "pipeline"
HARNESS = STAGE_PROGRAMS / "harness.py"


def find_program(name: str) -> Path:
    """The file below pipeline/ with this name; names are unique there, since programs are copied into one folder."""
    return next(STAGE_PROGRAMS.rglob(name))


@dataclass(frozen=True, kw_only=True)
class Blob:
    """A file whose content is known: `path` holds `size` bytes with this sha256."""

    path: Path
    sha256: str
    size: int


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One step of a build.

    `environment` is a folder of docker/, `program` the name of a file below pipeline/, `inputs` maps the file
    names the program reads to their contents, and `outputs` are the file names it must write. `modules` are further
    files below pipeline/ that the program imports. A stage with `gpus` sees the engine's GPUs.
    """

    name: str
    environment: str
    program: str
    outputs: tuple[str, ...]
    inputs: Mapping[str, Blob] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    modules: tuple[str, ...] = ()
    gpus: bool = False

    @property
    def programs(self) -> tuple[Path, ...]:
        """The files on this machine that the stage consists of."""
        return (find_program(self.program), HARNESS, *(find_program(name) for name in self.modules))

    def program_digests(self) -> dict[str, str]:
        """The sha256 of each file of `programs`, by its name."""
        return {path.name: sha256_bytes(path.read_bytes()) for path in self.programs}

    def key(self, environment_key: str) -> str:
        """The sha256 that names this stage's result in an environment with the key `environment_key`."""
        return sha256_json(
            {
                "algorithm": ALGORITHM_VERSION,
                "stage": self.name,
                "environment": environment_key,
                "parameters": dict(self.parameters),
                "inputs": {name: blob.sha256 for name, blob in self.inputs.items()},
                "outputs": list(self.outputs),
                "programs": self.program_digests(),
            }
        )

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
    """What a stage left: its files by name, what it reported, and the environment it really ran in."""

    key: str
    outputs: Mapping[str, Blob]
    report: Mapping[str, Any]
    toolchain: Mapping[str, Any]
    cached: bool = False
