"""How much faster two workers are than one, on builds whose stages take one core each, while the client only waits.

    python benchmarks/two_workers.py [--builds=12] [--rounds=3]

The builds are of the demo model for the Grove with another limit of SRAM each: all that they share is in every store,
so what runs is Vela's compiler, on one core. Workers are processes of their own (`edgecask worker`, virtual
environments, one stage at once, a store each), with a shared store in a folder and a scheduler between them. One worker
and two take turns. Printed: seconds of each run, how much of them each worker had a stage and the client the processor,
and of the medians how much of twice the speed came out. On a busy machine two workers share what one has alone, so that
the last figure says little; a worker's share of time with a stage says there, too, what scheduler and store cost it.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from edgecask.build import plan_build
from edgecask.build_request import BuildRequest
from edgecask.directories import Directories, user_directories
from edgecask.matrix.cluster import DaskCluster, open_cluster
from edgecask.matrix.matrix import release
from edgecask.matrix.run import Build, Counts, MatrixRun
from edgecask.matrix.work import Done, use
from edgecask.plan.graph import Graph
from edgecask.progress import PlainDisplay
from edgecask.runner.executor import Execution, environment_keys
from edgecask.runner.venv import VirtualEnvironmentRunner
from edgecask.store.remote import Remote, RemoteSettings
from edgecask.store.store import Store

REPOSITORY = Path(__file__).resolve().parents[1]
FIRST_LIMIT, STEP = 100, 8
"""KiB of SRAM."""


def graphs(store: Store, directories: Directories, limits: range) -> list[Graph]:
    """The builds' plans."""
    found = []
    for limit in limits:
        request = BuildRequest(
            target="grove", weights="demo", image_size=64, sram_limit=limit, rounding="nearest", compress_weights="off"
        )
        plan = plan_build(request, directories=directories, warn=lambda text: None, store=store)
        found.append(plan.graph)
    return found


def matrix(client: object, folder: Path, shared: Path | None, limits: range) -> float:
    """Run the builds on a cluster; the seconds it took."""
    directories = Directories(home=user_directories().home, store=folder)
    remote = Remote(RemoteSettings(url=f"file://{shared}"), warn=print) if shared is not None else None
    store = Store(directories.store, remote=remote)
    runner = VirtualEnvironmentRunner(directories)
    use(
        Execution(directories=directories, store=store, runner=runner, display=PlainDisplay()).apart
    )  # of a cluster in this process
    environment_key = environment_keys(runner)
    planned = graphs(store, directories, limits)

    def ended(number: int, build: Build) -> None:
        if build.error is not None:
            raise build.error
        release(build)

    def note(counts: Counts, program: str, done: Done) -> None:
        if done.worker:  # else it was in the store here
            busy[done.worker] += done.seconds

    busy: Counter[str] = Counter()
    run = MatrixRun(
        planned,
        cluster=DaskCluster(client),  # type: ignore[arg-type]
        key=lambda stage: stage.key(environment_key(stage.program.environment)),
        find=store.find,
        find_here=lambda key: store.find(key, here=True),
        share=store.share if remote is not None else None,
        ended=ended,
        progress=note,
    )
    began, processor = time.monotonic(), time.process_time()
    run.run()
    seconds = time.monotonic() - began
    shares = ", ".join(f"worker {name} {spent / seconds:.0%}" for name, spent in sorted(busy.items()))
    client_share = (time.process_time() - processor) / seconds
    ran = run.counts.stages - run.counts.from_store
    print(f"  {ran} stages ran; with a stage: {shares}; client's processor: {client_share:.0%}", flush=True)
    return seconds


def with_workers(count: int, prepared: Path, folder: Path, limits: range) -> float:
    """Seconds of the builds on so many workers, each with what is prepared in its store."""
    processes = []

    def start(*command: str, log: str, **variables: str) -> None:
        with (folder / log).open("wb") as stream:
            environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), **variables}
            processes.append(
                subprocess.Popen([sys.executable, *command], stdout=stream, stderr=subprocess.STDOUT, env=environment)
            )

    try:
        start(
            "-m", "distributed.cli.dask_scheduler", "--host=127.0.0.1", "--port=0", "--no-dashboard",
            log="scheduler.log",
        )  # fmt: skip
        while not (found := re.search(r"Scheduler at:\s+(tcp://\S+)", (folder / "scheduler.log").read_text())):
            time.sleep(0.1)
        shared = folder / "shared"
        for number in range(count):
            shutil.copytree(prepared, folder / f"worker {number}")
            start(
                "-m", "edgecask", "worker", f"--cluster={found[1]}", "--runner=venv", "--stages=1", f"--name={number}",
                log=f"worker {number}.log",
                EDGECASK_STORE=str(folder / f"worker {number}"), EDGECASK_REMOTE_STORE=f"file://{shared}",
            )  # fmt: skip
        shutil.copytree(prepared, folder / "client")
        with open_cluster(found[1], slots=0, memory_mib=0, security={}, insecure=False) as client:
            client.wait_for_workers(count)
            return matrix(client, folder / "client", shared, limits)
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait()


def main() -> None:
    """The whole benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--builds", type=int, default=12)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    limits = range(FIRST_LIMIT, FIRST_LIMIT + STEP * given.builds, STEP)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        print("preparing", flush=True)
        with open_cluster("local", slots=2, memory_mib=8192, security={}, insecure=False) as client:
            matrix(client, folder / "prepared", None, range(FIRST_LIMIT - STEP, FIRST_LIMIT, STEP))
        seconds: dict[int, list[float]] = {1: [], 2: []}
        for number in range(given.rounds):
            for count in (1, 2) if number % 2 == 0 else (2, 1):
                place = folder / f"{number}-{count}"
                place.mkdir()
                seconds[count].append(with_workers(count, folder / "prepared", place, limits))
                load = os.getloadavg()[0]
                print(f"{count} workers: {seconds[count][-1]:6.1f} s  (load {load:.1f})", flush=True)
                shutil.rmtree(place)
        one, two = statistics.median(seconds[1]), statistics.median(seconds[2])
        print(f"medians {one:.1f} s and {two:.1f} s: {one / two:.2f} times as fast, {one / two / 2:.2f} of twice")


if __name__ == "__main__":
    main()
