"""What is recorded, kept and exchanged while files change and commands run beside each other: real builds that race."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import pytest
from locations import REPOSITORY
from recording import RecordingDisplay

from edgecask import build as build_module
from edgecask.build import BuildRequest, build
from edgecask.files import sha256_file
from edgecask.package.manifest import MANIFEST, read_files_of, read_model_of
from edgecask.runner.venv import VirtualEnvironmentRunner
from edgecask.target import target as target_module

pytestmark = pytest.mark.extended


@contextmanager
def alternating(path, versions):
    """Rename one version after the other into place, again and again, as a training does with best.pt."""
    stop = threading.Event()

    def rename():
        for version in itertools.cycle(versions):
            shutil.copyfile(version, path.with_name("next"))
            os.replace(path.with_name("next"), path)
            if stop.wait(0.03):
                return

    thread = threading.Thread(target=rename)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def test_weights_that_are_replaced_while_a_build_runs(session_directories, checkpoints, tmp_path):
    versions = {REPOSITORY / "models" / "demo" / "demo.pt": 17, checkpoints / "five-keypoints.pt": 5}
    keypoints = {sha256_file(path): count for path, count in versions.items()}
    weights = tmp_path / "best.pt"
    shutil.copyfile(next(iter(versions)), weights)
    with alternating(weights, versions):
        package = build(
            BuildRequest(
                target="grove", weights=str(weights), image_size=96, rounding="nearest", output=tmp_path / "dist"
            ),
            directories=session_directories,
            runner=VirtualEnvironmentRunner(session_directories),
            display=RecordingDisplay(),
        )
    assert package.manifest["keypoints"] == keypoints[package.manifest["inputs"]["weights"]["sha256"]]
    assert package.manifest["outputs"][-1]["shape"][-1] == 3 * package.manifest["keypoints"]


def test_a_vela_config_that_is_replaced_while_a_build_runs(session_directories, demo_builds, tmp_path, monkeypatch):
    demo = demo_builds("venv")[0].manifest
    shutil.copytree(target_module.TARGETS, tmp_path / "targets")
    config = tmp_path / "targets" / "grove" / "vela_config.ini"
    versions = [tmp_path / "fast.ini", tmp_path / "slow.ini"]
    for version, clock in zip(versions, ("core_clock=400e6", "core_clock=100e6"), strict=True):
        version.write_text(config.read_text().replace("core_clock=400e6", clock))
    monkeypatch.setattr(build_module, "load_target", lambda name: target_module.load_target(name, tmp_path / "targets"))
    seen = set()
    with alternating(config, versions):
        for number in range(4):
            manifest = build(
                BuildRequest(target="grove", weights="demo", output=tmp_path / str(number)),
                directories=session_directories,
                runner=VirtualEnvironmentRunner(session_directories),
                display=RecordingDisplay(),
            ).manifest
            slow = manifest["metrics"]["npu_ms"] > 1.5 * demo["metrics"]["npu_ms"]
            assert manifest["inputs"]["vela_config_sha256"] == sha256_file(versions[slow])
            seen.add(slow)
    assert seen


def test_a_package_that_is_replaced_while_it_is_read(session_directories, demo_builds, tmp_path):
    """Two builds, made before, take each other's place; whoever reads gets the files of one."""
    demo_builds("venv")
    runner = VirtualEnvironmentRunner(session_directories)

    def put(zero_copy_concat):
        build(
            BuildRequest(target="grove", weights="demo", zero_copy_concat=zero_copy_concat, output=tmp_path),
            directories=session_directories,
            runner=runner,
            display=RecordingDisplay(),
        )
        return read_model_of(tmp_path / "grove", target="grove")[1]

    models = {put(True), put(False)}
    assert len(models) == 2
    stop, found, reports = threading.Event(), [], {}

    def read():
        while not stop.is_set():
            assert (tmp_path / "grove").is_dir()
            assert (tmp_path / "grove" / MANIFEST).is_file()
            found.append(read_model_of(tmp_path / "grove", target="grove")[1])
            files = read_files_of(tmp_path / "grove", target="grove")
            reports.setdefault(files["model.tflite"], set()).add(files["report.html"])

    failed = []

    def reader():
        try:
            read()
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=reader)
    thread.start()
    for number in range(8):
        put(number % 2 == 0)
    stop.set()
    thread.join()
    assert not failed and set(found) == models
    assert [len(reports[model]) for model in models] == [1, 1]


@pytest.fixture
def own_home(session_directories, tmp_path):
    """An EDGECASK_HOME of the test's own, with the environments of the user's."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "environments").symlink_to(session_directories.environments)
    return {**os.environ, "EDGECASK_HOME": str(home)}


def invoke(folder, environment, *arguments):
    return subprocess.Popen(
        [sys.executable, "-m", "invoke", "--search-root", REPOSITORY, *arguments],
        cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def test_cleaning_beside_a_running_build(own_home, environment_python, tmp_path):
    for name in ("export", "convert", "vela", "evaluate"):
        environment_python(name)
    running = invoke(tmp_path, own_home, "build", "--target=grove", "--weights=demo", "--imgsz=96", "--runner=venv")
    refused = 0
    while not list((tmp_path / "home").glob("running/*.json")):
        assert running.poll() is None, running.communicate()
        time.sleep(0.01)
    while running.poll() is None:
        cleaning = invoke(tmp_path, own_home, "clean")
        _, said = cleaning.communicate()
        if cleaning.returncode == 0:
            assert running.wait(5) == 0  # it had just ended
            break
        assert cleaning.returncode == 20
        assert "invoke" in said and f"(process {running.pid}) is at work in" in said and "nothing was removed" in said
        refused += 1
    output, errors = running.communicate()
    assert running.returncode == 0, output + errors
    assert refused >= 3
    cleaning = invoke(tmp_path, own_home, "clean")
    output, errors = cleaning.communicate()
    assert cleaning.returncode == 0, errors
    assert not (tmp_path / "dist" / "grove").exists()
    assert not (tmp_path / "home" / "store" / "blobs").exists()
    assert (tmp_path / "home" / "environments").is_symlink()


def test_dist_grove_is_a_link(session_directories, demo_builds, tmp_path):
    """Every later build used to fail."""
    demo_builds("venv")
    elsewhere = tmp_path / "large disk" / "models"
    elsewhere.mkdir(parents=True)
    dist = tmp_path / "dist"
    dist.mkdir()
    (dist / "grove").symlink_to(elsewhere)
    (dist / ".grove.old").symlink_to(tmp_path / "left by an older version")
    for _ in range(3):
        package = build(
            BuildRequest(target="grove", weights="demo", output=dist),
            directories=session_directories,
            runner=VirtualEnvironmentRunner(session_directories),
            display=RecordingDisplay(),
        )
        assert (dist / "grove").is_symlink() and (elsewhere / "model.tflite").is_file()
        assert read_model_of(package.folder, target="grove")[0].is_file()
        assert [path.name for path in (tmp_path / "large disk").iterdir()] == ["models"]
