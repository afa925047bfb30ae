"""What a stage can and cannot do, and that nothing stays behind, with the real engine."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time

import pytest
from toy_programs import use_pipeline, write_program

from edgecask.directories import REPOSITORY, Directories, user_directories
from edgecask.errors import StageError
from edgecask.plan.graph import Node
from edgecask.progress import PlainDisplay
from edgecask.runner.container.runner import DockerRunner
from edgecask.runner.executor import Execution
from edgecask.store.store import Store

PROBE = """
import json, os, socket
from pathlib import Path
from pipeline.harness import OUTPUTS

def attempt(function):
    try:
        function()
        return "allowed"
    except OSError as error:
        return type(error).__name__

def status(name):
    return next(l.split()[1] for l in Path("/proc/self/status").read_text().splitlines() if l.startswith(name))

def run(parameters):
    found = {
        "uid": os.getuid(),
        "capabilities": int(status("CapEff"), 16),
        "bounding": int(status("CapBnd"), 16),
        "no_new_privileges": status("NoNewPrivs"),
        "interfaces": sorted(name for _, name in socket.if_nameindex()),
        "connect": attempt(lambda: socket.create_connection(("192.0.2.1", 80), timeout=2)),
        "write_root": attempt(lambda: Path("/opt/environment/x").write_text("x")),
        "write_etc": attempt(lambda: Path("/etc/x").write_text("x")),
        "environment": sorted(os.environ),
        "torch": attempt(lambda: __import__("ethosu")),
    }
    (OUTPUTS / "out").write_text(json.dumps(found))
    return found
"""


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
    return runner.client.containers.list(all=True, filters=label) + runner.client.volumes.list(filters=label)


def test_a_container_can_do_nothing_but_compute(docker_execution):
    found = docker_execution(PROBE).report
    assert found["uid"] == 1000
    assert found["capabilities"] == found["bounding"] == 0
    assert found["no_new_privileges"] == "1"
    assert found["interfaces"] == ["lo"]
    assert found["connect"] != "allowed"
    assert found["write_root"] != "allowed" and found["write_etc"] != "allowed"
    assert not [name for name in found["environment"] if "PIP" in name or "PROXY" in name.upper()]


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


def test_a_container_that_was_never_started_is_swept(engine_or_skip, real_directories):
    from edgecask.runner.container.runner import CLIENT_LABEL, RUN_LABEL, client_identity

    runner = DockerRunner(real_directories, run=f"test-sweep-{os.getpid()}")
    image = next(image for image in runner.client.images.list(filters={"label": "edgecask.environment"}))
    boot, process, _ = client_identity().split("/")
    gone, alive = f"{boot}/{process}/0", client_identity()
    for identity in (gone, alive):
        runner.client.containers.create(image.id, "true", labels={RUN_LABEL: runner._run, CLIENT_LABEL: identity})
    another = DockerRunner(real_directories)
    assert another.client
    try:
        assert [container.labels[CLIENT_LABEL] for container in leftovers(runner)] == [alive]
    finally:
        for container in leftovers(runner):
            container.remove(force=True)


def wait_for(condition, seconds):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.2)
