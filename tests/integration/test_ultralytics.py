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
from evaluating import detect, score, validate
from locations import BOTH_RUNNERS, REPOSITORY
from PIL import Image

from edgecask.analysis.accuracy import accuracy_of, ingest
from edgecask.data.ground_truth import load_labelled
from edgecask.target.target import TARGETS as TARGET_FOLDERS
from edgecask.target.target import Target, load_target

pytestmark = pytest.mark.extended

SIDE, IMAGES, KEYPOINTS = 64, 40, 5
COCO_MAXIMUM = 20
"""Detections a picture that pycocotools evaluates (Params.setKpParams)."""
# 0.8 points were measured at most, on 55 to 82 people: one person is more than that.
# edgecask/analysis/ultralytics_validator.py says why.
TOLERANCE = 0.01
TARGETS = {"raw-int8": "grove", "raw-float": "grove", "decoded-uint8": "stm32n6", "decoded-float": "stm32n6"}


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
    images = [draw(numbers) for _ in range(IMAGES)]
    made = {}
    for model, target in TARGETS.items():
        folder = tmp_path_factory.mktemp(model)
        for name in ("images", "labels"):
            (folder / name).mkdir()
        for index, image in enumerate(images):
            image.save(folder / "images" / f"{index:03}.png")
            (folder / "labels" / f"{index:03}.txt").write_text("0 .5 .5 .5 .5" + " .5 .5 2" * KEYPOINTS)
        made[model] = folder / "data.yaml"
        made[model].write_text(
            f"path: {folder}\ntrain: images\nval: images\nkpt_shape: [{KEYPOINTS}, 3]\nnames: [person]\n"
        )
        found = ingest(execution.store, load_labelled(made[model]), cores=1)
        blob = execution.store.ingest(models / f"{model}.tflite")
        _, (part,) = detect(execution, as_ultralytics_sees(target), name="labels", model=blob, images=found)
        for entry in json.loads(part.path.read_text())["images"]:
            label = folder / "labels" / entry["name"].replace(".png", ".txt")
            label.write_text("".join(label_lines(entry["detections"], numbers)))
    return made


def as_ultralytics_sees(name: str) -> Target:
    """The target on whole pictures, without its camera's colour and without rounding to printed pixels."""
    target = load_target(name).seen_with("none")
    return msgspec.structs.replace(
        target,
        camera=msgspec.structs.replace(target.camera, colour="rgb"),
        nms=msgspec.structs.replace(target.nms, rounding="none"),
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


def draw(numbers) -> Image.Image:
    pixels = numpy.full((SIDE, SIDE, 3), numbers.integers(0, 256, 3), numpy.uint8)
    for _ in range(8):
        left, top = numbers.integers(0, SIDE - 8, 2)
        width, height = numbers.integers(6, 30, 2)
        pixels[top : top + height, left : left + width] = numbers.integers(0, 256, 3)
    return Image.fromarray(pixels)


def label_lines(detections, numbers):
    """Half of the best detections that lie in the picture, their keypoints moved by up to a third of the box."""
    inside = [found for found in detections if least(found) >= 0 and most(found) <= SIDE]
    for found in inside[:12]:
        if numbers.random() < 0.5:
            continue
        left, top, right, bottom = found["box"]
        keypoints = numpy.array(found["keypoints"])[:, :2]
        farthest = numbers.uniform(0, 0.35) * min(right - left, bottom - top)
        keypoints = (keypoints + numbers.uniform(-farthest, farthest, keypoints.shape)).clip(0, SIDE)
        box = numpy.array([(left + right) / 2, (top + bottom) / 2, right - left, bottom - top])
        points = numpy.concatenate([keypoints / SIDE, numpy.full((len(keypoints), 1), 2)], 1)
        yield " ".join(["0", *(f"{value:.6f}" for value in [*box / SIDE, *points.ravel()])]) + "\n"


def least(found):
    return min(*found["box"], *(value for point in found["keypoints"] for value in point[:2]))


def most(found):
    return max(*found["box"], *(value for point in found["keypoints"] for value in point[:2]))


@pytest.mark.parametrize("model", TARGETS)
def test_both_validators_agree_where_the_preprocessing_is_the_same(execution, models, data_sets, model):
    target = as_ultralytics_sees(TARGETS[model])
    blob = execution.store.ingest(models / f"{model}.tflite")
    images = ingest(execution.store, load_labelled(data_sets[model]), cores=1)
    found, files = detect(execution, target, name="model", model=blob, images=images)
    # pycocotools looks at the best 20 of a picture alone: with more, the two would differ by more (1.3 points with 77).
    images_found = json.loads(files[0].path.read_text())["images"]
    assert max(len(entry["detections"]) for entry in images_found) <= COCO_MAXIMUM
    ours = accuracy_of(score(execution, images=images, model=found), images)["int8"]
    theirs = validate(execution, target, models={"int8": blob}, images=images, iou=target.nms.iou)
    assert theirs["people"] > IMAGES / 2 and theirs["images"] == IMAGES
    figures = theirs["int8"]
    # Neither nothing nor all: such figures would agree by themselves.
    assert 0.1 < ours["AP"] < ours["AP50"] < 0.95
    assert figures["pose mAP50"] == pytest.approx(ours["AP50"], abs=TOLERANCE)
    assert figures["pose mAP50-95"] == pytest.approx(ours["AP"], abs=TOLERANCE)
    # Labels have the very boxes that were found.
    assert figures["box mAP50-95"] > figures["pose mAP50-95"]
    apart = validate(execution, target, models={"int8": blob}, images=images)
    assert apart["iou"] == 0.7 and apart["int8"] != figures


def test_ultralytics_alone_says_the_same_where_it_takes_the_model(execution, environment_python, models, data_sets):
    """One decoded output, floating point in and out: the only kind that its own backend for .tflite takes."""
    iou = load_target("stm32n6").nms.iou
    script = Path(__file__).with_name("stock_validator.py")
    files = [models / f"{model}.tflite" for model in ("decoded-float", "decoded-uint8", "raw-int8")]
    done = subprocess.run(
        [environment_python("validate"), script, data_sets["decoded-float"], str(iou), *files],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    alone, unquantised, heads = (json.loads(line) for line in done.stdout.splitlines() if line.startswith("{"))
    blob = execution.store.ingest(models / "decoded-float.tflite")
    images = ingest(execution.store, load_labelled(data_sets["decoded-float"]), cores=1)
    found = validate(execution, load_target("stm32n6"), models={"float": blob}, images=images, iou=iou)
    expected = {name: alone[f"metrics/{name.split()[1]}({name[0].upper()})"] for name in found["float"]}
    assert found["float"] == pytest.approx(expected, abs=1e-4)
    assert "UINT8" in unquantised["error"] and "error" in heads


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
    assert found["int8"]["pose mAP50"] == pytest.approx(accuracy["int8"]["AP50"], abs=TOLERANCE)
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
