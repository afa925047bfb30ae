"""What a matrix costs beside its stages: 10,000 stages whose programs do nothing, on a cluster in this process.

    python benchmarks/matrix_overhead.py [--stages=10000] [--remote]

Scheduler, plan, store and records are the real ones; only the runner does not run anything: it writes one small file a
stage. With `--remote` a shared store in a folder is behind the store. Printed for every tenth of the stages: seconds
and processor seconds a stage, and the memory of the process; then how long it takes to list the store, to run the same
again out of the store, and to clean it.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import psutil

from edgecask.directories import Directories
from edgecask.matrix.cluster import DaskCluster, open_cluster
from edgecask.matrix.matrix import release
from edgecask.matrix.run import Counts, MatrixRun
from edgecask.matrix.work import Done, use
from edgecask.plan.graph import Graph, Node, Output
from edgecask.plan.program import Program
from edgecask.progress import PlainDisplay
from edgecask.runner.executor import Execution
from edgecask.store.garbage import collect_garbage
from edgecask.store.remote import Remote, RemoteSettings
from edgecask.store.remote_garbage import collect_remote_garbage
from edgecask.store.store import Store

SLOTS = 2
DAY = 24 * 3600
PROGRAM = Program(name="compile", environment="vela")
LINKS = 10
"""Stages of a build, each of which needs the one before."""


class NothingRuns:
    """A runner that makes a stage's outputs out of its parameters, in no time."""

    name = "nothing"

    def another(self) -> NothingRuns:
        """See Runner."""
        return self

    def stop(self) -> None:
        """Nothing runs."""

    def environment_key(self, environment: object) -> str:
        """One for all."""
        return "nothing"

    def prepare(self, environment: object, say: object) -> dict[str, Any]:
        """Nothing to prepare."""
        return {"kind": "nothing"}

    def run(self, environment: object, stage: Any, destination: Path, say: object) -> dict[str, Any]:
        """Write the outputs."""
        for name in stage.outputs:
            (destination / name).write_text(f"{stage.parameters}")
        return {"figures": list(range(50))}


def graph(build: int) -> Graph:
    """A chain of stages that no other build has."""
    nodes = []
    for number in range(LINKS):
        inputs = {"model": Output(node=str(number - 1), file="out")} if number else {}
        parameters = {"build": build, "number": number}
        nodes.append(Node(name=str(number), program=PROGRAM, outputs=("out",), inputs=inputs, parameters=parameters))
    return Graph(nodes)


class Meter:
    """Prints a line for every so many stages."""

    def __init__(self, every: int) -> None:
        self._every = every
        self._process = psutil.Process()
        self._began = self._last = time.monotonic()
        self._processor = time.process_time()

    def __call__(self, counts: Counts, program: str, done: Done) -> None:
        """See MatrixRun's `progress`."""
        if done.error is not None:
            raise done.error
        if counts.stages % self._every:
            return
        now, processor = time.monotonic(), time.process_time()
        print(
            f"{counts.stages:6} stages  {(now - self._last) / self._every * 1000:5.1f} ms a stage  "
            f"{(processor - self._processor) / self._every * 1000:5.1f} ms of processor  "
            f"{self._process.memory_info().rss / 2**20:5.0f} MiB",
            flush=True,
        )
        self._last, self._processor = now, processor


def run(store: Store, directories: Directories, stages: int) -> float:
    """Run all stages, or find them; the seconds it took."""
    use(lambda: Execution(directories=directories, store=store, runner=NothingRuns(), display=PlainDisplay()))
    began = time.monotonic()
    with open_cluster("local", slots=SLOTS, memory_mib=8192, security={}, insecure=False) as client:
        MatrixRun(
            [graph(number) for number in range(stages // LINKS)],
            cluster=DaskCluster(client),
            key=lambda stage: stage.key("nothing"),
            find=store.find,
            find_here=lambda key: store.find(key, here=True),
            share=store.share if store.remote is not None else None,
            ended=lambda number, build: release(build),
            progress=Meter(max(1, stages // 10)),
        ).run()
    return time.monotonic() - began


def timed(what: str, action: Any) -> None:
    """Print how long something takes, on the clock and of the processor, and what came of it."""
    began, processor = time.monotonic(), time.process_time()
    found = action()
    seconds, spent = time.monotonic() - began, time.process_time() - processor
    memory = psutil.Process().memory_info().rss / 2**20
    print(f"{what:<32}{seconds:7.1f} s {spent:7.1f} s of processor {memory:5.0f} MiB  {found}", flush=True)


def main() -> None:
    """The whole benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stages", type=int, default=10_000)
    parser.add_argument("--remote", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        directories = Directories(home=folder / "home", store=folder / "store")
        remote = Remote(RemoteSettings(url=f"file://{folder / 'shared'}"), warn=print) if given.remote else None
        store = Store(directories.store, remote=remote)
        print(f"{run(store, directories, given.stages) / given.stages * 1000:.1f} ms a stage in all")
        timed("listing the store", lambda: f"{sum(1 for _ in store.records())} records")
        print("the same again, out of the store:")
        run(store, directories, given.stages)
        later = time.time() + 40 * DAY
        if remote is not None:
            timed("cleaning the shared store", lambda: collect_remote_garbage(remote, now=later, max_age=30 * DAY))
        timed("cleaning the store, none too old", lambda: collect_garbage(store, now=time.time(), max_age=30 * DAY))
        timed("cleaning the store, all too old", lambda: collect_garbage(store, now=later, max_age=30 * DAY))


if __name__ == "__main__":
    main()
