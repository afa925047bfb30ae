"""Runs a stage, or finds its result in the store."""

from __future__ import annotations

import functools
import itertools
import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from edgecask.directories import Directories, lock
from edgecask.errors import StageStoppedError
from edgecask.plan.stage import Stage, StageResult
from edgecask.progress import Display
from edgecask.runner.environments.environment import Environment, load_environment
from edgecask.runner.prestart import HeadStarts
from edgecask.runner.protocol import OutputLine, Runner
from edgecask.store.store import Store

Value = TypeVar("Value")
Other = TypeVar("Other")


class Execution:
    """The stages of one build, on one runner and one store. Stages may be run from several threads.

    Within its context stages are also started ahead of time; what was, and is not needed, ends with it.
    """

    def __init__(self, *, directories: Directories, store: Store, runner: Runner, display: Display) -> None:
        self._directories = directories
        self.store = store
        self.runner = runner
        self.display = display
        self._preparing = threading.Lock()
        self._head_starts: HeadStarts | None = None

    def __enter__(self) -> Self:
        self._head_starts = HeadStarts(self.runner)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        head_starts, self._head_starts = self._head_starts, None
        if head_starts is not None:
            head_starts.close()

    def run(self, stage: Stage, *, then: Sequence[Stage] = ()) -> StageResult:
        """The stage's result: from the store where nothing it depends on has changed, else by running it.

        Two builds that need the same result at once make it once: the second waits for the first.
        `then` are stages that will be wanted when this one had to be run, with or without their inputs: their programs
        are started beside it, and have done their imports when it is their turn.
        """
        with self.display.stage(stage.name) as line:
            result = self._result(stage, line.say, then)
            line.cached = result.cached
        return result

    def run_all(self, name: str, stages: Sequence[Stage], *, workers: int | None = None) -> list[StageResult]:
        """The results of stages that do not depend on each other, in their order, under one line with their progress.

        `workers` of them run at once; without it one for each core.
        """
        with self.display.stage(name) as line:
            done = itertools.count(1)

            def run(stage: Stage) -> StageResult:
                result = self._result(stage, lambda text: None)
                line.progress(next(done), len(stages))
                return result

            line.progress(0, len(stages))
            results = self.at_once(*(functools.partial(run, stage) for stage in stages), workers=workers)
            line.cached = all(result.cached for result in results)
        return results

    def at_once(self, *calls: Callable[[], Any], workers: int | None = None) -> list[Any]:
        """The values of calls that run at the same time, in their order; `workers` at once, or one for each core.

        The first that raises ends the others, and so does Ctrl-C: nothing goes on behind an error.
        """
        with ThreadPoolExecutor(workers or os.cpu_count() or 1) as pool:
            futures = [pool.submit(call) for call in calls]
            try:
                wait(futures, return_when=FIRST_EXCEPTION)
                failed = any(future.done() and future.exception() for future in futures)
            except BaseException:  # Ctrl-C
                self._end(futures)
                raise
            if failed:
                self._end(futures)
        errors = [error for future in futures if not future.cancelled() and (error := future.exception())]
        if errors:
            # What was stopped on account of an error is not the reason.
            raise next((error for error in errors if not isinstance(error, StageStoppedError)), errors[0])
        return [future.result() for future in futures]

    def both(self, first: Callable[[], Value], second: Callable[[], Other]) -> tuple[Value, Other]:
        """The values of two calls that run at the same time, whatever the number of cores; see at_once."""
        found: list[Any] = self.at_once(first, second, workers=2)
        return found[0], found[1]

    def _end(self, futures: Sequence[Future[Any]]) -> None:
        for future in futures:
            future.cancel()
        self.runner.stop()

    def _run(self, environment: Environment, stage: Stage, folder: Path, say: OutputLine) -> dict[str, Any]:
        begun = self._head_starts.take(stage) if self._head_starts is not None else None
        if begun is None:
            return self.runner.run(environment, stage, folder, say)
        with begun as started:
            return started.run(stage, folder, say)

    def _result(self, stage: Stage, say: OutputLine, then: Sequence[Stage] = ()) -> StageResult:
        environment = load_environment(stage.program.environment)
        result = self.store.find(stage.key(self.runner.environment_key(environment)))
        if result is None:
            with self._preparing:
                toolchain = self.runner.prepare(environment, say)
            # The first environment on a machine settles the base image, and with it the key.
            key = stage.key(self.runner.environment_key(environment))
            with lock(self._directories, f"stage-{key}"):
                result = self.store.find(key)
                if result is None:
                    if self._head_starts is not None:
                        for following in then:
                            self._head_starts.begin(following)
                    with self.store.temporary() as folder:
                        report = self._run(environment, stage, folder, say)
                        result = self.store.publish(
                            key,
                            inputs={name: blob.sha256 for name, blob in stage.inputs.items()},
                            outputs={name: folder / name for name in stage.outputs},
                            report=report,
                            toolchain={"environment": environment.name, **toolchain},
                        )
        return result
