"""Runs stages, or finds their results in the store."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from edgecask.directories import LOCK_DIGITS, Directories, lock
from edgecask.plan.graph import Graph, Node, Results
from edgecask.plan.stage import Stage
from edgecask.progress import Display
from edgecask.runner.environments.environment import Environment, load_environment
from edgecask.runner.graph_run import GraphRun
from edgecask.runner.prestart import HeadStarts
from edgecask.runner.protocol import OutputLine, Runner
from edgecask.store.result import StageResult
from edgecask.store.store import Store

MIN_WORKERS = 3
"""Nodes at once on a machine with fewer cores: a stage that starts its imports leaves a core free for the next."""


def environment_keys(runner: Runner) -> Callable[[str], str]:
    """What gives the key of an environment by its name, as a runner has it."""
    return lambda name: runner.environment_key(load_environment(name))


class Execution:
    """The stages of one command, on one runner and one store."""

    def __init__(self, *, directories: Directories, store: Store, runner: Runner, display: Display) -> None:
        self._directories = directories
        self.store = store
        self.runner = runner
        self.display = display
        self._preparing = threading.Lock()
        self._head_starts: HeadStarts | None = None

    @contextmanager
    def _prestarting(self) -> Iterator[None]:
        """Let programs be started ahead of time; what was, and is not needed, ends with the context."""
        if self._head_starts is not None:
            yield
            return
        self._head_starts = HeadStarts(self.runner)
        try:
            yield
        finally:
            head_starts, self._head_starts = self._head_starts, None
            head_starts.close()

    def apart(self) -> Execution:
        """The same with a runner of its own, so that its stages can be stopped without these."""
        return Execution(
            directories=self._directories, store=self.store, runner=self.runner.another(), display=self.display
        )

    def run(self, node: Node) -> StageResult:
        """The result of a node that needs no other: from the store where nothing it depends on has changed.

        Two builds that need the same result at once make it once: the second waits for the first.
        """
        return self.run_graph(Graph([node]))[node.name]

    def run_stage(self, stage: Stage) -> StageResult:
        """The result of a stage whose inputs are there: what a worker does for the client that plans."""
        return self._result(stage, lambda text: None, lambda: ())

    def run_all(self, name: str, nodes: Sequence[Node]) -> list[StageResult]:
        """The results of nodes that do not depend on each other, in their order, under one line with their progress."""
        called = [node.called(f"{name} {number}", line=name) for number, node in enumerate(nodes)]
        results = self.run_graph(Graph(called))
        return [results[node.name] for node in called]

    def run_graph(self, graph: Graph, *, workers: int | None = None) -> Results:
        """The results of a graph's nodes and the values of its steps, `workers` of them at once.

        What has most behind it is run first. The first failure ends the rest, and so does Ctrl-C: nothing goes on
        behind an error.
        """
        with self._prestarting():
            run = GraphRun(
                graph,
                result=self._result,
                note=lambda node, key: self.store.remember(graph.purpose_of(node), key) if graph.purpose else None,
                stop=self.runner.stop,
                display=self.display,
            )
            return run.run(workers or max(MIN_WORKERS, os.cpu_count() or 1))

    def _run(self, environment: Environment, stage: Stage, folder: Path, say: OutputLine) -> dict[str, Any]:
        begun = self._head_starts.take(stage) if self._head_starts is not None else None
        if begun is None:
            return self.runner.run(environment, stage, folder, say)
        with begun as started:
            return started.run(stage, folder, say)

    def _result(self, stage: Stage, say: OutputLine, then: Callable[[], Sequence[Stage]]) -> StageResult:
        environment = load_environment(stage.program.environment)

        def announce(text: str) -> None:
            self.display.announce(text)
            say(text)

        result = self.store.find(stage.key(self.runner.environment_key(environment)))
        if result is None:
            with self._preparing:
                toolchain = self.runner.prepare(environment, announce)
            # The first environment on a machine settles the base image, and with it the key.
            made_from = stage.made_from(self.runner.environment_key(environment))
            key = made_from.key()
            with lock(self._directories, f"stage-{key[:LOCK_DIGITS]}"):
                result = self.store.find(key)
                if result is None:
                    if self._head_starts is not None:
                        for following in then():
                            self._head_starts.begin(following)
                    with self.store.temporary() as folder:
                        report = self._run(environment, stage, folder, say)
                        result = self.store.publish(
                            made_from,
                            outputs={name: folder / name for name in stage.outputs},
                            report=report,
                            toolchain={"environment": environment.name, **toolchain},
                        )
        return result
