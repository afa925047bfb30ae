"""Builds that several tests look at, made once."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy
import pytest
from filelock import FileLock
from locations import BOTH_RUNNERS, REPOSITORY
from recording import RecordingDisplay

from edgecask.build import BuildRequest, build
from edgecask.directories import Directories, user_directories
from edgecask.runner.container.runner import DockerRunner
from edgecask.runner.environments.environment import load_environment
from edgecask.runner.executor import Execution
from edgecask.runner.venv import VirtualEnvironmentRunner
from edgecask.store.store import Store

FOLDER = Path(__file__).parent


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory) -> Path:
    """A folder of this test run's own, which its processes share."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "run"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def made_once(run_folder):
    """A folder of the test run that is made by the first process to ask for it, and then used by all."""

    def get(name: str, make: Callable[[Path], object]) -> Path:
        folder, ready = run_folder / name, run_folder / f"{name}.ready"
        with FileLock(run_folder / f"{name}.lock"):
            if not ready.exists():
                shutil.rmtree(folder, ignore_errors=True)  # of an attempt that failed
                folder.mkdir()
                make(folder)
                ready.touch()
        return folder

    return get


@pytest.fixture(scope="session")
def session_directories(run_folder) -> Directories:
    """The user's wheels, environments and images, with a store of this test run's own: a stage runs once in it."""
    return Directories(home=user_directories().home, store=run_folder / "store")


def runner_for(name: str, directories: Directories):
    return DockerRunner(directories) if name == "docker" else VirtualEnvironmentRunner(directories)


@pytest.fixture(scope="session", params=BOTH_RUNNERS)
def runner(request, session_directories):
    """Both runners, one after the other."""
    if request.param == "docker":
        request.getfixturevalue("engine_or_skip")
    return runner_for(request.param, session_directories)


@pytest.fixture(scope="session")
def execution(session_directories) -> Execution:
    """Stages in virtual environments."""
    return Execution(
        directories=session_directories,
        store=Store(session_directories.store),
        runner=VirtualEnvironmentRunner(session_directories),
        display=RecordingDisplay(),
    )


@pytest.fixture(scope="session")
def environment_python(session_directories):
    """The Python of a stage environment, for scripts of the tests."""

    def find(name: str) -> Path:
        runner = VirtualEnvironmentRunner(session_directories)
        environment = load_environment(name)
        runner.prepare(environment, print)
        return runner._folder(environment) / "bin" / "python"

    return find


@pytest.fixture(scope="session")
def checkpoints(environment_python, made_once) -> Path:
    """A folder of small checkpoints, good and bad, written by the real libraries."""
    script = Path(__file__).with_name("make_checkpoints.py")

    def make(folder):
        subprocess.run([environment_python("export"), script, folder], check=True, capture_output=True)

    return made_once("checkpoints", make)


@pytest.fixture(scope="session")
def detectors(environment_python, made_once) -> Path:
    """Checkpoints of 1, 3, 64, 80 and 100 classes, and two others."""
    script = REPOSITORY / "tests" / "data" / "make_detection_checkpoints.py"

    def make(folder):
        subprocess.run([environment_python("export"), script, folder], check=True, capture_output=True)

    return made_once("detectors", make)


@pytest.fixture(scope="session")
def demo_builds(request, session_directories, tmp_path_factory):
    """dist/grove from the demo weights, by runner."""
    made = {}

    def get(name: str):
        if name not in made:
            display = RecordingDisplay()
            output = tmp_path_factory.mktemp(f"dist-{name}")
            package = build(
                BuildRequest(target="grove", weights="demo", output=output),
                directories=session_directories,
                runner=runner_for(name, session_directories),
                display=display,
            )
            made[name] = (package, display)
        return made[name]

    return get


def run_script(*command) -> str:
    """What a script prints; the test fails with what it said where it does."""
    ran = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.fixture
def outputs_equal(environment_python, tmp_path):
    """Whether a file gives on a simulated NPU what TFLite gives for its twin, and on how many multipliers."""

    def compare(folder, file):
        inputs, expected_path, found_path = (tmp_path / name for name in ("in.npy", "expected.npz", "found.npz"))
        twin = folder / "host" / "model.tflite"
        run_script(environment_python("convert"), FOLDER / "run_reference_kernels.py", twin, inputs, expected_path)
        script = [FOLDER / "run_on_simulated_npu.py", REPOSITORY, folder / file, inputs, found_path, "both"]
        said = json.loads(run_script(environment_python("vela"), *script))
        expected, found = numpy.load(expected_path), numpy.load(found_path)
        assert said["hazards"] == 0 and sorted(found.files) == sorted(expected.files)
        assert any(len(numpy.unique(expected[name])) > 16 for name in expected.files)  # they say something
        return all(numpy.array_equal(found[name], expected[name]) for name in expected.files)

    return compare
