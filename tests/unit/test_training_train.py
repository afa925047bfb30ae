"""The host's part of training, with a stage of a few lines through the real harness."""

import json
import textwrap
from dataclasses import replace

import pytest
from local_runner import LocalRunner
from PIL import Image
from toy_programs import use_pipeline, write_program

from edgecask.cli import train as train_command
from edgecask.cli.requests import make_requests
from edgecask.cli.tasks import COMMANDS
from edgecask.errors import (
    DatasetError,
    InterruptedBuildError,
    ModelError,
    NetworkError,
    StageError,
    UsageError,
    WeightsError,
)
from edgecask.training.request import TrainingRequest
from edgecask.training.train import planned, resume, train

PROGRAM = """
    import json, time
    from pipeline.harness import INPUTS, WORK, Refused, publish, tell

    METRICS = {"pose_map50": 0.5, "pose_map": 0.25, "box_map50": 0.5, "box_map": 0.25}

    def run(parameters):
        if parameters["seed"] == 13:
            raise Refused("weights", "{weights} is no good.", "Take another.")
        if parameters["seed"] == 15:
            raise Refused("dataset", "1 of 4 pictures is bad, train/images/000000-a.png: why.", "Check.")
        if parameters["seed"] == 14:
            raise RuntimeError("died")
        if parameters["seed"] == 16:
            tell(classes={"own": 80, "wanted": len(parameters["classes"])})
        last = INPUTS / "last.pt"
        done = int(last.read_text()) if last.exists() else 0
        assert not last.exists() or (INPUTS / "best.pt").read_text() == last.read_text()
        tell(before=METRICS)
        for epoch in range(done + 1, parameters["epochs"] + 1):
            losses = {"pose": 1 / epoch}
            tell(progress={"epoch": epoch, "epochs": parameters["epochs"], "batch": 1, "batches": 1, "losses": losses})
            (WORK / "file").write_text(str(epoch))
            publish({"last.pt": WORK / "file", "best.pt": WORK / "file", "surprise.py": WORK / "file"})
            tell(epoch={"epoch": epoch, "epochs": parameters["epochs"], "losses": losses, "best": True, **METRICS})
            if not done and epoch == parameters["patience"]:
                time.sleep(600)  # until the client, however slow it is, has seen this epoch and ended us
        publish({"results.png": WORK / "file"})
        return {
            "before": METRICS, "after": {**METRICS, "pose_map": 0.125}, "best_epoch": parameters["epochs"],
            "activation_changed": parameters["activation"] == "relu6",
            "epochs": parameters["epochs"], "from": done, "parameters": parameters,
        }
"""


class Display:
    """Remembers the lines; presses Ctrl-C on the line of one epoch."""

    def __init__(self, stop_at=None):
        self.notes, self.batches, self.stop_at = [], 0, stop_at

    def note(self, text):
        self.notes.append(text)
        if self.stop_at is not None and text.startswith(f"epoch {self.stop_at}/"):
            raise KeyboardInterrupt

    def progress(self, event):
        self.batches += 1


@pytest.fixture
def request_(tmp_path, monkeypatch):
    write_program(use_pipeline(tmp_path / "programs", monkeypatch), "train", textwrap.dedent(PROGRAM))
    for split in ("train", "val"):
        for kind in ("images", "labels"):
            (tmp_path / split / kind).mkdir(parents=True)
        (tmp_path / split / "labels" / "a.txt").write_text("0 .5 .5 .2 .2 .5 .5 2\n")
        Image.new("RGB", (4, 4)).save(tmp_path / split / "images" / "a.png")
    (tmp_path / "data.yaml").write_text("train: train\nval: val\nkpt_shape: [1, 3]\nnames: [person]\n")
    (tmp_path / "model.yaml").write_text("scale: [1, 1, 64]")
    return TrainingRequest(
        data=tmp_path / "data.yaml", weights=str(tmp_path / "model.yaml"), epochs=3, output=tmp_path / "runs"
    )


@pytest.fixture
def go(directories):
    """Train or resume with a display that may press Ctrl-C; the path, what was said, and the stages that ran."""

    def call(request=None, stop_at=None, **named):
        runner, display = LocalRunner(directories), Display(stop_at)
        call.display, call.runner = display, runner
        common = {"directories": directories, "runner": runner, "display": display}
        return train(request, **common) if request is not None else resume(**named, **common)

    yield call
    assert list((directories.store / "temporary").iterdir()) == []


def record_of(path):
    return json.loads((path.parent / "run.json").read_text())


def test_a_training_leaves_its_run(request_, go):
    best = go(request_)
    assert best == request_.output / "train" / "best.pt" and best.read_text() == "3"
    assert {path.name for path in best.parent.iterdir()} == {"last.pt", "best.pt", "results.png", "run.json"}
    record = record_of(best)
    assert record["finished"] and record["epochs_done"] == 3 and record["data"]["images"] == {"train": 1, "val": 1}
    notes = go.display.notes
    assert [note[:9] for note in notes if note.startswith("epoch")] == ["epoch 1/3", "epoch 2/3", "epoch 3/3"]
    assert go.display.batches == 3
    assert any(note.startswith("before training  pose mAP50 0.500") for note in notes)
    assert notes[-1] == "warning: the weights were better before; try more pictures or a lower --learning-rate"
    go(replace(request_, activation="relu6"))
    assert "the new activation has to be learned" in go.display.notes[-1]


def test_the_same_training_is_not_run_again_and_another_one_is(request_, go):
    first = go(request_)
    assert go(request_) == first and go.runner.ran == []
    second = go(replace(request_, seed=1))
    assert second.parent.name == "train-2" and go.runner.ran == ["train"]
    assert go(replace(request_, seed=1)) == second


def test_a_name_is_not_taken_from_another_training(request_, go):
    request = replace(request_, name="mine")
    assert go(request).parent.name == "mine"
    with pytest.raises(UsageError, match="is another training"):
        go(replace(request, seed=1))


def test_a_stopped_training_goes_on(request_, go):
    with pytest.raises(InterruptedBuildError, match="after epoch 2 of 3") as caught:
        go(replace(request_, patience=2), stop_at=2)
    assert "--resume --name=train" in str(caught.value)
    assert (request_.output / "train" / "last.pt").read_text() == "2"
    best = go(name=None, output=request_.output)
    assert go.display.notes[0].endswith("after epoch 2 of 3") and best.read_text() == "3"
    assert record_of(best)["result"]["from"] == 2
    with pytest.raises(UsageError, match="no unfinished training"):
        go(name=None, output=request_.output)
    with pytest.raises(UsageError, match="is finished"):
        go(name="train", output=request_.output)


def test_the_same_command_goes_on_too(request_, go):
    request = replace(request_, patience=1)
    with pytest.raises(InterruptedBuildError):
        go(request, stop_at=1)
    assert record_of(go(request))["result"]["from"] == 1


def test_a_training_stopped_before_its_first_epoch_begins_again(request_, go):
    with pytest.raises(InterruptedBuildError):
        go(request_, stop_at=1)
    for name in ("last.pt", "best.pt"):
        (request_.output / "train" / name).unlink(missing_ok=True)
    assert record_of(go(name="train", output=request_.output))["result"]["from"] == 0


def test_other_data_is_not_resumed_on(request_, go):
    with pytest.raises(InterruptedBuildError):
        go(replace(request_, patience=1), stop_at=1)
    Image.new("RGB", (5, 5)).save(request_.data.parent / "train" / "images" / "b.png")
    with pytest.raises(UsageError, match=r"pictures or labels of .*data\.yaml changed"):
        go(name=None, output=request_.output)


def test_a_failure_is_said_with_the_users_words_and_leaves_nothing(request_, go):
    with pytest.raises(WeightsError, match=r"model\.yaml is no good\. Take another\."):
        go(replace(request_, seed=13))
    with pytest.raises(StageError) as caught:
        go(replace(request_, seed=14))
    assert "RuntimeError: died" in caught.value.details
    assert not list(request_.output.glob("*"))


def test_weights_that_are_not_there(request_, go, tmp_path):
    (tmp_path / "store" / "temporary").mkdir(parents=True)
    for weights in ("absent.yaml", "absent.pt"):
        with pytest.raises(WeightsError, match="There |cannot be read"):
            go(replace(request_, weights=weights))


def test_gpus_are_asked_for_before_anything_is_done(request_, go, monkeypatch, tmp_path):
    (tmp_path / "store" / "temporary").mkdir(parents=True)
    monkeypatch.setattr(LocalRunner, "require_gpus", lambda self: (_ for _ in ()).throw(UsageError("no GPU")))
    with pytest.raises(UsageError, match="no GPU"):
        go(replace(request_, gpus=True))
    assert not request_.output.exists()


def test_options_that_make_no_sense(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    for change in ({"epochs": "many"}, {"batch": "-1"}, {"learning_rate": "low"}, {"data": ""}, {"resume": True}):
        given = {"data": "data.yaml", "weights": "demo", "runner": "venv", **change}
        with pytest.raises(UsageError):
            (request,) = make_requests(COMMANDS["train"], given)
            train_command.run(request)


def test_an_image_that_cannot_be_trained_on_has_the_users_name(request_, go):
    with pytest.raises(DatasetError, match=r"train/images/a\.png: why\.") as caught:
        go(replace(request_, seed=15))
    assert "000000" not in str(caught.value)


@pytest.fixture
def boxes(request_):
    """The same request with labels that are boxes of two classes."""
    request_.data.write_text("train: train\nval: val\nnames: [cup, book]\nflip_idx: [0]\nkpt_oks_sigmas: [0.1]\n")
    for split in ("train", "val"):
        (request_.data.parent / split / "labels" / "a.txt").write_text("1 .5 .5 .2 .2\n")
    return request_


def test_boxes_of_several_classes_train_detection(boxes, go):
    record = record_of(go(boxes))
    told = record["result"]["parameters"]
    assert told["task"] == "detect" and told["classes"] == ["cup", "book"]
    assert told["keypoint_shape"] is told["flip_index"] is told["sigmas"] is None
    notes = go.display.notes
    assert "before training  box mAP50 0.500  mAP50-95 0.250" in notes
    assert any(note.startswith("epoch 2/3") and "box mAP50 0.500" in note for note in notes)
    assert notes[-1].endswith("mAP50-95 0.250")  # boxes were not better before, whatever else the stage reports


def test_people_with_keypoints_still_train_pose(request_, go):
    told = record_of(go(request_))["result"]["parameters"]
    assert (told["task"], told["keypoint_shape"], told["classes"]) == ("pose", [1, 3], ["person"])


@pytest.mark.parametrize(
    ("labels", "weights", "said"),
    [
        (
            "boxes",
            "demo",
            r"demo is a pose model, not a detection model: labels of .*data\.yaml are .*without kpt_shape",
        ),
        ("request_", "demo-detect", r"demo-detect is a detection model, not a pose model: .* \(with kpt_shape\)"),
    ],
)
def test_weights_of_another_task_are_one_clear_line(request, go, tmp_path, labels, weights, said):
    asked = replace(request.getfixturevalue(labels), weights=weights)
    (tmp_path / "store" / "temporary").mkdir(parents=True)
    with pytest.raises(ModelError, match=said):
        go(asked)
    with pytest.raises(ModelError, match=said):
        planned(asked, directories=go.runner._directories, environment_key=lambda name: "k")
    assert not asked.output.exists()


def test_weights_of_another_task_are_not_fetched(boxes, request_, go, tmp_path, monkeypatch):
    (tmp_path / "store" / "temporary").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)

    def fetch(*arguments):
        raise NetworkError("asked for the network")

    monkeypatch.setattr("edgecask.data.weights.fetch_asset", fetch)
    with pytest.raises(ModelError, match=r"yolov8n-pose\.pt is a pose model, not a detection model"):
        go(replace(boxes, weights="yolov8n-pose.pt"))
    boxes.data.write_text("train: train\nval: val\nkpt_shape: [1, 3]\nnames: [person]\n")
    with pytest.raises(NetworkError, match="asked for the network"):
        go(replace(request_, weights="yolov8n-pose.pt"))


def test_another_number_of_classes_is_said(boxes, go):
    go(replace(boxes, seed=16))
    assert "model.yaml knows 80 classes, the labels have 2: scores are learned anew" in go.display.notes


def test_names_that_do_not_match_nc_are_refused_before_anything(boxes, go, tmp_path):
    (tmp_path / "store" / "temporary").mkdir(parents=True)
    boxes.data.write_text("train: train\nval: val\nnc: 3\nnames: [cup, book]\n")
    with pytest.raises(DatasetError, match=r"data\.yaml: nc is 3, but names has 2 entries"):
        go(boxes)
