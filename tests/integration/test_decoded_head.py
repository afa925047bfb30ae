"""The decoded head after quantisation, against ST's own models on the same photographs."""

import json
import subprocess
from pathlib import Path

import pytest
from recording import RecordingDisplay

from pipeline.build import BuildRequest, build
from pipeline.runner.venv import VirtualEnvironmentRunner


@pytest.mark.parametrize(
    ("target", "theirs"),
    [
        ("stm32n6", "st-yolov8n_256_quant_pc_uf_pose_coco.tflite"),
        ("stm32mp2", "st-yolov8n_256_quant_pt_uf_pose_coco.tflite"),
    ],
)
def test_as_good_as_sts_own(session_directories, environment_python, shared, tmp_path, target, theirs):
    data = shared / "data" / "coco-person-80"
    package = build(
        BuildRequest(
            target=target,
            weights=str(shared / "models" / "yolov8n-pose-real.pt"),
            calibration=data / "images",
            output=tmp_path,
        ),
        directories=session_directories,
        runner=VirtualEnvironmentRunner(session_directories),
        display=RecordingDisplay(),
    )

    def look(model: Path):
        script = Path(__file__).with_name("find_people.py")
        command = [environment_python("convert"), script, model, data / "images", data / "labels", "80"]
        return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[-1])

    ours = look(package.folder / package.manifest["model"]["file"])
    reference = look(shared / "reference" / theirs)
    print(ours, reference)
    assert ours["found"] >= 0.95 * reference["found"]
    assert ours["keypoint_error"] < reference["keypoint_error"] + 0.01
