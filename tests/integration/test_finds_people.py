"""The int8 model still sees: real weights on real photographs, against the float model."""

import json
import subprocess
from pathlib import Path

from recording import RecordingDisplay

from pipeline.build import prepare_calibration, run_stages
from pipeline.execution import Execution
from pipeline.runner.venv import VirtualEnvironmentRunner
from pipeline.store import Store
from pipeline.target import load_target
from pipeline.weights import find_weights

PHOTOGRAPHS = 80


def test_people_are_found(session_directories, environment_python, shared):
    data = shared / "data" / "coco-person-80"
    execution = Execution(
        directories=session_directories,
        store=Store(session_directories.store),
        runner=VirtualEnvironmentRunner(session_directories),
        display=RecordingDisplay(),
    )
    target = load_target("grove")
    weights = find_weights(session_directories, str(shared / "models" / "yolov8n-pose-real.pt"))
    calibration = prepare_calibration(execution, target, image_size=192, folder=data / "images")
    results = run_stages(execution, target, image_size=192, weights=weights, calibration=calibration)

    def look(model: Path):
        script = Path(__file__).with_name("find_people.py")
        command = [environment_python("convert"), script, model, data / "images", data / "labels", str(PHOTOGRAPHS)]
        return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[-1])

    floating = look(results[1].outputs["float.tflite"].path)
    # What Vela compiled from; the NPU computes the same integers.
    integer = look(results[2].outputs["model.tflite"].path)
    print(floating, integer)
    assert floating["people"] >= 30
    # At 192 pixels, stretched, and with the lowest score kept 0.25, a third of the people is missed in float already.
    assert floating["found"] > 0.6 * floating["people"]
    assert integer["found"] > 0.9 * floating["found"]
    assert integer["keypoint_error"] < floating["keypoint_error"] + 0.02
