"""What a user, or a stranger, may hand in: one clear line each, its own exit code, and nothing left behind."""

from __future__ import annotations

import functools
import io
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from recording import RecordingDisplay

from edgecask.build import BuildRequest, build
from edgecask.directories import REPOSITORY, Directories
from edgecask.errors import CalibrationError, CompileError, ModelError, StageError, StorageError, WeightsError
from edgecask.plan.model_stages import compile_stage
from edgecask.runner.executor import Execution
from edgecask.store.store import Store
from edgecask.target.target import load_target

extended = functools.partial(pytest.param, marks=pytest.mark.extended)


@pytest.fixture(scope="module")
def own_directories(session_directories, tmp_path_factory):
    """The same with a store that no other file's tests write to meanwhile."""
    return replace(session_directories, store=tmp_path_factory.mktemp("store"))


@pytest.fixture
def attempt(runner, own_directories, tmp_path):
    """Build with something wrong in it and see that nothing half-written stays."""

    def call(**request):
        output = tmp_path / "dist"
        display = RecordingDisplay()
        try:
            return build(
                BuildRequest(**{"target": "grove", "weights": "demo", "output": output, **request}),
                directories=own_directories,
                runner=runner,
                display=display,
            )
        finally:
            assert not output.exists()
            assert list((own_directories.store / "temporary").iterdir()) == []
            if runner.name == "docker":
                assert runner.client.containers.list(all=True, filters={"label": f"edgecask.run={runner._run}"}) == []

    return call


@pytest.mark.parametrize(
    ("name", "error", "words"),
    [
        ("garbage.pt", WeightsError, "garbage.pt is damaged or not a checkpoint|garbage.pt was not loaded"),
        ("truncated.pt", WeightsError, "truncated.pt is damaged"),
        extended("state-dict.pt", WeightsError, "state-dict.pt holds no model"),
        extended("three-classes.pt", ModelError, "three-classes.pt has 3 classes"),
        extended("two-values.pt", ModelError, "two-values.pt has 2 values a keypoint"),
        ("p6.pt", ModelError, "p6.pt has strides"),
    ],
)
def test_weights_that_do_not_fit(attempt, checkpoints, name, error, words):
    with pytest.raises(error, match=words):
        attempt(weights=str(checkpoints / name))


def test_a_number_of_keypoints_that_is_fixed_in_the_firmware(attempt, checkpoints):
    with pytest.raises(ModelError, match=r"five-keypoints.pt has 5 keypoints; the firmware decodes exactly 17"):
        attempt(target="grove-himax", weights=str(checkpoints / "five-keypoints.pt"))


@pytest.mark.parametrize("name", ["evil.pt", extended("constructor.pt"), extended("evil-legacy.pt")])
def test_a_strangers_code_does_not_run(attempt, checkpoints, name):
    with pytest.raises(WeightsError, match=f"{name} was not loaded, for safety"):
        attempt(weights=str(checkpoints / name))
    assert not (checkpoints / "pwned").exists()


def test_one_broken_image_is_named(attempt, tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    good = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(good, "JPEG")
    (folder / "a.jpg").write_bytes(good.getvalue())
    (folder / "b.JPG").write_bytes(good.getvalue()[:200])
    with pytest.raises(CalibrationError, match=r"b\.JPG: it cannot be decoded"):
        attempt(calibration=folder)


def test_an_empty_calibration_folder(attempt, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(CalibrationError, match="holds no picture"):
        attempt(calibration=tmp_path / "empty")


def test_operators_left_on_the_cpu_are_named(runner, session_directories, environment_python, tmp_path):
    """Vela itself exits with 0 here."""
    from edgecask.target.acceptance import refuse_cpu_operators

    script = Path(__file__).with_name("make_cpu_model.py")
    model = tmp_path / "cpu.tflite"
    subprocess.run([environment_python("convert"), script, model], check=True, capture_output=True)
    store = Store(session_directories.store)
    target = load_target("grove")
    execution = Execution(directories=session_directories, store=store, runner=runner, display=RecordingDisplay())
    stage = compile_stage(target, model=store.ingest(model), vela_config=store.ingest(target.vela_config))
    result = execution.run(replace(stage, name="compile"))
    with pytest.raises(CompileError, match=r"operators stay on the CPU.*GATHER_ND"):
        refuse_cpu_operators(target, result)


def test_a_damaged_model_or_configuration_for_vela(runner, session_directories):
    store = Store(session_directories.store)
    target = load_target("grove")
    execution = Execution(directories=session_directories, store=store, runner=runner, display=RecordingDisplay())
    config = store.ingest(target.vela_config)
    with pytest.raises((CompileError, StageError)):
        execution.run(compile_stage(target, model=store.ingest_bytes(b"TFL3" * 100), vela_config=config))
    with pytest.raises((CompileError, StageError)):
        execution.run(
            compile_stage(
                target, model=store.ingest_bytes(b"not a model"), vela_config=store.ingest_bytes(b"[nothing]\n")
            )
        )


def test_a_foreign_folder_in_dist_is_not_replaced(runner, session_directories, tmp_path, demo_builds):
    demo_builds(runner.name)
    (tmp_path / "grove").mkdir()
    (tmp_path / "grove" / "thesis.txt").write_text("years of work")
    with pytest.raises(StorageError, match="not a package"):
        build(
            BuildRequest(target="grove", weights="demo", output=tmp_path),
            directories=session_directories,
            runner=runner,
            display=RecordingDisplay(),
        )
    assert (tmp_path / "grove" / "thesis.txt").read_text() == "years of work"


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small file system needs root")
def test_no_space_left(session_directories, tmp_path, demo_builds):
    """A store on a file system of 8 MB."""
    demo_builds("venv")
    small = tmp_path / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", small], check=True)
    try:
        result = subprocess.run(
            [sys.executable, "-m", "invoke", "--search-root", REPOSITORY, "build", "--target=grove", "--weights=demo",
             "--runner=venv"],
            cwd=tmp_path, capture_output=True, text=True, check=False,
            env={**os.environ, "EDGECASK_STORE": str(small / "store")},
        )  # fmt: skip
        assert result.returncode == 20, result.stderr
        assert result.stderr.strip().splitlines()[-1].startswith(f"error: No space left on the device of {small}/store")
        assert "Traceback" not in result.stderr and not (tmp_path / "dist").exists()
        assert list((small / "store" / "temporary").iterdir()) == []
    finally:
        subprocess.run(["umount", small], check=True)


def test_a_damaged_store_is_made_again(runner, session_directories, demo_builds, tmp_path):
    package, _ = demo_builds(runner.name)
    copy = Directories(home=session_directories.home, store=tmp_path / "store")
    # What other processes are writing at this moment is not whole.
    shutil.copytree(session_directories.store, copy.store, ignore=shutil.ignore_patterns("temporary", "*.temporary"))
    blob = copy.store / "blobs" / package.manifest["model"]["sha256"][:2] / package.manifest["model"]["sha256"]
    blob.chmod(0o644)
    with blob.open("r+b") as stream:
        stream.seek(1000)
        stream.write(b"damage")
    display = RecordingDisplay()
    again = build(
        BuildRequest(target="grove", weights="demo", output=tmp_path / "dist"),
        directories=copy,
        runner=runner,
        display=display,
    )
    assert display.ran == ["compile"]
    assert again.manifest == package.manifest
