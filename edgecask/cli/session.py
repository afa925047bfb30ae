"""What the commands share: the runner that was asked for, and what runs stages with it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from edgecask.directories import Directories, user_directories

if TYPE_CHECKING:
    from edgecask.progress import Display
    from edgecask.runner.executor import Execution
    from edgecask.runner.protocol import Runner


def make_runner(
    name: str, directories: Directories, say: Callable[[str], None], *, require_isolation: bool = False
) -> Runner:
    """The runner for `--runner`; raises EngineError where docker is forced in vain.

    With `require_isolation` it raises IsolationError where stages could reach the user's files; without, a line says
    what they could. What killed processes left is removed. From here on, `invoke clean` has to wait for this process.
    """
    from edgecask.runner.container import engine
    from edgecask.runner.limits import memory_limit, require_usable_umask
    from edgecask.store.in_use import keep_in_use
    from edgecask.store.temporary import sweep

    require_usable_umask()
    memory_limit()  # a limit that is none is told before anything is begun
    keep_in_use(directories)
    kept = (directories.store / "temporary", directories.environments, directories.wheelhouse)
    sweep([Path(tempfile.gettempdir()), *kept])
    if name == "venv":
        return _virtual_environments(directories, say, require_isolation=require_isolation)
    if name == "auto" and not engine.answers():
        say("no container engine answers: using virtual environments (--runner=docker would insist)")
        return _virtual_environments(directories, say, require_isolation=require_isolation)
    from edgecask.runner.container.runner import DockerRunner

    runner = DockerRunner(directories)
    if name == "docker":
        engine.require()
    return runner


def _virtual_environments(directories: Directories, say: Callable[[str], None], *, require_isolation: bool) -> Runner:
    from edgecask.errors import IsolationError
    from edgecask.runner.isolation import INSTALL, available_isolation
    from edgecask.runner.venv import VirtualEnvironmentRunner

    isolation = available_isolation()
    if not isolation.complete:
        if require_isolation:
            sentence = isolation.sentence[0].upper() + isolation.sentence[1:]
            raise IsolationError(f"{sentence}.", advice=f"{INSTALL}, or use containers (--runner=docker).")
        say(isolation.sentence)
    return VirtualEnvironmentRunner(directories)


def make_execution(
    runner: str, display: Display, *, require_isolation: bool = False, patience_seconds: float = 0.0
) -> Execution:
    """What runs stages for `--runner`, in the user's own folders; raises as make_runner does.

    `patience_seconds` is how long a shared store is tried that cannot be reached.
    """
    from edgecask.runner.executor import Execution
    from edgecask.store.shared import open_store

    directories = user_directories()
    return Execution(
        directories=directories,
        store=open_store(directories, warn=display.warn, patience_seconds=patience_seconds),
        runner=make_runner(runner, directories, display.note, require_isolation=require_isolation),
        display=display,
    )
