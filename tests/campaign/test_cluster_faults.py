"""Faults on a real cluster, by a printed seed: workers are killed while builds run, and every result is right.

The stages are toy programs, run by the real harness in processes of their own; scheduler, workers and the shared store
are real.
"""

import random
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from toy_programs import make_pipeline, use_pipeline, write_program

from edgecask.errors import EngineError
from edgecask.matrix.cluster import DaskCluster, open_cluster
from edgecask.matrix.run import MatrixRun
from edgecask.plan.graph import Graph, Node, Output
from edgecask.store.remote import Remote, RemoteSettings
from edgecask.store.store import Store

BUILDS = 60
SECONDS = 0.15
SUM = """
import time
from pipeline.harness import INPUTS, OUTPUTS
def run(parameters):
    time.sleep(parameters["seconds"])
    numbers = [int(path.read_text()) for path in INPUTS.iterdir()]
    (OUTPUTS / "out").write_text(str(sum(numbers) + parameters["add"]))
    return {}
"""
WORKER = Path(__file__).with_name("toy_worker.py")


@pytest.fixture
def pipeline(tmp_path, monkeypatch):
    folder = use_pipeline(tmp_path / "pipeline", monkeypatch)
    return folder, write_program(folder, "sum", SUM)


scheduler_process_of = []


@pytest.fixture
def scheduler_process():
    """The running scheduler, for a test that ends it."""
    return lambda: scheduler_process_of[0]


@pytest.fixture
def cluster(tmp_path, pipeline):
    """A scheduler, and what starts workers, each with a store of its own; all are gone afterwards."""
    started = []

    def start(*command, log):
        stream = (tmp_path / log).open("wb")
        running = subprocess.Popen([sys.executable, *command], stdout=stream, stderr=subprocess.STDOUT)
        started.append(running)
        return running

    scheduler = ("-m", "distributed.cli.dask_scheduler", "--host=127.0.0.1", "--port=0", "--no-dashboard")
    scheduler_process_of[:] = [start(*scheduler, log="scheduler.log")]
    for _ in range(600):
        found = re.search(r"Scheduler at:\s+(tcp://\S+)", (tmp_path / "scheduler.log").read_text())
        if found:
            break
        time.sleep(0.1)
    address = found[1]

    def worker(name):
        arguments = (address, tmp_path / name, f"file://{tmp_path / 'shared'}", pipeline[0], name, tmp_path / "ran.log")
        return start(WORKER, *map(str, arguments), log=f"{name}.log")

    yield address, worker
    scheduler_process_of.clear()
    for running in started:
        running.kill()
        running.wait()


def graph(program, number):
    def node(name, *needs, add):
        inputs = {need: Output(node=need, file="out") for need in needs}
        parameters = {"add": add, "seconds": SECONDS}
        return Node(name=name, program=program, outputs=("out",), inputs=inputs, parameters=parameters)

    return Graph(
        [
            node("shared", add=1),
            node("group", "shared", add=number % 5),
            node("own", "group", add=number),
            node("last", "own", "shared", add=1000),
        ]
    )


def alive_stages(folder):
    """Processes that run a program of this test."""
    listed = subprocess.run(["ps", "-wweo", "pid,args"], capture_output=True, text=True, check=True).stdout
    return [line for line in listed.splitlines() if "-m pipeline" in line and "sum" in line and str(folder) in line]


@pytest.mark.campaign
@pytest.mark.parametrize("kills", [0, 6])
def test_workers_that_die_cost_no_result(tmp_path, pipeline, cluster, record_property, kills):
    address, start_worker = cluster
    seed = random.SystemRandom().randrange(10**6)
    record_property("seed", seed)
    chance = random.Random(seed)
    workers = {f"worker-{number}": start_worker(f"worker-{number}") for number in range(2)}
    store = Store(tmp_path / "client", remote=Remote(RemoteSettings(url=f"file://{tmp_path / 'shared'}"), warn=print))
    killed, ended = [], []

    def end(number, build):
        ended.append(number)
        if len(killed) < kills and len(ended) >= (len(killed) + 1) * BUILDS // (kills + 1):
            victim = chance.choice(sorted(workers))
            workers.pop(victim).send_signal(signal.SIGKILL)
            name = f"worker-{2 + len(killed)}"
            killed.append(victim)
            workers[name] = start_worker(name)

    with open_cluster(address, slots=0, memory_mib=0, security={}, insecure=False) as client:
        client.wait_for_workers(2, timeout=120)
        run = MatrixRun(
            [graph(pipeline[1], number) for number in range(BUILDS)],
            cluster=DaskCluster(client),
            key=lambda stage: stage.key("local"),
            find=store.find,
            share=store.share,
            ended=end,
        )
        builds = run.run()
    assert len(killed) == kills
    assert [build.error for build in builds] == [None] * BUILDS
    for number, build in enumerate(builds):
        expected = (1 + number % 5 + number) + 1 + 1000
        assert int(build.results["last"].outputs["out"].path.read_text()) == expected
    ran = Counter((tmp_path / "ran.log").read_text().splitlines())
    distinct = 1 + 5 + 2 * BUILDS
    twice = sum(ran.values()) - distinct
    record_property("run again", twice)
    assert len(ran) == distinct
    assert twice <= 2 * kills, "only what a killed worker was at ran again"
    deadline = time.monotonic() + 20
    while alive_stages(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert not alive_stages(tmp_path)


@pytest.mark.campaign
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_a_client_that_goes_away_leaves_nothing_running(tmp_path, pipeline, cluster, how):
    """Ctrl-C, and a client that is killed: the worker stops the stage that nobody waits for, and goes on serving."""
    address, start_worker = cluster
    worker = start_worker("worker-0")
    arguments = (address, tmp_path / "client", f"file://{tmp_path / 'shared'}", pipeline[0], "600")
    client = subprocess.Popen([sys.executable, WORKER.with_name("toy_client.py"), *map(str, arguments)])
    deadline = time.monotonic() + 120
    while not alive_stages(tmp_path):
        assert time.monotonic() < deadline and client.poll() is None
        time.sleep(0.2)
    client.send_signal(how)
    client.wait(60)
    deadline = time.monotonic() + 60
    while alive_stages(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert not alive_stages(tmp_path)
    assert worker.poll() is None


@pytest.mark.campaign
def test_a_scheduler_that_dies_is_told_and_the_same_command_goes_on(tmp_path, pipeline, cluster, scheduler_process):
    address, start_worker = cluster
    worker = start_worker("worker-0")
    store = Store(tmp_path / "client", remote=Remote(RemoteSettings(url=f"file://{tmp_path / 'shared'}"), warn=print))
    ended = []

    def end(number, build):
        ended.append(number)
        if len(ended) == 3:
            scheduler_process().kill()

    with (
        pytest.raises(EngineError, match=f"The scheduler at {address} is gone"),
        open_cluster(address, slots=0, memory_mib=0, security={}, insecure=False) as client,
    ):
        client.wait_for_workers(1, timeout=120)
        MatrixRun(
            [graph(pipeline[1], number) for number in range(8)],
            cluster=DaskCluster(client),
            key=lambda stage: stage.key("local"),
            find=store.find,
            share=store.share,
            ended=end,
        ).run()
    assert worker.wait(60) == 0 and "the scheduler is gone" in (tmp_path / "worker-0.log").read_text()
    assert len(ended) >= 3 and not alive_stages(tmp_path)


def test_the_toy_pipeline_is_the_real_harness(tmp_path):
    assert (make_pipeline(tmp_path / "pipeline") / "harness.py").is_file()
