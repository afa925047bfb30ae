"""Packages for the boards with an Ethos-U55-256 and for the NE301, from small networks."""

from __future__ import annotations

import json

import pytest
from recording import RecordingDisplay

from edgecask.build import BuildRequest, build
from edgecask.errors import ModelError
from edgecask.runner.venv import VirtualEnvironmentRunner
from edgecask.target.model_file import read_model
from edgecask.target.target import load_target

pytestmark = pytest.mark.extended


@pytest.fixture
def package(session_directories, tmp_path):
    def make(target, weights, **options):
        request = BuildRequest(
            **{"target": target, "weights": str(weights), "rounding": "nearest", "prefetch": False,
               "output": tmp_path / "dist", **options}
        )  # fmt: skip
        runner = VirtualEnvironmentRunner(session_directories)
        return build(request, directories=session_directories, runner=runner, display=RecordingDisplay())

    return make


@pytest.mark.campaign
def test_openmv(package, detectors, outputs_equal):
    """The decoded head, all of it on the NPU, softmax and all."""
    made = package("openmv-ae3", detectors / "yolov8-3.pt", image_size=96)
    assert {"main.py", "yolov8-3_96.txt", "yolov8-3_96.tflite"} <= {path.name for path in made.folder.iterdir()}
    model = read_model(made.folder / "yolov8-3_96.tflite")
    assert model.outputs[0].shape == (1, 7, 189) and {payload.macs for payload in model.npu} == {256}
    assert made.manifest["metrics"]["cpu_ops"] == 0
    assert (made.folder / "yolov8-3_96.txt").read_text() == "thing 0\nthing 1\nthing 2\n"
    assert outputs_equal(made.folder, "yolov8-3_96.tflite")


def test_a_pose_model_is_nothing_for_openmv(package, detectors):
    with pytest.raises(ModelError, match=r"pose.pt is a pose model; openmv-ae3 takes detection models alone"):
        package("openmv-ae3", detectors / "pose.pt", image_size=96)


@pytest.mark.campaign
@pytest.mark.parametrize(("weights", "file"), [("demo", "YOLOv8n-pose.tflite"), ("yolov8-3.pt", "YOLOv8n-od.tflite")])
@pytest.mark.parametrize("prefetch", [False, True])
def test_numaker(package, detectors, outputs_equal, weights, file, prefetch):
    made = package("numaker-m55m1", weights if weights == "demo" else detectors / weights, prefetch=prefetch)
    target = load_target("numaker-m55m1").for_task(made.manifest["task"])
    sides = {name: 24 if name.endswith("_s8") else 12 if name.endswith("_s16") else 6 for name in target.outputs.order}
    shapes = [output.shape[1] for output in read_model(made.folder / file).outputs]
    assert shapes == [756 if name == "keypoints" else sides[name] ** 2 for name in target.outputs.order]
    assert made.manifest["metrics"]["cpu_ops"] == 0
    assert outputs_equal(made.folder, file)
    if prefetch:
        assert outputs_equal(made.folder, made.manifest["prefetch"]["file"])


@pytest.mark.campaign
@pytest.mark.parametrize(("weights", "task", "rows"), [("demo", "pose", 56), ("yolov8-3.pt", "od", 7)])
def test_ne301(package, detectors, weights, task, rows):
    made = package("ne301", weights if weights == "demo" else detectors / weights, image_size=96, prefetch=None)
    (model,) = made.folder.glob(f"*_96_quant_pc_uf_{task}.tflite")
    about = json.loads(model.with_suffix(".json").read_text())
    (output,) = about["output_spec"]["outputs"]
    assert read_model(model).outputs[0].shape == (1, rows, 189) == (1, output["channels"], output["width"])
    assert about["postprocess_params"]["num_classes"] == len(made.manifest["classes"])
