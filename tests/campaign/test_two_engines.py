"""Sixty builds on two container engines with faults, by a printed seed: the packages are those of one machine.

Two engines of their own, each with workers, over TCP with TLS; the shared store is S3 by moto's server. Workers and
containers are killed while stages run, the store's server loses all that it had, the scheduler dies. What came of it is
printed: `-s` shows it. `EDGECASK_TEST_SEED=N` repeats a seed.
"""

from __future__ import annotations

import collections
import itertools
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from engines import Engine, engines_folder
from locations import REPOSITORY, differing_files
from processes import free_port
from tls import certificates, client_options, scheduler_command
from toy_programs import use_pipeline, write_program

from edgecask.directories import Directories, user_directories
from edgecask.errors import EngineError
from edgecask.files import sha256_bytes
from edgecask.matrix.cluster import DaskCluster, open_cluster
from edgecask.matrix.run import MatrixRun
from edgecask.plan.graph import Graph, Node, Output
from edgecask.runner.container import engine
from edgecask.runner.container.images import ensure_image
from edgecask.runner.container.runner import DockerRunner
from edgecask.runner.environments.environment import load_environment
from edgecask.runner.executor import environment_keys
from edgecask.store.record import parse_record
from edgecask.store.shared import open_store
from edgecask.store.store import Store

SIZES = (64, 96)
ENVIRONMENTS = ("export", "convert", "vela", "evaluate")
SWITCHES = ("prefetch=false", "zero-copy-concat=false", "fuse-silu=false")
SRAM_LIMITS = (160, 200, 240, 280)
"""KiB: each another build that shares all but what is compiled, and seldom that."""
AGREEMENTS = range(1, 21)
"""Each another build that shares everything."""
FAULTS = ("worker", "container", "store", "container", "worker", "container", "worker", "container")
"""In an order by the seed; the scheduler dies in their middle."""
STAGES_BEFORE_LAST = 65
"""The faults come after so many stages at most, of some 80."""
LIMIT_SECONDS = 5400
SECRET = "not-to-be-seen-anywhere"


def combinations() -> list[str]:
    """What `--include` adds to the axes, which are grove in all sizes."""
    variants = [
        *SWITCHES,
        *(f"sram-limit={limit}" for limit in SRAM_LIMITS),
        *(f"min-agreement={points}" for points in AGREEMENTS),
    ]
    grove = [f"target=grove imgsz={size} {variant}" for size, variant in itertools.product(SIZES, variants)]
    others = ("xiao imgsz=64", "xiao imgsz=96", "stm32n6 imgsz=64", "stm32mp2 imgsz=64")
    return [*grove, *(f"target={other}" for other in others)]


MATRIX = (
    "matrix", "--targets=grove", "--weights=demo", f"--imgsz={','.join(map(str, SIZES))}", "--compress-weights=off",
    f"--include={','.join(combinations())}", "--rounding=nearest", "--no-range-search", "--runner=docker",
)  # fmt: skip
BUILDS = 60


class World:
    """Engines, store, scheduler and workers; `say` prints with the time."""

    def __init__(self, folder: Path, engines: dict[str, Engine]) -> None:
        self.folder = folder
        self.engines = engines
        self.began = time.monotonic()
        self.workers: dict[str, tuple[str, subprocess.Popen]] = {}
        self.killed: set[str] = set()
        self.main = ["-m", "edgecask"]
        self.started = 0
        self.scheduler: subprocess.Popen | None = None
        self.server: subprocess.Popen | None = None
        self.ports = {"scheduler": free_port(), "store": free_port()}
        certificates(folder)

    def say(self, text: str) -> None:
        print(f"{time.monotonic() - self.began:7.1f} s  {text}", flush=True)

    @property
    def cluster(self) -> list[str]:
        return client_options(self.folder, self.ports["scheduler"])

    def environment(self, name: str, engine_name: str | None = None) -> dict[str, str]:
        """Of a machine with folders of its own; by an engine's name it has that engine, else the user's."""
        home = self.folder / "machines" / name
        base = home / "base"
        if not base.exists():
            shutil.copytree(user_directories().home / "base", base)
        found = {
            **os.environ, "PYTHONPATH": str(REPOSITORY), "EDGECASK_HOME": str(home),
            "EDGECASK_STORE": str(home / "store"),
        }  # fmt: skip
        if engine_name is not None:
            found |= {"DOCKER_HOST": self.engines[engine_name].address, **self.s3()}
        return found

    def s3(self) -> dict[str, str]:
        return {
            "EDGECASK_REMOTE_STORE": "s3://team/edgecask", "AWS_ACCESS_KEY_ID": "team",
            "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.ports['store']}",
        }  # fmt: skip

    def start(self, command: list[str], log: str, environment: dict[str, str] | None = None) -> subprocess.Popen:
        with (self.folder / log).open("ab") as stream:
            return subprocess.Popen(
                [sys.executable, *command], stdout=stream, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                env=environment, cwd=self.folder,
            )  # fmt: skip

    def start_store(self) -> None:
        self.server = self.start(["-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.ports["store"])], "store.log")
        import boto3

        settings = self.s3()
        for _ in range(120):
            try:
                boto3.client(
                    "s3", endpoint_url=settings["AWS_ENDPOINT_URL"], region_name="us-east-1", aws_access_key_id="team",
                    aws_secret_access_key=SECRET,
                ).create_bucket(Bucket="team")  # fmt: skip
            except Exception:
                time.sleep(0.5)
            else:
                return
        raise RuntimeError("moto's server does not answer")

    def start_scheduler(self) -> None:
        command = scheduler_command(self.folder, self.ports["scheduler"])
        self.scheduler = self.start(command[1:], "scheduler.log", {**os.environ, "PYTHONPATH": str(REPOSITORY)})

    def start_scheduler_again(self) -> None:
        """Once it has died, and its workers with it."""
        for _, running in self.workers.values():
            running.wait(120)
        self.workers.clear()
        self.start_scheduler()

    def start_workers(self) -> None:
        for name in sorted(self.engines):
            self.start_worker(name)

    def start_worker(self, engine_name: str) -> None:
        name = f"{engine_name}-{self.started}"
        self.started += 1
        command = [*self.main, "worker", "--stages=1", f"--name={name}", "--runner=docker", *self.cluster]
        environment = self.environment(engine_name, engine_name)
        self.workers[name] = engine_name, self.start(command, f"worker-{name}.log", environment)

    def client(self, number: int) -> subprocess.Popen:
        return self.start(
            [*self.main, *MATRIX, *self.cluster, "--dist=dist"],
            f"client-{number}.log",
            self.environment("client", "one"),
        )

    def ran(self) -> list[tuple[str, str, str]]:
        """Worker, stage and key of all stages that workers say they ran."""
        found = []
        for log in sorted(self.folder.glob("worker-*.log")):
            for name, key in re.findall(r"^ran (.+) ([0-9a-f]{12}) in ", log.read_text(errors="replace"), re.MULTILINE):
                found.append((log.stem.removeprefix("worker-"), name, key))
        return found

    def fault(self, kind: str, chance: random.Random) -> None:
        """Do one harm, and mend what does not mend by itself."""
        if kind == "worker":
            name = chance.choice(sorted(self.workers))
            engine_name, running = self.workers.pop(name)
            running.kill()
            running.wait()
            self.killed.add(name)
            self.say(f"killed worker {name}")
            self.start_worker(engine_name)
        elif kind == "container":
            names = sorted(self.engines)
            chance.shuffle(names)
            for _ in range(100):
                running = [
                    each for name in names for each in self.engines[name].containers() if each.status == "running"
                ]
                if running:
                    break
                time.sleep(0.1)
            try:
                running[0].kill()
                self.say(f"killed a container of {running[0].labels['edgecask.stage']}")
            except Exception as error:  # it has just ended
                self.say(f"killed no container ({type(error).__name__})")
        elif kind == "store":
            self.server.kill()
            self.server.wait()
            away = chance.uniform(3, 15)
            self.say(f"killed the store's server, with all that it had, for {away:.0f} s")
            time.sleep(away)
            self.start_store()
        else:
            self.scheduler.kill()
            self.scheduler.wait()
            self.say("killed the scheduler")

    def stop(self) -> None:
        for _, running in self.workers.values():
            running.send_signal(signal.SIGTERM)
        for _, running in self.workers.values():
            try:
                running.wait(60)
            except subprocess.TimeoutExpired:
                running.kill()
        for running in (self.scheduler, self.server):
            if running is not None and running.poll() is None:
                running.kill()
                running.wait()


@pytest.fixture(scope="module")
def engines(engine_or_skip, tmp_path_factory) -> Iterator[dict[str, Engine]]:
    """Two engines with the images that builds of the demo model need."""
    if os.name != "posix" or os.geteuid() != 0 or not (shutil.which("dockerd") or Path("/usr/sbin/dockerd").exists()):
        pytest.skip("needs root and dockerd")
    client, directories = engine.connect(), user_directories()
    made = [ensure_image(directories, client, load_environment(name), print) for name in ENVIRONMENTS]
    names = [each["name"] for each in made]
    client.close()
    folder, keep = engines_folder(tmp_path_factory.mktemp("engines"))
    started: dict[str, Engine] = {}
    try:
        for name in ("one", "two"):
            started[name] = Engine(folder / name)
            started[name].take_images(names)
        yield started
    finally:
        for each in started.values():
            each.stop(keep=keep)


@pytest.fixture
def world(engines, tmp_path) -> Iterator[World]:
    made = World(tmp_path, engines)
    try:
        made.start_store()
        made.start_scheduler()
        yield made
    finally:
        made.stop()


def wait_for(running: subprocess.Popen, world: World, faults: list[tuple[int, str]], chance: random.Random) -> None:
    """Until the client ends, with each fault after so many stages."""
    deadline = time.monotonic() + LIMIT_SECONDS
    while running.poll() is None:
        assert time.monotonic() < deadline
        if faults and len(world.ran()) >= faults[0][0]:
            _, kind = faults.pop(0)
            world.fault(kind, chance)
        time.sleep(0.2)


def build_all(world: World, number: int, faults: list[tuple[int, str]], chance: random.Random) -> tuple[int, str]:
    """A client with a worker on each engine, until it ends; its exit code, and what it said."""
    world.start_workers()
    running = world.client(number)
    wait_for(running, world, faults, chance)
    said = (world.folder / f"client-{number}.log").read_text()
    world.say(f"client {number} ended with {running.returncode}: {said.splitlines()[-1]}")
    return running.returncode, said


def check(world: World, record_property) -> None:
    """What ran where and how often, that nothing is left over, and that every byte is what its name says."""
    ran = world.ran()
    count = collections.Counter(key for _, _, key in ran)
    twice = {key: [(worker, name) for worker, name, each in ran if each == key] for key, n in count.items() if n > 1}
    for key, places in twice.items():
        world.say(f"ran more than once: {key} {places}")
    by_engine = collections.Counter(worker.partition("-")[0] for worker, _, _ in ran)
    world.say(f"{len(ran)} stages ran, {len(count)} different ones: {dict(by_engine)}; {len(twice)} more than once")
    record_property("stages", len(ran))
    record_property("ran more than once", len(twice))
    healthy = [places for places in twice.values() if not {worker for worker, _ in places} & world.killed]
    assert not healthy, "no stage ran twice by two workers that were well"
    assert set(by_engine) == {"one", "two"}

    world.say("nothing is left over")
    world.stop()
    for name, each in world.engines.items():
        assert each.containers() == [] and each.volumes() == [], name
        home = world.folder / "machines" / name / "store"
        assert not list((home / "temporary").iterdir()), name
    for name in ("one", "two", "client"):
        home = world.folder / "machines" / name
        store = Store(Directories(home=home, store=home / "store").store)
        for path in store.root.glob("blobs/*/*"):
            assert sha256_bytes(path.read_bytes()) == path.name
        for path in store.root.glob("results/*/*"):
            assert parse_record(path.read_bytes(), key=path.name) is not None
    for path in world.folder.rglob("*.log"):
        assert SECRET not in path.read_text(errors="replace"), path


@pytest.mark.campaign
def test_sixty_builds_with_faults(world, tmp_path, record_property):
    seed = int(os.environ.get("EDGECASK_TEST_SEED") or random.SystemRandom().randrange(10**6))
    record_property("seed", seed)
    world.say(f"seed {seed}")
    chance = random.Random(seed)
    kinds = list(FAULTS)
    chance.shuffle(kinds)
    kinds.insert(len(kinds) // 2, "scheduler")
    faults = list(zip(sorted(chance.sample(range(5, STAGES_BEFORE_LAST), len(kinds))), kinds, strict=True))
    before = faults[: kinds.index("scheduler") + 1]
    after = faults[len(before) :]
    world.say(f"faults after so many stages: {', '.join(f'{kind} {count}' for count, kind in faults)}")

    code, said = build_all(world, 1, before, chance)
    assert not before and code not in (0, 1) and "Traceback" not in said
    assert "scheduler" in said

    world.start_scheduler_again()
    code, said = build_all(world, 2, after, chance)
    assert code == 0 and not after, said[-3000:]

    check(world, record_property)

    world.say("the same on one machine")
    done = subprocess.run(
        [sys.executable, "-m", "edgecask", *MATRIX, "--cluster=local:2", "--dist=alone"],
        env=world.environment("alone"), cwd=tmp_path, capture_output=True, text=True, timeout=LIMIT_SECONDS,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    world.say("compared")
    assert differing_files(tmp_path / "dist", tmp_path / "alone") == []
    assert len(list((tmp_path / "dist" / "matrix").glob("*/*/manifest.json"))) == BUILDS


TOY_BUILDS = 12
TOY_FAULTS = ("worker", "container", "store")
SUM = """
import time
from pipeline.harness import INPUTS, OUTPUTS
def run(parameters):
    time.sleep(1)
    numbers = [int(path.read_text()) for path in (INPUTS.iterdir() if INPUTS.is_dir() else ())]
    (OUTPUTS / "out").write_text(str(sum(numbers) + parameters["add"]))
    return {}
"""


def toy_graph(program, number: int) -> Graph:
    def node(name, *needs, add):
        inputs = {need: Output(node=need, file="out") for need in needs}
        return Node(name=name, program=program, outputs=("out",), inputs=inputs, parameters={"add": add})

    return Graph([node("shared", add=1), node("own", "shared", add=number), node("last", "own", "shared", add=1000)])


@pytest.mark.campaign
def test_small_programs_with_faults(world, tmp_path, monkeypatch, record_property):
    """The same engines, store and faults in some minutes: the stages add numbers."""
    seed = int(os.environ.get("EDGECASK_TEST_SEED") or random.SystemRandom().randrange(10**6))
    record_property("seed", seed)
    chance = random.Random(seed)
    pipeline = use_pipeline(tmp_path / "pipeline", monkeypatch)
    program = write_program(pipeline, "sum", SUM)
    world.main = [str(Path(__file__).with_name("toy_main.py")), str(pipeline)]
    kinds = list(TOY_FAULTS)
    chance.shuffle(kinds)
    kinds.insert(chance.randrange(1, 3), "scheduler")
    faults = list(zip(sorted(chance.sample(range(2, 20), len(kinds))), kinds, strict=True))
    world.say(f"seed {seed}: {', '.join(f'{kind} {count}' for count, kind in faults)}")
    for name, value in {**world.s3(), "DOCKER_HOST": world.engines["one"].address}.items():
        monkeypatch.setenv(name, value)
    environment = world.environment("client", "one")
    directories = Directories(home=Path(environment["EDGECASK_HOME"]), store=Path(environment["EDGECASK_STORE"]))
    store = open_store(directories, warn=world.say, patience_seconds=60)
    key_of = environment_keys(DockerRunner(directories))
    files = {"ca": "ca", "certificate": "certificate", "key": "key"}
    security = {name: str(tmp_path / f"{file}.pem") for name, file in files.items()}
    over = threading.Event()

    def harm() -> None:
        while faults and not over.wait(0.2):
            if len(world.ran()) >= faults[0][0]:
                world.fault(faults.pop(0)[1], chance)

    harming = threading.Thread(target=harm)
    harming.start()
    builds = []
    try:
        for attempt in range(2):
            world.start_workers()
            address = f"tls://127.0.0.1:{world.ports['scheduler']}"
            try:
                with open_cluster(address, slots=0, memory_mib=0, security=security, insecure=False) as client:
                    client.wait_for_workers(2, timeout=120)
                    builds = MatrixRun(
                        [toy_graph(program, number) for number in range(TOY_BUILDS)],
                        cluster=DaskCluster(client),
                        key=lambda stage: stage.key(key_of(stage.program.environment)),
                        find=store.find,
                        find_here=lambda key: store.find(key, here=True),
                        share=store.share,
                        ended=lambda number, build: None,
                        again=lambda name, done: world.say(f"{name} is tried again: {done.message}"),
                    ).run()
            except EngineError as error:
                world.say(f"the client says: {error}")
                assert attempt == 0 and "scheduler" in str(error)
                world.start_scheduler_again()
            else:
                break
    finally:
        over.set()
        harming.join()
    assert not faults
    assert [build.error for build in builds] == [None] * TOY_BUILDS
    for number, build in enumerate(builds):
        assert int(build.results["last"].outputs["out"].path.read_text()) == (1 + number) + 1 + 1000
    check(world, record_property)
