"""One run of a graph: what is ready runs, several nodes at once, and the first failure ends all."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager

from edgecask.errors import EdgecaskError, StageStoppedError, error_of_kind
from edgecask.plan.graph import Graph, Node, Results
from edgecask.plan.stage import Stage
from edgecask.progress import Display, StageLine
from edgecask.runner.protocol import OutputLine
from edgecask.store.result import StageResult

STOP_AGAIN_SECONDS = 0.5
MAX_FOLLOWERS = 3
"""Programs that one node lets start ahead of time."""

Run = Callable[[Stage, OutputLine, Callable[[], Sequence[Stage]]], StageResult]


class GraphRun:
    """Runs a graph once.

    `result` gives a stage's result, from the store or by running it, and `note` is told its key.
    """

    def __init__(
        self,
        graph: Graph,
        *,
        result: Run,
        note: Callable[[Node, str], None],
        stop: Callable[[], None],
        display: Display,
    ) -> None:
        self._graph = graph
        self._result = result
        self._note = note
        self._stop = stop
        self._lines = _Lines(graph, display)
        self._results = Results()
        self._depths = graph.depths()
        self._waiting = {name: set(member.needed) for name, member in graph.members.items()}
        self._begun: set[str] = set()

    def run(self, workers: int) -> Results:
        """The results of everything; raises what the first node or step raised that failed."""
        running: dict[Future[None], str] = {}
        with ThreadPoolExecutor(workers, thread_name_prefix="node") as pool:
            try:
                while self._waiting or running:
                    for name in self._ready()[: workers - len(running)]:
                        self._begun.add(name)
                        del self._waiting[name]
                        running[pool.submit(self._do, name)] = name
                    done, _ = wait(running, return_when=FIRST_COMPLETED)
                    for future in done:
                        name = running.pop(future)
                        future.result()
                        for follower in self._graph.followers(name):
                            self._waiting[follower].discard(name)
            except BaseException as error:  # also Ctrl-C
                self._stop()
                # Again, for what was about to begin: a stage that is only just started outlives the first call.
                while wait(running, timeout=STOP_AGAIN_SECONDS).not_done:
                    self._stop()
                self._lines.close(error)
                if (reason := _reason(error, running)) is not error:
                    raise reason from None
                raise
        return self._results

    def _ready(self) -> list[str]:
        """What could begin now, that with most behind it first."""
        return sorted(
            (name for name, needs in self._waiting.items() if not needs), key=lambda name: -self._depths[name]
        )

    def _do(self, name: str) -> None:
        member = self._graph.members[name]
        if not isinstance(member, Node):
            self._results.set_value(name, member.run(self._results))
            return
        stage = member.stage(self._results)
        if stage is None:
            self._lines.skip(member)
            return
        with self._lines.of(member) as line:
            try:
                result = self._result(stage, line.say, lambda: self._following(name))
            except EdgecaskError as error:
                raise _in_the_users_words(error, member) from error
            line.cached = result.cached
        self._results.add(name, stage, result)
        self._note(member, result.key)

    def _following(self, name: str) -> list[Stage]:
        """The stages whose turn it will be next, to be started ahead: they wait for nothing that has not begun."""
        found: dict[tuple[str, str], Stage] = {}
        for follower in sorted(self._graph.followers(name), key=lambda follower: -self._depths[follower]):
            member = self._graph.members[follower]
            if isinstance(member, Node) and follower not in self._begun and self._begun.issuperset(member.needed):
                stage = member.early_stage()
                found.setdefault((stage.name, stage.program.name), stage)
        return list(found.values())[:MAX_FOLLOWERS]


def _in_the_users_words(error: EdgecaskError, node: Node) -> EdgecaskError:
    """The error with the user's names for what the program saw under names of its own."""
    message = error.message
    for name, users in node.names.items():
        message = message.replace(name, users)
    if message == error.message:
        return error
    return error_of_kind(error.kind, message, advice=error.advice, details=error.details)


def _reason(error: BaseException, others: dict[Future[None], str]) -> BaseException:
    """The error to show: what was stopped on account of an error is not the reason."""
    if not isinstance(error, StageStoppedError):
        return error
    found = [other for future in others if not future.cancelled() and (other := future.exception())]
    return next((other for other in found if not isinstance(other, StageStoppedError)), error)


class _Lines:
    """The display's lines: one for each node, or one with a progress for several."""

    def __init__(self, graph: Graph, display: Display) -> None:
        self._display = display
        self._left = Counter(node.line for node in graph.nodes if node.line)
        self._total = dict(self._left)
        self._open: dict[str, tuple[AbstractContextManager[StageLine], StageLine]] = {}
        self._lock = threading.Lock()

    def of(self, node: Node) -> AbstractContextManager[StageLine]:
        """The line of a node, for as long as it runs."""
        return _Shared(self, node.line) if node.line else self._display.stage(node.name)

    def skip(self, node: Node) -> None:
        """A node that has nothing to do counts as done."""
        if node.line:
            with _Shared(self, node.line) as line:
                line.cached = True

    def begin(self, name: str) -> None:
        """One node of a shared line begins."""
        with self._lock:
            if name not in self._open:
                context = self._display.stage(name)
                line = context.__enter__()
                line.cached = True
                line.progress(0, self._total[name])
                self._open[name] = context, line

    def end(self, name: str, *, cached: bool) -> None:
        """One node of a shared line is done."""
        with self._lock:
            context, line = self._open[name]
            self._left[name] -= 1
            line.cached = line.cached and cached
            line.progress(self._total[name] - self._left[name], self._total[name])
            if not self._left[name]:
                del self._open[name]
                context.__exit__(None, None, None)

    def close(self, error: BaseException) -> None:
        """End the lines that are open, as failed."""
        with self._lock:
            for context, _ in self._open.values():
                try:
                    context.__exit__(type(error), error, error.__traceback__)
                except BaseException as same:
                    if same is not error:
                        raise
            self._open.clear()


class _Shared(AbstractContextManager[StageLine]):
    """One node's part of a shared line: what it says is not shown, its progress is."""

    def __init__(self, lines: _Lines, name: str) -> None:
        self._lines = lines
        self._line = StageLine(name)

    def __enter__(self) -> StageLine:
        self._lines.begin(self._line.name)
        return self._line

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if error is None:
            self._lines.end(self._line.name, cached=self._line.cached)
