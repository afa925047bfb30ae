"""Ultralytics' own validator on models as the device decodes them, beside COCO's code and beside Ultralytics alone.

The pictures have the size of the models' input, so that stretching and letterboxing are the same. The labels are made
of what the device finds: some of it, moved a little. Were Ultralytics to see other boxes or keypoints, it would find
next to nothing.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec
import numpy
import pytest
from draw_rectangles import rectangles
from evaluating import detect, score, validate
from locations import BOTH_RUNNERS, REPOSITORY

from edgecask.analysis.accuracy import accuracy_of, ingest
from edgecask.data.ground_truth import load_labelled
from edgecask.target.target import TARGETS as TARGET_FOLDERS
from edgecask.target.target import Target, load_target

pytestmark = pytest.mark.extended

SIDE, IMAGES, KEYPOINTS = 64, 40, 5
COCO_MAXIMUM = {"pose": 20, "detect": 100}
"""Detections a picture that pycocotools evaluates (Params.setKpParams, setDetParams)."""
# 0.8 points were measured at most, on 55 to 82 people: one person is more than that.
# edgecask/analysis/ultralytics_validator.py says why.
TOLERANCE = {"pose": 0.01, "detect": 0.02}  # of three classes each has a third of the labels
IOU_FORMULA = {"detect": "exact"}
"""SSCMA-Micro's of boxes takes centres for corners, which Ultralytics does not."""
TARGETS = {
    "raw-int8": ("grove", "pose"), "raw-float": ("grove", "pose"),
    "decoded-uint8": ("stm32n6", "pose"), "decoded-float": ("stm32n6", "pose"),
    "boxes-raw-int8": ("grove", "detect"),
    "boxes-decoded-uint8": ("stm32n6", "detect"), "boxes-decoded-float": ("stm32n6", "detect"),
}  # fmt: skip
LABELS = {
    "pose": ("0 .5 .5 .5 .5" + " .5 .5 2" * KEYPOINTS, f"kpt_shape: [{KEYPOINTS}, 3]\nnames: [person]\n"),
    "detect": ("0 .5 .5 .5 .5", "names: [a, b, c]\n"),
}
"""A label, and what a data.yaml says, by task."""


@pytest.fixture(scope="module")
def models(environment_python, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    script = Path(__file__).with_name("make_seeing_models.py")
    subprocess.run([environment_python("convert"), script, folder], check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def data_sets(execution, models, tmp_path_factory):
    """The data.yaml for every model: the same pictures, the model's own labels."""
    numbers = numpy.random.default_rng(0)
    images = [rectangles(numbers, SIDE, inset=8, sides=(6, 30)) for _ in range(IMAGES)]
    made = {}
    for model, (target, task) in TARGETS.items():
        label, names = LABELS[task]
        folder = tmp_path_factory.mktemp(model)
        for name in ("images", "labels"):
            (folder / name).mkdir()
        for index, image in enumerate(images):
            image.save(folder / "images" / f"{index:03}.png")
            (folder / "labels" / f"{index:03}.txt").write_text(label)
        made[model] = folder / "data.yaml"
        made[model].write_text(f"path: {folder}\ntrain: images\nval: images\n{names}")
        found = ingest(execution.store, load_labelled(made[model], task=task), cores=1)
        blob = execution.store.ingest(models / f"{model}.tflite")
        _, (part,) = detect(execution, as_ultralytics_sees(target, task), name="labels", model=blob, images=found)
        for entry in json.loads(part.path.read_text())["images"]:
            label = folder / "labels" / entry["name"].replace(".png", ".txt")
            label.write_text("".join(label_lines(entry["detections"], numbers)))
    return made


def as_ultralytics_sees(name: str, task: str) -> Target:
    """The target on whole pictures, without its camera's colour, and with Ultralytics' suppression."""
    target = load_target(name).for_task(task).seen_with("none")
    return msgspec.structs.replace(
        target,
        camera=msgspec.structs.replace(target.camera, colour="rgb"),
        nms=msgspec.structs.replace(
            target.nms, rounding="none", iou_formula=IOU_FORMULA.get(task, target.nms.iou_formula)
        ),
    )


@pytest.fixture
def plain_grove(tmp_path):
    """A device of one's own: grove with a camera that delivers RGB, and results that are not rounded."""
    folder = tmp_path / "plain-grove"
    shutil.copytree(TARGET_FOLDERS / "grove", folder)
    text = (folder / "target.toml").read_text()
    for old, new in (('colour = "yuv422"', 'colour = "rgb"'), ('rounding = "nearest"', 'rounding = "none"')):
        assert old in text
        text = text.replace(old, new)
    (folder / "target.toml").write_text(text)
    return folder


def label_lines(detections, numbers):
    """Half of the best detections that lie in the picture, their keypoints moved by up to a third of the box."""
    inside = [found for found in detections if least(found) >= 0 and most(found) <= SIDE]
    for found in inside[:12]:
        if numbers.random() < 0.5:
            continue
        left, top, right, bottom = found["box"]
        keypoints = numpy.array(found["keypoints"]).reshape(-1, 3)[:, :2]
        farthest = numbers.uniform(0, 0.35) * min(right - left, bottom - top)
        keypoints = (keypoints + numbers.uniform(-farthest, farthest, keypoints.shape)).clip(0, SIDE)
        box = numpy.array([(left + right) / 2, (top + bottom) / 2, right - left, bottom - top])
        if not len(keypoints):  # the box is what is judged: its size changes, by as much
            box[2:] *= 1 - farthest / min(right - left, bottom - top)
        points = numpy.concatenate([keypoints / SIDE, numpy.full((len(keypoints), 1), 2)], 1)
        yield (
            " ".join([str(found.get("class", 0)), *(f"{value:.6f}" for value in [*box / SIDE, *points.ravel()])]) + "\n"
        )


def least(found):
    return min(*found["box"], *(value for point in found["keypoints"] for value in point[:2]))


def most(found):
    return max(*found["box"], *(value for point in found["keypoints"] for value in point[:2]))


@pytest.mark.parametrize("model", TARGETS)
def test_both_validators_agree_where_the_preprocessing_is_the_same(execution, models, data_sets, model):
    name, task = TARGETS[model]
    target = as_ultralytics_sees(name, task)
    judged = {"pose": "pose", "detect": "box"}[task]
    blob = execution.store.ingest(models / f"{model}.tflite")
    images = ingest(execution.store, load_labelled(data_sets[model], task=task), cores=1)
    found, files = detect(execution, target, name="model", model=blob, images=images)
    # pycocotools looks at the best of a picture alone: with more, the two would differ by more (1.3 points with 77).
    images_found = json.loads(files[0].path.read_text())["images"]
    assert max(len(entry["detections"]) for entry in images_found) <= COCO_MAXIMUM[task]
    ours = accuracy_of(score(execution, images=images, model=found), images)["int8"]
    theirs = validate(execution, target, models={"int8": blob}, images=images, iou=target.nms.iou)
    assert theirs["people"] > IMAGES / 2 and theirs["images"] == IMAGES
    figures = theirs["int8"]
    # Neither nothing nor all: such figures would agree by themselves.
    assert 0.1 < ours["AP"] < ours["AP50"] < 0.95
    assert figures[f"{judged} mAP50"] == pytest.approx(ours["AP50"], abs=TOLERANCE[task])
    assert figures[f"{judged} mAP50-95"] == pytest.approx(ours["AP"], abs=TOLERANCE[task])
    # Labels of people have the very boxes that were found.
    assert task != "pose" or figures["box mAP50-95"] > figures["pose mAP50-95"]
    apart = validate(execution, target, models={"int8": blob}, images=images)
    assert apart["iou"] == 0.7 and apart["int8"] != figures


@pytest.mark.parametrize(
    ("task", "prefix", "alone"), [("pose", "", "decoded-float"), ("detect", "boxes-", "boxes-single-float")]
)
def test_ultralytics_alone_says_the_same_where_it_takes_the_model(
    execution, environment_python, models, data_sets, task, prefix, alone
):
    """One decoded output, floating point in and out: the only kind that its own backend for .tflite takes.

    It counts every class of an anchor, and a firmware shows the best: they are compared where there is no other.
    """
    target = load_target("stm32n6").for_task(task)
    iou, data = target.nms.iou, data_sets[f"{prefix}decoded-float"]
    script = Path(__file__).with_name("stock_validator.py")
    files = [models / f"{model}.tflite" for model in (alone, f"{prefix}decoded-uint8", f"{prefix}raw-int8")]
    done = subprocess.run(
        [environment_python("validate"), script, task, data, str(iou), *files],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    stock, unquantised, heads = (json.loads(line) for line in done.stdout.splitlines() if line.startswith("{"))
    blob = execution.store.ingest(models / f"{alone}.tflite")
    images = ingest(execution.store, load_labelled(data, task=task), cores=1)
    found = validate(execution, target, models={"float": blob}, images=images, iou=iou)
    expected = {name: stock[f"metrics/{name.split()[1]}({name[0].upper()})"] for name in found["float"]}
    assert found["float"] == pytest.approx(expected, abs=1e-4)
    assert "UINT8" in unquantised["error"]
    # Of detection it takes the raw heads for something else, and finds nothing.
    assert "error" in heads or not any(heads.values())


@pytest.mark.parametrize("runner_name", BOTH_RUNNERS)
def test_the_command(request, session_directories, models, data_sets, plain_grove, runner_name):
    if runner_name == "docker":
        request.getfixturevalue("engine_or_skip")
    command = [
        sys.executable, "-m", "invoke", "--search-root", REPOSITORY, "evaluate", f"--target={plain_grove}",
        models / "raw-int8.tflite", f"--data={data_sets['raw-int8']}", "--validator=ultralytics", "--iou=0.45",
        f"--runner={runner_name}",
    ]  # fmt: skip
    environment = {**os.environ, "EDGECASK_STORE": str(session_directories.store)}

    def run(*options):
        words = [str(word) for word in (*command, *options)]
        return subprocess.run(words, env=environment, capture_output=True, text=True, check=False)

    done = run("--json")
    assert done.returncode == 0, done.stderr
    accuracy = json.loads(done.stdout)
    found = accuracy["ultralytics"]
    assert found["iou"] == 0.45 and found["image_size"] == SIDE
    assert found["int8"]["pose mAP50"] == pytest.approx(accuracy["int8"]["AP50"], abs=TOLERANCE["pose"])
    done = run()
    assert done.returncode == 0, done.stderr
    assert f"pose mAP50    {100 * found['int8']['pose mAP50']:8.1f}" in done.stdout
    assert "letterboxed to 64 × 64" in done.stdout


def test_labels_for_another_model_are_one_clear_line(models, data_sets, session_directories, tmp_path):
    data = tmp_path / "data.yaml"
    folder = data_sets["raw-int8"].parent
    (tmp_path / "labels").mkdir()
    (tmp_path / "images").symlink_to(folder / "images")
    for label in (folder / "labels").iterdir():
        lines = [" ".join(line.split()[:-3]) + "\n" for line in label.read_text().splitlines()]
        (tmp_path / "labels" / label.name).write_text("".join(lines))
    data.write_text(f"train: images\nval: images\nkpt_shape: [{KEYPOINTS - 1}, 3]\nnames: [person]\n")
    done = subprocess.run(
        [
            sys.executable, "-m", "invoke", "--search-root", REPOSITORY, "evaluate", "--target=grove",
            models / "raw-int8.tflite", f"--data={data}", "--validator=ultralytics", "--runner=venv",
        ],
        env={**os.environ, "EDGECASK_STORE": str(session_directories.store)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 24 and "keypoints" in done.stderr and "Traceback" not in done.stderr, done.stderr
