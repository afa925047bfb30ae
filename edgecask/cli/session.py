"""What the commands share: the runner that was asked for, and what runs stages with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from edgecask.directories import Directories, user_directories

if TYPE_CHECKING:
    from edgecask.progress import Display
    from edgecask.runner.executor import Execution
    from edgecask.runner.protocol import Runner


def make_runner(name: str, directories: Directories, say: Callable[[str], None]) -> Runner:
    """The runner for `--runner`; raises EngineError where docker is forced in vain.

    From here on, `invoke clean` has to wait for this process.
    """
    from edgecask.runner.container import engine
    from edgecask.runner.venv import VirtualEnvironmentRunner
    from edgecask.store.in_use import keep_in_use

    keep_in_use(directories)
    if name == "venv":
        return VirtualEnvironmentRunner(directories)
    if name == "auto" and not engine.answers():
        say("no container engine answers: using virtual environments (--runner=docker would insist)")
        return VirtualEnvironmentRunner(directories)
    from edgecask.runner.container.runner import DockerRunner

    runner = DockerRunner(directories)
    if name == "docker":
        engine.require()
    return runner


def make_execution(runner: str, display: Display) -> Execution:
    """What runs stages for `--runner`, in the user's own folders; raises as make_runner does."""
    from edgecask.runner.executor import Execution
    from edgecask.store.shared import open_store

    directories = user_directories()
    return Execution(
        directories=directories,
        store=open_store(directories, warn=display.warn),
        runner=make_runner(runner, directories, display.note),
        display=display,
    )
