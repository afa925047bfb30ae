"""A stage: one program, its environment, its parameters and inputs, and the key that names its result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from edgecask.plan.program import Program
from edgecask.store.record import MadeFrom
from edgecask.store.result import ALGORITHM_VERSION, Blob


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
            variables=self.program.variables,
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
