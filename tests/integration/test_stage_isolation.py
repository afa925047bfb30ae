"""What a stage can and cannot do, and that nothing stays behind, with the real engine."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
import time

import pytest
from isolation_probe import PROBE
from locations import BOTH_RUNNERS
from toy_programs import use_pipeline, write_program

from edgecask.directories import REPOSITORY, Directories, user_directories
from edgecask.errors import StageError
from edgecask.plan.data_stages import drawing_stage
from edgecask.plan.graph import Node
from edgecask.plan.stage import Stage
from edgecask.progress import PlainDisplay
from edgecask.runner.container.runner import DockerRunner
from edgecask.runner.environments.environment import load_environment
from edgecask.runner.executor import Execution
from edgecask.runner.isolation import Isolation, available_isolation
from edgecask.runner.venv import VirtualEnvironmentRunner
from edgecask.store.owner import own_identity
from edgecask.store.store import Store


@pytest.fixture
def docker_execution(engine_or_skip, tmp_path, monkeypatch):
    programs = use_pipeline(tmp_path / "programs", monkeypatch)
    directories = Directories(home=user_directories().home, store=tmp_path / "store")
    execution = Execution(
        directories=directories,
        store=Store(directories.store),
        runner=DockerRunner(directories),
        display=PlainDisplay(),
    )

    def run(source):
        program = write_program(programs, "toy", textwrap.dedent(source))
        return execution.run(Node(name="toy", program=program, outputs=("out",)))

    run.runner = execution.runner
    yield run
    assert leftovers(execution.runner) == []


def leftovers(runner):
    label = {"label": f"edgecask.run={runner._run}"}
    return runner.client.containers.list(all=True, filters=label, ignore_removed=True) + runner.client.volumes.list(
        filters=label
    )


FACTS = """
import os, socket
from pathlib import Path
from pipeline.harness import OUTPUTS

def status(name):
    return next(l.split()[1] for l in Path("/proc/self/status").read_text().splitlines() if l.startswith(name))

def run(parameters):
    (OUTPUTS / "out").touch()
    return {
        "uid": os.getuid(),
        "capabilities": int(status("CapEff"), 16),
        "no_new_privileges": status("NoNewPrivs"),
        "interfaces": sorted(name for _, name in socket.if_nameindex()),
    }
"""


def test_a_container_can_do_nothing_but_compute(docker_execution):
    found = docker_execution(FACTS).report
    assert found == {"uid": 1000, "capabilities": 0, "no_new_privileges": "1", "interfaces": ["lo"]}


@pytest.mark.parametrize("runner_name", BOTH_RUNNERS)
def test_a_stage_reaches_nothing_but_what_it_was_given(request, runner_name, real_directories, tmp_path, monkeypatch):
    """With the real environments; tests/unit/test_isolation.py has every wall, as root and as another user."""
    if runner_name == "docker":
        request.getfixturevalue("engine_or_skip")
        runner = DockerRunner(real_directories)
    else:
        runner = VirtualEnvironmentRunner(real_directories)
        if not runner.isolation.complete:
            pytest.skip(runner.isolation.sentence)
    programs = use_pipeline(tmp_path / "programs", monkeypatch)
    store = Store(tmp_path / "store")
    secret = tmp_path / "home" / "secret"
    secret.parent.mkdir()
    secret.write_text("years of work")
    blob = store.ingest_bytes(b"input")
    environment = load_environment("vela")
    runner.prepare(environment, lambda line: None)
    place = "/opt/environment" if runner_name == "docker" else str(runner._folder(environment))
    with socket.create_server(("127.0.0.1", 0)) as server:
        stage = Stage(
            name="toy",
            program=write_program(programs, "toy", PROBE),
            outputs=("out",),
            inputs={"in": blob},
            parameters={
                "secret": str(secret), "blob": str(blob.path), "environment": place, "client": os.getpid(),
                "nap": "1", "socket": "/var/run/docker.sock", "port": server.getsockname()[1],
            },
        )  # fmt: skip
        (tmp_path / "results").mkdir()
        report = runner.run(environment, stage, tmp_path / "results", lambda line: None)
    could = set(report["could"])
    if runner_name == "docker":
        could -= {"write its input", "write its program"}  # copies of its own
        could -= {"signal the client", "see the client's variables"}  # a process of its own with that number
        could -= {"read /etc/shadow"} if os.geteuid() else set()
    assert could == set()
    assert report["needed"]["uid"] == 1000 and report["needed"]["read its input"] == "input"
    assert not [name for name in report["needed"]["environment"] if "PIP" in name or "PROXY" in name.upper()]
    assert secret.read_text() == "years of work"


def test_a_users_proxy_and_its_password_reach_no_stage(docker_execution, tmp_path, monkeypatch):
    """Docker's client adds what its configuration has for containers (proxies) to every one it makes."""
    configuration = tmp_path / "docker"
    configuration.mkdir()
    proxies = {"default": {"httpProxy": "http://user:secret@proxy:3128", "noProxy": "localhost"}}
    (configuration / "config.json").write_text(json.dumps({"proxies": proxies}))
    monkeypatch.setenv("DOCKER_CONFIG", str(configuration))
    docker_execution.runner._client = None  # it reads that when it connects
    names = docker_execution(
        "import os\nfrom pipeline.harness import OUTPUTS\n"
        "def run(p):\n    (OUTPUTS / 'out').touch()\n    return {'names': sorted(os.environ)}\n"
    ).report["names"]
    assert "HOME" in names and not [name for name in names if "proxy" in name.lower()]


def test_a_failed_stage_leaves_nothing(docker_execution):
    with pytest.raises(StageError, match="exit code 1"):
        docker_execution("def run(p): raise RuntimeError('no')")


def test_too_much_memory_is_killed_and_said(docker_execution, monkeypatch):
    monkeypatch.setenv("EDGECASK_STAGE_MEMORY", "64m")
    with pytest.raises(StageError, match="killed"):
        docker_execution("def run(p):\n    x = [bytearray(b'1' * (1 << 20)) for _ in range(500)]")


def test_too_many_processes_are_refused(docker_execution):
    with pytest.raises(StageError):
        docker_execution("import subprocess\ndef run(p):\n    [subprocess.Popen(['sleep', '60']) for _ in range(1000)]")


def test_only_expected_files_come_out(docker_execution):
    source = """
        import os
        from pipeline.harness import OUTPUTS
        def run(p):
            os.symlink("/etc/passwd", OUTPUTS / "out")
            (OUTPUTS / "surprise").write_text("x")
            return {}
    """
    with pytest.raises(StageError, match="without writing out"):
        docker_execution(source)


CLIENT = """
import sys
from dataclasses import replace
from pathlib import Path
from edgecask.plan import program as program_module
from edgecask.cli.exit_codes import reported
from edgecask.directories import Directories, user_directories
from edgecask.progress import PlainDisplay
from edgecask.runner.executor import Execution
from edgecask.runner.container.runner import DockerRunner
from edgecask.plan.graph import Graph, Node, Output
from edgecask.store.store import Store
from toy_programs import make_pipeline, write_program

root = Path(sys.argv[1])
programs = make_pipeline(root / "programs")
program_module.PIPELINE = programs
SOURCES = {"toy": "import time\\ndef run(p): time.sleep(600)", "later": "def run(p): return {}"}
directories = Directories(home=user_directories().home, store=root / "store")
runner = DockerRunner(directories, run=sys.argv[2])
execution = Execution(directories=directories, store=Store(directories.store), runner=runner, display=PlainDisplay())
toy, later = (
    Node(name=name, program=write_program(programs, name, source), outputs=("out",))
    for name, source in SOURCES.items()
)

def work():
    execution.run_graph(Graph([toy, replace(later, inputs={"in": Output(node="toy", file="out")})]))

reported(work)()
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_an_ended_client_leaves_nothing(engine_or_skip, tmp_path, real_directories, number):
    runner = DockerRunner(real_directories, run=f"test-{os.getpid()}-{number}")
    client = subprocess.Popen(
        [sys.executable, "-c", CLIENT, tmp_path, runner._run],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY / "tests")},
        stderr=subprocess.PIPE,
        text=True,
        # As on a terminal: what a shell starts in the background ignores Ctrl-C, and so would its children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    try:
        # The stage at work, and the one that was started ahead of time.
        wait_for(lambda: sum(getattr(found, "status", "") == "running" for found in leftovers(runner)) == 2, 120)
        client.send_signal(number)
        _, errors = client.communicate(timeout=30)
    finally:
        client.kill()
    if number != signal.SIGKILL:
        assert client.returncode == 130
        assert errors.strip().startswith("error: Interrupted") and "Traceback" not in errors
    wait_for(lambda: not leftovers(runner), 20)


def is_swept(directories, name, make) -> None:
    """Of two containers that `make` makes, that of a client which is gone goes, that of a living one stays."""
    from edgecask.runner.container.runner import CLIENT_LABEL, RUN_LABEL

    runner = DockerRunner(directories, run=f"test-{name}-{os.getpid()}")
    image = next(image for image in runner.client.images.list(filters={"label": "edgecask.environment"}))
    machine, process, _ = own_identity().split("-")
    gone, alive = f"{machine}-{process}-0", own_identity()
    for identity in (gone, alive):
        make(runner.client.containers, image.id, {RUN_LABEL: runner._run, CLIENT_LABEL: identity})
    another = DockerRunner(directories)
    assert another.client
    try:
        assert [container.labels[CLIENT_LABEL] for container in leftovers(runner)] == [alive]
    finally:
        for container in leftovers(runner):
            container.remove(force=True)


def test_a_container_that_was_never_started_is_swept(engine_or_skip, real_directories):
    is_swept(
        real_directories, "sweep", lambda containers, image, labels: containers.create(image, "true", labels=labels)
    )


def test_a_container_in_which_a_killed_client_was_installing_is_swept_while_it_runs(engine_or_skip, real_directories):
    from edgecask.runner.container.installation import INSTALLING_LABEL

    def install(containers, image, labels):
        labels = {**labels, INSTALLING_LABEL: "yes"}
        containers.run(image, ["sleep", "600"], detach=True, network_mode="none", labels=labels)

    is_swept(real_directories, "installing", install)


def test_a_volume_that_a_stopped_engine_left_is_swept(engine_or_skip, real_directories):
    from edgecask.runner.container.runner import CLIENT_LABEL

    client = DockerRunner(real_directories).client
    machine, process, _ = own_identity().split("-")
    gone, alive = (
        client.volumes.create(labels={CLIENT_LABEL: identity})
        for identity in (f"{machine}-{process}-0", own_identity())
    )
    try:
        assert DockerRunner(real_directories).client
        there = {volume.name for volume in client.volumes.list()}
        assert alive.name in there and gone.name not in there
    finally:
        alive.remove()


def wait_for(condition, seconds):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.2)


@pytest.mark.extended
def test_the_bytes_are_the_same_behind_every_wall(real_directories, tmp_path):
    found = {}
    for name in ("bubblewrap", "landlock", "none"):
        if name == "bubblewrap" and available_isolation().name != name:
            continue
        runner = VirtualEnvironmentRunner(real_directories, isolation=Isolation(name=name))
        store = Store(tmp_path / name)
        execution = Execution(directories=real_directories, store=store, runner=runner, display=PlainDisplay())
        node = drawing_stage(split="train", number=0, first=0, count=3, seed=0, image_size=192, facing=95)
        result = execution.run(node)
        assert result.toolchain["isolation"] == name
        found[name] = {output: blob.sha256 for output, blob in result.outputs.items()}
    assert len(found) > 1 and all(outputs == found["none"] for outputs in found.values())
