"""Runs the graphs of many builds: what is ready anywhere goes to the cluster, each stage once.

The client plans: it knows a stage when what it needs is there, and asks the cluster for it under the stage's key, which
stands for all that the result depends on. So a stage that several builds share runs once, on whatever worker. (A node
key would not do as a name there: what a node settles on the way is not in it.) A build that fails ends by itself; the
others go on.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from edgecask.errors import EdgecaskError, StorageError
from edgecask.matrix.work import Done, Work, work_of
from edgecask.plan.graph import Graph, Node, Results
from edgecask.plan.stage import Stage
from edgecask.store.result import Blob, StageResult

ATTEMPTS = 3
"""How often a stage is tried in all where the machine is to blame."""
Key = Callable[[Stage], str]
Find = Callable[[str], StageResult | None]


class Cluster(Protocol):
    """Where stages run."""

    def submit(self, key: str, work: Work, *, priority: int, without: str = "", by: str = "") -> None:
        """Run a stage, or find its result; what has the higher priority comes first.

        `without` is a worker that has failed at it, which gets it again only where there is no other; `by` the one that
        has done it already, which others stand in for only where it is gone. Raises EngineError where there are
        workers, and none of them can run it.
        """
        ...

    def done(self) -> Iterator[tuple[str, Done]]:
        """The key and outcome of each stage that was submitted, as they come; ends when nothing is under way."""
        ...

    def cancel(self, key: str) -> None:
        """Nobody waits for this stage any more."""
        ...


@dataclass(kw_only=True)
class Build:
    """One build under way: what its members wait for, what they gave, and how it ended."""

    graph: Graph
    results: Results = field(default_factory=Results)
    waiting: dict[str, set[str]] = field(default_factory=dict)
    left: int = 0
    error: EdgecaskError | None = None
    ended: bool = False

    def __post_init__(self) -> None:
        self.waiting = {name: set(member.needed) for name, member in self.graph.members.items()}
        self.left = len(self.waiting)


@dataclass(kw_only=True)
class Counts:
    """What has been done so far, for the display and the proof that nothing ran twice."""

    stages: int = 0
    from_store: int = 0
    shared: int = 0
    seconds: float = 0.0


class MatrixRun:
    """Runs graphs once, all together.

    `key` names a stage's result on this client, `find` gives a result by the key that a worker has reported and
    `find_here` one that needs no worker, `share` puts a file where workers find it, `ended` hears of every build that
    is over, with its number, `progress` of every stage, with its program, and `again` of one that is tried again, with
    its name.
    """

    def __init__(
        self,
        graphs: Sequence[Graph],
        *,
        cluster: Cluster,
        key: Key,
        find: Find,
        find_here: Find = lambda key: None,
        ended: Callable[[int, Build], None],
        share: Callable[[Blob], object] | None = None,
        fail_fast: bool = False,
        progress: Callable[[Counts, str, Done], None] = lambda counts, program, done: None,
        again: Callable[[str, Done], None] = lambda name, done: None,
    ) -> None:
        self.builds = [Build(graph=graph) for graph in graphs]
        self.counts = Counts()
        self._depths = [graph.depths() for graph in graphs]
        self._cluster = cluster
        self._key = key
        self._find = find
        self._find_here = find_here
        self._ended = ended
        self._share = share
        self._shared: set[str] = set()
        self._fail_fast = fail_fast
        self._progress = progress
        self._again = again
        self._attempts: Counter[str] = Counter()
        self._under_way: dict[str, list[tuple[int, str, Stage]]] = {}
        self._done: dict[str, Done] = {}

    def run(self) -> list[Build]:
        """All builds, each ended; a failure of one is its `error`."""
        for number, build in enumerate(self.builds):
            self._advance(number, [name for name, needs in build.waiting.items() if not needs])
        for key, done in self._cluster.done():
            result = self._find(done.key) if done.error is None and key in self._under_way else None
            if self._goes_again(key, done, result):
                continue
            self._note(done)
            waiting = self._under_way.pop(key, [])
            if result is not None:
                self._done[key] = done
            for number, name, stage in waiting:
                self._finish(number, name, stage, done, result)
            self._progress(self.counts, waiting[0][2].program.name if waiting else "", done)
        return self.builds

    def _goes_again(self, key: str, done: Done, result: StageResult | None) -> bool:
        """Try a stage again that failed for the machine's sake, or whose result has got lost on the way."""
        waiting = self._under_way.get(key)
        lost = done.error is None and result is None
        if not waiting or not (lost or done.may_be_tried_again) or self._attempts[key] >= ATTEMPTS - 1:
            return False
        self._attempts[key] += 1
        number, name, stage = waiting[0]
        self._again(stage.name, _lost(stage, done) if lost else done)
        self._share_inputs(stage, anew=True)
        if lost:
            self._submit(key, number, name, stage, by=done.worker)
        else:
            self._submit(key, number, name, stage, without=done.worker)
        return True

    def _note(self, done: Done) -> None:
        self.counts.stages += 1
        self.counts.from_store += done.cached
        self.counts.seconds += done.seconds

    def _advance(self, number: int, ready: Sequence[str]) -> None:
        """Do what a build can do now: steps here, stages on the cluster."""
        build = self.builds[number]
        queue = deque(ready)
        while queue and not build.ended:
            name = queue.popleft()
            build.waiting.pop(name, None)
            member = build.graph.members[name]
            try:
                if not isinstance(member, Node):
                    build.results.set_value(name, member.run(build.results))
                    queue += self._pass(build, name)
                    continue
                stage = member.stage(build.results)
                if stage is None:
                    queue += self._pass(build, name)
                    continue
                key = self._key(stage)
                result = self._known(key, stage)
                if result is None:
                    self._send(key, number, name, stage)
                else:
                    build.results.add(name, stage, result)
                    queue += self._pass(build, name)
            except EdgecaskError as error:
                self._fail(number, error)
        if not build.left and not build.ended:
            build.ended = True
            self._ended(number, build)

    def _pass(self, build: Build, name: str) -> list[str]:
        """A member is done; what was waiting for it alone."""
        build.left -= 1
        ready = []
        for follower in build.graph.followers(name):
            needs = build.waiting[follower]
            needs.discard(name)
            if not needs:
                ready.append(follower)
        return ready

    def _known(self, key: str, stage: Stage) -> StageResult | None:
        """The result of a stage that needs no worker: another build has had it, or it is in the store here."""
        done = self._done.get(key)
        if done is not None:
            self.counts.shared += 1
            return self._find(done.key)
        result = self._find_here(key) if key not in self._under_way else None
        if result is not None:
            self._done[key] = done = Done(key=key, cached=True)
            self._note(done)
            self._progress(self.counts, stage.program.name, done)
        return result

    def _send(self, key: str, number: int, name: str, stage: Stage) -> None:
        if key in self._under_way:
            self.counts.shared += 1
        else:
            self._share_inputs(stage)
            self._submit(key, number, name, stage)
        self._under_way.setdefault(key, []).append((number, name, stage))

    def _submit(self, key: str, number: int, name: str, stage: Stage, *, without: str = "", by: str = "") -> None:
        self._cluster.submit(key, work_of(stage), priority=self._depths[number][name], without=without, by=by)

    def _share_inputs(self, stage: Stage, *, anew: bool = False) -> None:
        """What this machine has brought in has to be where the workers look; results are there already.

        Not so where the shared store has lost them: `anew` puts them there again.
        """
        if self._share is None:
            return
        for blob in stage.inputs.values():
            if anew or blob.sha256 not in self._shared:
                self._shared.add(blob.sha256)
                self._share(blob)

    def _finish(self, number: int, name: str, stage: Stage, done: Done, result: StageResult | None) -> None:
        build = self.builds[number]
        if build.ended:
            return
        error = done.error
        if error is not None:
            self._fail(number, error)
            return
        if result is None:
            lost = _lost(stage, done).error
            assert lost is not None
            self._fail(number, lost)
            return
        build.results.add(name, stage, result)
        self._advance(number, self._pass(build, name))

    def _fail(self, number: int, error: EdgecaskError) -> None:
        build = self.builds[number]
        build.error, build.ended = error, True
        self._ended(number, build)
        if self._fail_fast:
            for other, each in enumerate(self.builds):
                if not each.ended:
                    each.ended = True
                    self._ended(other, each)
        for key, waiting in list(self._under_way.items()):
            if all(self.builds[each].ended for each, _, _ in waiting):
                del self._under_way[key]
                self._cluster.cancel(key)


def _lost(stage: Stage, done: Done) -> Done:
    return Done(
        kind=StorageError.kind,
        message=f"The result of {stage.name} by worker {done.worker} is not in the store of this machine.",
        advice="Let client and workers share a store: set EDGECASK_REMOTE_STORE for all of them.",
        worker=done.worker,
    )
