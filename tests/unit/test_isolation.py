"""The walls around stages in virtual environments, tried by a stage; as root and as another user."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from isolation_probe import PROBE
from local_runner import LocalRunner
from toy_programs import make_pipeline, write_program

from edgecask.directories import Directories
from edgecask.errors import StageError
from edgecask.plan import program as program_module
from edgecask.plan.stage import Stage
from edgecask.runner import isolation
from edgecask.runner.environments.environment import load_environment
from edgecask.runner.isolation import Isolation, available_isolation
from edgecask.store.store import Store

NOBODY = 65534
WALLS = ["bubblewrap", "landlock"]
USERS = [pytest.param("same", id="this-user"), pytest.param("other", id="another-user")]


@pytest.fixture
def public():
    """A folder that every user may enter, which pytest's own are not."""
    folder = Path(tempfile.mkdtemp(prefix="edgecask-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(params=WALLS)
def wall(request):
    if request.param == "bubblewrap" and available_isolation().name != "bubblewrap":
        pytest.skip(f"no bubblewrap: {available_isolation().why}")
    if isolation.landlock_version() == 0:
        pytest.skip("this kernel has no Landlock")
    return request.param


@pytest.fixture
def run(public, monkeypatch, wall):
    """Run the source of a program with this Python behind a wall, as this user or another; its report."""
    programs = make_pipeline(public / "programs")
    monkeypatch.setattr(program_module, "PIPELINE", programs)
    environment = load_environment("vela")

    def call(source, parameters=None, *, user="same"):
        if user == "other" and os.geteuid() != 0:
            pytest.skip("only root may become another user")
        work = public / user
        work.mkdir(mode=0o700, exist_ok=True)
        (work / "scratch").mkdir(exist_ok=True)
        if user == "other":
            for path in (work, work / "scratch"):
                os.chown(path, NOBODY, NOBODY)

        monkeypatch.setattr(tempfile, "tempdir", str(work / "scratch"))

        program = write_program(programs, "toy", source)

        def stage_and_report():
            directories = Directories(home=work / "home", store=work / "store")
            runner = ThisPython(directories, isolation=Isolation(name=wall))
            blob = Store(directories.store).ingest_bytes(b"input")
            places = {"blob": str(blob.path), "environment": str(runner._folder(environment))}
            stage = Stage(
                name="toy", program=program, outputs=("out",), inputs={"in": blob},
                parameters={**(parameters or {}), **places},
            )  # fmt: skip
            (work / "results").mkdir(exist_ok=True)
            return runner.run(environment, stage, work / "results", lambda line: None)

        return as_user(NOBODY if user == "other" else None, stage_and_report)

    return call


class ThisPython(LocalRunner):
    """The Python that this one was made with: another user may run it."""

    def _folder(self, environment):
        folder = self._directories.environments / "this"
        (folder / "bin").mkdir(parents=True, exist_ok=True)
        if not (folder / "bin" / "python").exists():
            (folder / "bin" / "python").symlink_to(PUBLIC_PYTHON)
        return folder


PUBLIC_PYTHON = "/usr/bin/python3" if Path("/usr/bin/python3").exists() else sys.executable


def as_user(number, function):
    """What a function returns in a process of another user, or raises."""
    if number is None:
        return function()
    receiving, sending = os.pipe()
    process = os.fork()
    if process == 0:
        os.close(receiving)
        try:
            os.setgroups([])
            os.setgid(number)
            os.setuid(number)
            answer = {"value": function()}
        except BaseException as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        os.write(sending, json.dumps(answer).encode())
        os._exit(0)
    os.close(sending)
    with os.fdopen(receiving, "rb") as stream:
        answer = json.loads(stream.read())
    os.waitpid(process, 0)
    if "error" in answer:
        raise StageError(answer["error"])
    return answer["value"]


@contextmanager
def listening(public, user):
    """Sockets of the user's: one of the engine's kind, one on the loopback; as parameters."""
    with ExitStack() as stack:
        path = Path("/run") / f"edgecask-test-{os.getpid()}.sock" if os.geteuid() == 0 else public / "engine.sock"
        stack.callback(path.unlink, missing_ok=True)
        engine = stack.enter_context(socket.socket(socket.AF_UNIX))
        engine.bind(str(path))
        engine.listen()
        path.chmod(0o777)
        server = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        yield {"socket": str(path), "port": server.getsockname()[1]}


@pytest.mark.parametrize("user", USERS)
def test_a_stage_sees_its_environment_and_its_inputs_alone(run, public, wall, user):
    home = public / "home"
    home.mkdir()
    secret = home / "secret"
    secret.write_text("years of work")
    home.chmod(0o777)
    secret.chmod(0o666)
    nap = f"9{os.getpid()}.{time.monotonic_ns()}"
    with listening(public, user) as sockets:
        parameters = {"secret": str(secret), "client": os.getpid(), "nap": nap, **sockets}
        report = run(PROBE, parameters, user=user)
    allowed = set()
    if wall == "landlock" and os.geteuid() != 0:
        allowed = {"reach a socket of the engine"}  # it lies elsewhere than in /run
    if wall == "landlock":
        allowed |= {"make a namespace"}
    assert set(report["could"]) <= allowed
    assert report["needed"]["read its input"] == "input" and report["needed"]["write scratch"]
    assert not [name for name in report["needed"]["environment"] if "PROXY" in name.upper() or "TOKEN" in name]
    assert sorted(path.name for path in home.iterdir()) == ["secret"] and secret.read_text() == "years of work"
    assert not still_running(nap), "what the stage started outlived it"


def still_running(argument):
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it may end before it is read
            found += [line for line in [path.read_bytes()] if line == f"sleep\0{argument}\0".encode()]
    return found


GREEDY = "def run(p):\n    kept = [bytearray(b'1' * (1 << 20)) for _ in range(500)]\n"
MANY = """
import os, time
def run(p):
    for _ in range(1000):
        if os.fork() == 0:
            time.sleep(60)
            os._exit(0)
"""


def test_memory_is_limited_and_said(run, monkeypatch):
    monkeypatch.setenv("EDGECASK_STAGE_MEMORY", "128m")
    with pytest.raises(StageError, match=r"toy wanted more memory than the 0\.1 GB"):
        run(GREEDY)


@pytest.mark.extended
def test_processes_are_limited_but_for_root(run):
    with pytest.raises(StageError, match="toy died"):
        run(MANY, user="other" if os.geteuid() == 0 else "same")


def test_what_is_missing_is_said_in_one_line(monkeypatch):
    monkeypatch.setattr(isolation.shutil, "which", lambda name: None)
    monkeypatch.setattr(isolation, "landlock_version", lambda: 0)
    isolation.forget()
    try:
        found = available_isolation()
        assert (found.name, found.complete) == ("none", False)
        assert found.sentence == (
            "stages in virtual environments can read and write whatever you can and use the network "
            "(bwrap is not installed)"
        )
        monkeypatch.setattr(isolation, "landlock_version", lambda: 7)
        isolation.forget()
        assert available_isolation().name == "landlock" and not available_isolation().complete
        monkeypatch.setattr(isolation.platform, "system", lambda: "Darwin")
        isolation.forget()
        assert available_isolation().name == "none"
    finally:
        isolation.forget()


def test_a_client_that_is_killed_takes_its_stages_with_it(run, wall):
    """The harness sees the end of its input; see also tests/integration/test_stage_isolation.py."""
    nap = f"8{os.getpid()}.{time.monotonic_ns()}"
    source = (
        "import subprocess, time\n"
        f"def run(p):\n    subprocess.Popen(['sleep', '{nap}'], start_new_session=True)\n    time.sleep(600)\n"
    )
    process = os.fork()
    if process == 0:
        try:
            run(source)
        finally:
            os._exit(0)
    deadline = time.monotonic() + 20
    while not still_running(nap):
        assert time.monotonic() < deadline, "the stage did not start"
        time.sleep(0.05)
    os.kill(process, 9)
    os.waitpid(process, 0)
    while still_running(nap):
        assert time.monotonic() < deadline, "it outlived its client"
        time.sleep(0.05)
