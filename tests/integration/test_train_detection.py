"""Training of detection through the command line: several classes, stopped and resumed, and built from."""

from __future__ import annotations

import csv
import json
import signal
import subprocess
import sys

import pytest
from draw_boxes import KINDS, draw_boxes
from draw_figures import draw_data_set
from locations import BOTH_RUNNERS, REPOSITORY
from test_train_command import finish, new, package_of, start, stop_after

from edgecask.target.model_file import read_model

EPOCHS = 3
YOLO11 = """
import importlib.resources, sys, yaml
path = importlib.resources.files("ultralytics") / "cfg" / "models" / "11" / "yolo11.yaml"
print(yaml.safe_dump({**yaml.safe_load(path.read_text()), "scales": {"t": [0.5, 0.125, 256]}, "scale": "t"}))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder of a user's with labelled boxes, and the description of a small network."""
    folder = tmp_path_factory.mktemp("user")
    draw_boxes(folder / "data")
    (folder / "small.yaml").write_text("scale: [0.33, 0.125, 128]\n")
    return folder


@pytest.fixture(scope="module", params=BOTH_RUNNERS)
def trained(request, folder):
    """The name of a runner, and what an undisturbed training said; its folder is runs/RUNNER-whole."""
    if request.param == "docker":
        request.getfixturevalue("engine_or_skip")
    name = f"{request.param}-whole"
    return request.param, finish(start(folder, *new(request.param, name, epochs=EPOCHS, activation="silu")))


def record_of(folder, name):
    return json.loads((folder / "runs" / name / "run.json").read_text())


def test_boxes_of_several_classes_train_a_detector(folder, trained):
    runner, output = trained
    lines = [line for line in output.splitlines() if line.startswith("epoch ")]
    assert len(lines) == EPOCHS and all("box mAP50" in line and "cls " in line for line in lines)
    assert "pose" not in output
    run = folder / "runs" / f"{runner}-whole"
    rows = list(csv.DictReader((run / "results.csv").open()))
    assert len(rows) == EPOCHS and {f"train/{name}_loss" for name in ("box", "cls", "dfl")} <= rows[0].keys()
    assert not any("(P)" in column for column in rows[0])
    result = record_of(folder, run.name)["result"]
    assert set(result["after"]) == {"box_map50", "box_map"} and result["before"] is None
    assert result["images"] == {"train": 24, "val": 8}
    assert {"best.pt", "last.pt", "results.png", "val_batch0_pred.jpg"} <= {path.name for path in run.iterdir()}


@pytest.mark.extended
def test_a_stopped_training_goes_on_to_the_very_same_weights(folder, trained):
    runner, _ = trained
    run = folder / "runs" / f"{runner}-stopped"
    process = start(folder, *new(runner, run.name, epochs=EPOCHS, activation="silu"))
    stop_after(process, 1, signal.SIGINT)
    assert process.returncode == 130
    finish(start(folder, "--resume", f"--name={run.name}", f"--runner={runner}"))
    for name in ("best.pt", "last.pt", "results.csv"):
        assert (run / name).read_bytes() == (folder / "runs" / f"{runner}-whole" / name).read_bytes(), name


@pytest.mark.extended
def test_what_was_trained_is_built_with_its_classes(folder, trained, session_directories, tmp_path):
    package = package_of(folder, trained[0], session_directories, tmp_path)
    assert package.manifest["classes"] == list(KINDS) and package.manifest["task"] == "detect"
    assert package.manifest["metrics"]["cpu_ops"] == 0
    assert len(read_model(package.folder / "model.tflite").outputs) == 6


@pytest.mark.extended
def test_weights_are_fine_tuned_and_what_they_were_worth_is_said(folder, trained, tmp_path):
    runner, _ = trained
    whole = folder / "runs" / f"{runner}-whole" / "best.pt"
    again = finish(start(folder, *new(runner, f"{runner}-again", weights=whole, epochs=1, activation="silu")))
    assert "before training  box mAP50" in again
    before = record_of(folder, f"{runner}-again")["result"]["before"]
    after = record_of(folder, f"{runner}-whole")["result"]["after"]
    assert before == pytest.approx(after, abs=0.02)  # best.pt holds halves

    data = draw_boxes(tmp_path / "data")
    data.write_text(data.read_text().replace("'bar'", "'bar', 'ring'"))
    more = start(tmp_path, *new(runner, "more", weights=whole, epochs=1, activation="silu"))
    output = finish(more)
    assert "best.pt knows 3 classes, the labels have 4: scores are learned anew" in output
    assert "before training" not in output
    tensors = record_of(tmp_path, "more")["result"]["tensors"]
    assert 0.9 * tensors["all"] < tensors["transferred"] < tensors["all"]


@pytest.mark.extended
def test_yolo11_is_trained_and_fine_tuned(folder, environment_python, tmp_path):
    draw_boxes(tmp_path / "data")
    described = subprocess.run([environment_python("train"), "-c", YOLO11], capture_output=True, check=True)
    (tmp_path / "small11.yaml").write_bytes(described.stdout)
    output = finish(start(tmp_path, *new("venv", "first", weights="small11.yaml", epochs=2, activation="silu")))
    assert output.count("box mAP50") == 3
    again = new("venv", "second", weights="runs/first/best.pt", epochs=1, activation="silu")
    assert "before training  box mAP50" in finish(start(tmp_path, *again))
    tensors = record_of(tmp_path, "second")["result"]["tensors"]
    assert tensors["transferred"] == tensors["all"]


@pytest.mark.extended
def test_yolo11_of_pose_is_trained(checkpoints, tmp_path):
    draw_data_set(tmp_path / "data")
    options = new("venv", "pose", weights=checkpoints / "yolo11.pt", epochs=1, activation="silu")
    assert "pose mAP50" in finish(start(tmp_path, *options))
    tensors = record_of(tmp_path, "pose")["result"]["tensors"]
    assert 0.8 * tensors["all"] < tensors["transferred"] < tensors["all"]  # five keypoints in place of seventeen


def refused(folder, weights):
    """What a training from these weights says; its exit code."""
    process = start(folder, *new("venv", "bad", weights=weights))
    _, errors = process.communicate(timeout=120)
    assert "Traceback" not in errors and not (folder / "runs" / "bad").exists()
    return process.returncode, errors


def test_a_pose_model_is_one_clear_line(folder):
    code, errors = refused(folder, "demo")
    assert code == 12
    assert "demo is a pose model, not a detection model: labels of data/data.yaml are for detection" in errors


@pytest.mark.extended
def test_weights_that_are_no_numbers_are_one_clear_line(folder, checkpoints, environment_python, tmp_path):
    damage = """import sys, torch
content = torch.load(sys.argv[1], weights_only=False)
content["model"].model[0].conv.weight.data[0] = float("nan")
torch.save(content, sys.argv[2])"""
    path = tmp_path / "nan-detector.pt"
    subprocess.run([environment_python("train"), "-c", damage, checkpoints / "detection.pt", path], check=True)
    code, errors = refused(folder, path)
    assert code == 11 and "weights of layer 0.conv of nan-detector.pt are NaN: its training went wrong" in errors


def test_a_target_that_would_not_take_it_is_told_before_training(folder):
    """`build --epochs` trains first: what could not be built afterwards is said before."""
    process = subprocess.run(
        [sys.executable, "-m", "invoke", f"--search-root={REPOSITORY}", "build", "--target=grove-himax",
         "--weights=small.yaml", "--data=data/data.yaml", "--epochs=3", "--runner=venv"],
        cwd=folder, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert process.returncode == 24 and "epoch" not in process.stdout
    assert "data/data.yaml is labelled for detection; grove-himax takes pose models alone" in process.stderr
