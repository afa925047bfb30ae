"""Programs of stages that were started before what they work on is there: their imports take seconds.

Each runs in the environment, and as isolated, as any stage; it is given its inputs when it is taken.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import replace
from typing import Any

from edgecask.errors import EdgecaskError
from edgecask.plan.stage import Stage
from edgecask.runner.environments.environment import load_environment
from edgecask.runner.protocol import Runner, Started

MOST = 4
"""Programs that are started at the same time."""


class HeadStarts:
    """What one build has started ahead of time; `close` ends what was not wanted after all."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._pool = ThreadPoolExecutor(MOST, thread_name_prefix="head-start")
        self._lock = threading.Lock()
        self._begun: list[tuple[Any, Future[tuple[ExitStack, Started] | None]]] = []

    def begin(self, stage: Stage) -> None:
        """Start the stage's program, where its environment is made; its inputs and parameters do not matter yet."""
        with self._lock:
            self._begun.append((_settled(stage), self._pool.submit(self._start, stage)))

    def _start(self, stage: Stage) -> tuple[ExitStack, Started] | None:
        environment = load_environment(stage.program.environment)
        # Where this fails, so does the stage itself, which tells the user.
        with suppress(EdgecaskError, OSError), ExitStack() as stack:
            if self._runner.is_ready(environment):
                started = stack.enter_context(self._runner.start(environment, stage))
                return stack.pop_all(), started
        return None

    def take(self, stage: Stage) -> AbstractContextManager[Started] | None:
        """The stage's program where it was begun, to be used once; it ends with the context."""
        settled = _settled(stage)
        with self._lock:
            found = next((entry for entry in self._begun if entry[0] == settled), None)
            if found is None:
                return None
            self._begun.remove(found)
        begun = found[1].result()
        return _until_exit(*begun) if begun is not None else None

    def close(self) -> None:
        """End everything that was begun and not taken."""
        with self._lock:
            left, self._begun = self._begun, []
        for _, future in left:
            future.cancel()
        self._pool.shutdown()
        for _, future in left:
            begun = None if future.cancelled() else future.result()
            if begun is not None:
                begun[0].close()


def _settled(stage: Stage) -> Any:
    """What of a stage is settled before its inputs are there; a program that was edited since is another one."""
    return replace(stage, inputs={}, parameters={}, outputs=()), stage.program.digests()


@contextmanager
def _until_exit(stack: ExitStack, started: Started) -> Iterator[Started]:
    with stack:
        yield started
