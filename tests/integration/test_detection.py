"""Detection from checkpoints with random weights: heads as Ultralytics computes them, builds, and what is refused."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from locations import REPOSITORY, files_below

from edgecask.build import BuildRequest, build
from edgecask.errors import DatasetError, ModelError
from edgecask.firmware.sscma import CATALOGUE
from edgecask.runner.container.runner import DockerRunner
from edgecask.runner.venv import VirtualEnvironmentRunner
from edgecask.target.model_file import read_model

pytestmark = pytest.mark.extended
SIZE = 96
CELLS = [(SIZE // stride) ** 2 for stride in (8, 16, 32)]
CLASSES = 3
NAMING_THE_RUNNER = ("provenance.json", "sbom.cdx.json")


@pytest.fixture
def attempt(session_directories, detectors, tmp_path):
    """Build in the session's store; the package is the test's own."""

    def call(name, target="grove", **options):
        from recording import RecordingDisplay

        display = RecordingDisplay()
        request = BuildRequest(
            **{
                "target": target,
                "weights": str(detectors / name),
                "image_size": SIZE,
                "fast": True,
                "output": tmp_path / "dist",
                **options,
            }
        )
        runner = VirtualEnvironmentRunner(session_directories)
        return build(request, directories=session_directories, runner=runner, display=display)

    return call


def test_all_heads_find_what_ultralytics_finds(environment_python, detectors):
    done = subprocess.run(
        [environment_python("export"), Path(__file__).with_name("compare_detection_heads.py"), detectors],
        check=True, capture_output=True, text=True, env={"PYTHONPATH": str(REPOSITORY), "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    found = json.loads(done.stdout.splitlines()[-1])
    assert len(found) == 5 * 4 - 1  # raw heads do not know 64 classes
    for name, differences in found.items():
        assert differences["spread"] > 1, name  # the boxes differ, so that there is something to compare
        assert differences["boxes"] < 1e-3 and differences["scores"] < 1e-5 and not differences["classes"], name


def test_a_grove_package_has_six_raw_outputs_and_names_its_classes(attempt):
    package = attempt("yolov8-3.pt")
    manifest = package.manifest
    assert (manifest["task"], manifest["keypoints"]) == ("detect", 0)
    assert manifest["classes"] == ["thing 0", "thing 1", "thing 2"]
    model = read_model(package.folder / "model.tflite")
    shapes = [output.shape for output in model.outputs]
    assert sorted(shapes) == sorted([(1, cells, rows) for cells in CELLS for rows in (64, CLASSES)])
    assert {output.dtype for output in model.outputs} == {"int8"}
    entry = json.loads((package.folder / CATALOGUE).read_text())
    assert (entry["category"], entry["classes"]) == ("Object Detection", manifest["classes"])
    report = (package.folder / "report.html").read_text()
    assert "int8 detection model" in report and "keypoints" not in report.split("<main>")[0].split("<body>")[1]


@pytest.mark.parametrize("target", ["grove", pytest.param("stm32n6", marks=pytest.mark.campaign)])
def test_both_runners_give_the_same_bytes(session_directories, engine_or_skip, detectors, tmp_path, target):
    """With labels, so that detections and figures are compared as well."""
    from PIL import Image

    for split in ("train", "val"):
        for folder in ("images", "labels"):
            (tmp_path / folder / split).mkdir(parents=True)
        for number in range(3):
            Image.new("RGB", (64, 48), (90 * number, 20, 200)).save(tmp_path / "images" / split / f"{number}.png")
            (tmp_path / "labels" / split / f"{number}.txt").write_text("1 0.5 0.5 0.2 0.2\n")
    data = tmp_path / "data.yaml"
    data.write_text("train: images/train\nval: images/val\nnames: [thing 0, thing 1, thing 2]\n")
    packages, sums = [], []
    for kind in (VirtualEnvironmentRunner, DockerRunner):
        from recording import RecordingDisplay

        display = RecordingDisplay()
        request = BuildRequest(
            target=target, weights=str(detectors / "yolov8-3.pt"), image_size=SIZE, data=data, rounding="nearest",
            output=tmp_path / kind.__name__,
        )  # fmt: skip
        made = build(request, directories=session_directories, runner=kind(session_directories), display=display)
        assert "quantize" in display.ran  # nothing of the other runner's is taken
        files = files_below(made.folder)
        lines = files.pop("SHA256SUMS").decode().splitlines()
        sums.append([line for line in lines if line.split("  ")[1] not in NAMING_THE_RUNNER])
        assert all(files.pop(name) for name in NAMING_THE_RUNNER)
        packages.append(files)
    assert packages[0] == packages[1] and sums[0] == sums[1] and len(packages[0]) > 5


def test_what_the_firmware_cannot_decode_is_refused(attempt):
    with pytest.raises(ModelError, match="64 classes: the firmware tells boxes by their 64 values"):
        attempt("yolov8-64.pt")
    with pytest.raises(ModelError, match="has 100 classes; the firmware decodes at most 80"):
        attempt("yolov8-100.pt", target="xiao")
    with pytest.raises(ModelError, match="odd-names.pt has 3 classes and 2 names"):
        attempt("odd-names.pt")


def test_tasks_that_a_target_does_not_take_are_one_line(attempt):
    with pytest.raises(ModelError, match=r"pose.pt is a pose model; grove-himax-yolo11 takes detection models alone"):
        attempt("pose.pt", target="grove-himax-yolo11")
    with pytest.raises(ModelError, match=r"yolov8-3.pt is a detection model; grove-himax takes pose models alone"):
        attempt("yolov8-3.pt", target="grove-himax")


def test_labels_of_other_classes_are_refused(attempt, tmp_path):
    from PIL import Image

    for split in ("train", "val"):
        for folder in ("images", "labels"):
            (tmp_path / folder / split).mkdir(parents=True)
        Image.new("RGB", (64, 48), "red").save(tmp_path / "images" / split / "a.png")
        (tmp_path / "labels" / split / "a.txt").write_text("1 0.5 0.5 0.2 0.2\n")
    data = tmp_path / "data.yaml"
    data.write_text("train: images/train\nval: images/val\nnames: [one, two]\n")
    with pytest.raises(DatasetError, match="has 2 classes, the model has 3"):
        attempt("yolov8-3.pt", data=data)
    data.write_text("train: images/train\nval: images/val\nnames: [thing 1, thing 0, thing 2]\n")
    with pytest.raises(DatasetError, match="in another order"):
        attempt("yolov8-3.pt", data=data)
