"""Where stages run: containers or virtual environments, behind one small protocol."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from edgecask.plan.stage import Stage
from edgecask.runner.environments.environment import Environment

OutputLine = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Listener:
    """Hears of a stage while it runs: `event` of what it tells, `files` of a tar it has published (removed after)."""

    event: Callable[[Mapping[str, Any]], None]
    files: Callable[[Path], None]


class Started(Protocol):
    """A stage's program that runs already, and imports what it needs until it is given what it works on."""

    def run(self, stage: Stage, destination: Path, say: OutputLine, listener: Listener | None = None) -> dict[str, Any]:
        """Hand over the stage's inputs and parameters, once; see Runner.run."""
        ...


class Runner(Protocol):
    """Runs one stage in its environment."""

    name: str

    def environment_key(self, environment: Environment) -> str:
        """What stands for the environment in a stage's key; answers without starting anything."""
        ...

    def require_gpus(self) -> None:
        """Raise EngineError where stages cannot be given GPUs."""
        ...

    def prepare(self, environment: Environment, say: OutputLine) -> Mapping[str, Any]:
        """Make the environment where it is absent; what the package's manifest says of it."""
        ...

    def is_ready(self, environment: Environment) -> bool:
        """Whether the environment has been made."""
        ...

    def start(self, environment: Environment, stage: Stage) -> AbstractContextManager[Started]:
        """Start the stage's program, whose inputs and parameters may be unknown yet; it ends with the context."""
        ...

    def run(
        self,
        environment: Environment,
        stage: Stage,
        destination: Path,
        say: OutputLine,
        listener: Listener | None = None,
    ) -> dict[str, Any]:
        """Run the stage; its outputs as files in `destination`, what it reported as the value.

        Raises the EdgecaskError that the program asked for, or StageError where it died.
        """
        ...

    def another(self) -> Runner:
        """A runner of the same kind in the same folders, whose `stop` ends its own stages alone."""
        ...

    def stop(self) -> None:
        """End the stages that other threads run here; their calls of `run` raise StageError."""
        ...
