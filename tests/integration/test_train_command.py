"""Training through the command line, in both runners: stopped in every way, resumed, and built from."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import signal
import subprocess
import sys

import pytest
from conftest import runner_for
from draw_figures import draw_data_set
from locations import BOTH_RUNNERS
from PIL import Image

from edgecask.build import BuildRequest, build
from edgecask.data.dataset import label_path
from edgecask.directories import REPOSITORY
from edgecask.runner.venv import GPU_DEVICE

EPOCHS = 8


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder of a user's with pictures and the description of a small network."""
    folder = tmp_path_factory.mktemp("user")
    draw_data_set(folder / "data")
    (folder / "small.yaml").write_text("scale: [0.33, 0.125, 128]\n")
    return folder


def start(folder, *options):
    """`invoke train` in a process of its own."""
    command = [sys.executable, "-m", "invoke", f"--search-root={REPOSITORY}", "train", *options]
    return subprocess.Popen(
        command,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # As on a terminal: what a shell starts in the background ignores Ctrl-C, and so would its children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def new(runner, name, **changes):
    options = {
        "data": "data/data.yaml", "weights": "small.yaml", "imgsz": 64, "epochs": EPOCHS, "batch": 8,
        "activation": "relu6", "runner": runner, "name": name, **changes,
    }  # fmt: skip
    return [f"--{name}={value}" for name, value in options.items()]


def stop_after(process, epoch, number):
    """Send a signal once an epoch has ended; what was written to standard error."""
    for line in process.stdout:
        if re.match(rf"epoch +{epoch}/", line):
            process.send_signal(number)
            break
    _, errors = process.communicate(timeout=60)
    return errors


def finish(process):
    output, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    return output


def package_of(folder, runner, directories, output):
    """What a build for the Grove makes of a training that nothing disturbed."""
    from recording import RecordingDisplay

    return build(
        BuildRequest(
            target="grove",
            weights=str(folder / "runs" / f"{runner}-whole" / "best.pt"),
            image_size=64,
            rounding="nearest",
            calibration=folder / "data" / "train" / "images",
            output=output,
        ),
        directories=directories,
        runner=runner_for(runner, directories),
        display=RecordingDisplay(),
    )


@pytest.fixture(scope="module", params=BOTH_RUNNERS)
def trained(request, folder):
    """The name of a runner, and what an undisturbed training said; its folder is runs/RUNNER-whole."""
    if request.param == "docker":
        request.getfixturevalue("engine_or_skip")
    return request.param, finish(start(folder, *new(request.param, f"{request.param}-whole")))


def test_a_training_leaves_checkpoints_curves_and_mosaics(folder, trained):
    runner, output = trained
    run = folder / "runs" / f"{runner}-whole"
    assert {"best.pt", "last.pt", "results.csv", "results.png", "run.json", "val_batch0_pred.jpg"} <= {
        path.name for path in run.iterdir()
    }
    assert not list(run.glob(".*"))
    lines = [line for line in output.splitlines() if line.startswith("epoch ")]
    assert [line.split()[1] for line in lines] == [f"{epoch}/{EPOCHS}" for epoch in range(1, EPOCHS + 1)]
    assert all("pose mAP50" in line and "box " in line for line in lines) and "left" in lines[0]
    rows = list(csv.DictReader((run / "results.csv").open()))
    assert float(rows[-1]["train/pose_loss"]) < float(rows[0]["train/pose_loss"])
    record = json.loads((run / "run.json").read_text())
    assert record["finished"] and record["result"]["activation"] == "relu6"
    assert record["result"]["images"] == {"train": 24, "val": 8}


def test_a_training_of_the_same_inputs_is_not_run_again(folder, trained):
    runner, _ = trained
    before = (folder / "runs" / f"{runner}-whole" / "best.pt").stat().st_mtime_ns
    output = finish(start(folder, *new(runner, f"{runner}-whole")))
    assert "this very training" in output and "epoch" not in output
    assert (folder / "runs" / f"{runner}-whole" / "best.pt").stat().st_mtime_ns == before


@pytest.mark.extended
def test_a_stopped_training_goes_on_to_the_very_same_weights(folder, trained):
    runner, _ = trained
    run = folder / "runs" / f"{runner}-stopped"
    process = start(folder, *new(runner, run.name))
    errors = stop_after(process, 2, signal.SIGINT)
    assert process.returncode == 130
    assert errors.startswith("error: Interrupted after epoch") and f"--resume --name={run.name}" in errors
    assert "Traceback" not in errors and not list(run.glob(".*"))
    done = json.loads((run / "run.json").read_text())["epochs_done"]
    assert 2 <= done < EPOCHS and len((run / "results.csv").read_text().splitlines()) == done + 1

    process = start(folder, "--resume", f"--name={run.name}", f"--runner={runner}")  # and is killed outright
    stop_after(process, done + 1, signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    assert len((run / "results.csv").read_text().splitlines()) >= done + 2

    output = finish(start(folder, "--resume", f"--runner={runner}"))
    assert output.startswith(f"resuming runs/{run.name} after epoch")
    for name in ("best.pt", "last.pt", "results.csv"):
        assert (run / name).read_bytes() == (folder / "runs" / f"{runner}-whole" / name).read_bytes(), name


def test_nothing_is_left_running(folder, trained):
    if trained[0] == "docker":
        from edgecask.runner.container.engine import connect

        containers = connect().containers.list(all=True, filters={"label": "edgecask.stage=train"}, ignore_removed=True)
        alive = [one for one in containers if one.labels["edgecask.client"].split("/")[1] == str(os.getpid())]
        assert alive == []


def test_data_that_changed_is_not_resumed_on(folder, tmp_path):
    data = draw_data_set(tmp_path / "data", train=8, val=4)
    (tmp_path / "small.yaml").write_bytes((folder / "small.yaml").read_bytes())
    process = start(tmp_path, *new("venv", "run", epochs=50))
    stop_after(process, 1, signal.SIGINT)
    (data.parent / "train" / "labels" / "000.txt").write_text("")
    process = start(tmp_path, "--resume", "--runner=venv")
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 2 and "pictures or labels of data/data.yaml changed" in errors


def test_the_trained_network_becomes_a_package(folder, trained, session_directories, tmp_path):
    """Five keypoints, ReLU6 throughout: what Vela makes of it runs on the NPU alone."""
    package = package_of(folder, trained[0], session_directories, tmp_path)
    assert package.manifest["metrics"]["cpu_ops"] == 0
    assert package.manifest["keypoints"] == 5


@pytest.mark.parametrize("runner", BOTH_RUNNERS)
def test_gpus_that_are_not_there_are_one_clear_line(request, folder, runner):
    if runner == "docker":
        request.getfixturevalue("engine_or_skip")
    if GPU_DEVICE.exists():
        pytest.skip("this machine has a GPU")
    process = start(folder, *new(runner, "gpus"), "--gpus")
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 14 and "GPU" in errors and "without --gpus" in errors
    assert "Traceback" not in errors and not (folder / "runs" / "gpus").exists()


@pytest.mark.extended
def test_the_parts_of_the_training_stage(environment_python, checkpoints):
    """What the stage's modules promise, with the real libraries."""
    from pathlib import Path

    script = Path(__file__).with_name("check_training_stage.py")
    done = subprocess.run(
        [environment_python("train"), script, checkpoints], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "all hold"


@pytest.mark.parametrize(
    ("weights", "code", "message"),
    [
        ("evil.pt", 11, "not loaded, for safety"),
        ("constructor.pt", 11, "not loaded, for safety"),
        ("truncated.pt", 11, "damaged"),
        ("detection.pt", 12, "not a pose model"),
        ("p6.pt", 12, "cannot be trained"),
        ("nan.pt", 11, "weights of layer 3.conv of"),
    ],
)
def test_bad_weights_are_one_clear_line(folder, checkpoints, weights, code, message):
    process = start(folder, *new("venv", "bad", weights=checkpoints / weights))
    _, errors = process.communicate(timeout=120)
    assert process.returncode == code and message in errors and weights in errors, errors
    assert "Traceback" not in errors and not (checkpoints / "pwned").exists()
    assert not (folder / "runs" / "bad").exists()


def test_an_image_that_training_cannot_read_has_the_users_name(folder, tmp_path):
    shutil.copytree(folder / "data", tmp_path / "data")
    image = next((tmp_path / "data").glob("**/images/**/*.png"))
    label = label_path(image)
    Image.new("F", (64, 64)).save(image.with_name("depth.tif"))
    shutil.copy(label, label.with_name("depth.txt"))
    shutil.copy(folder / "small.yaml", tmp_path)
    _, errors = (process := start(tmp_path, *new("venv", "bad"))).communicate(timeout=300)
    assert process.returncode == 24 and "Traceback" not in errors
    assert f"for example {image.with_name('depth.tif')}: it has 32 bits a pixel" in errors
    assert not (tmp_path / "runs").exists() or not list((tmp_path / "runs").iterdir())
