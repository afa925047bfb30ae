"""Any number of keypoints at any size: the float model computes what PyTorch does, also where lengths coincide.

onnx2tf takes one axis for another where 3K values equal a side of a grid, S/8, S/16 or S/32.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from edgecask.plan import model_stages as stages
from edgecask.plan.graph import Graph
from edgecask.store.store import Store
from edgecask.target.target import load_target

STRIDES = (8, 16, 32)
COLLISIONS = [(size, 3 * keypoints, keypoints) for size, keypoints in (
    (96, 1), (96, 2), (96, 4), (192, 2), (192, 4), (192, 8), (288, 3), (288, 6), (288, 12), (384, 16),
)]  # fmt: skip
# Also where 3K is the square of a side, or the channels of the boxes.
OTHERS = [(192, 144, 48), (192, 36, 12), (64, 63, 21), (224, 51, 17)]
TIERS = {
    ("grove", 192, 4): (),
    **dict.fromkeys(
        [("stm32n6", 192, 4), ("stm32n6", 288, 12), ("grove", 96, 1), ("grove", 192, 8), ("grove", 384, 16),
         ("grove", 192, 48)],
        pytest.mark.extended,
    ),
}  # fmt: skip
"""Each takes some twenty seconds: all others are a campaign's."""
CASES = [
    pytest.param(target, size, keypoints, marks=TIERS.get((target, size, keypoints), pytest.mark.campaign))
    for target in ("grove", "stm32n6")
    for size, _, keypoints in COLLISIONS + OTHERS
]


def test_the_cases_are_collisions():
    for size, values, _ in COLLISIONS:
        assert values in {size // stride for stride in STRIDES}


@pytest.fixture(scope="session")
def by_keypoints(environment_python, made_once):
    """A folder of checkpoints, one for each number of keypoints."""
    script = Path(__file__).with_name("make_keypoint_checkpoints.py")
    numbers = sorted({str(keypoints) for _, _, keypoints in COLLISIONS + OTHERS})

    def make(folder):
        subprocess.run([environment_python("export"), script, folder, *numbers], check=True, capture_output=True)

    return made_once("keypoints", make)


@pytest.mark.parametrize(("target_name", "size", "keypoints"), CASES)
def test_float_outputs_are_pytorchs(
    session_directories, execution, environment_python, by_keypoints, target_name, size, keypoints
):
    store = Store(session_directories.store)
    weights = store.ingest(by_keypoints / f"{keypoints}.pt")
    nodes = [stages.export_stage(load_target(target_name), image_size=size, weights=weights), stages.convert_stage()]
    results = execution.run_graph(Graph(nodes, purpose="keypoints"))
    script = Path(__file__).with_name("compare_float.py")
    done = subprocess.run(
        [environment_python("convert"), script, results["convert"].outputs["float.tflite"].path,
         results["export"].outputs["reference.npz"].path],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    anchors = sum((size // stride) ** 2 for stride in STRIDES)
    outputs = json.loads(done.stdout.splitlines()[-1])
    if target_name == "grove":
        assert outputs["keypoints"][0] == [1, anchors, 3 * keypoints]
    else:
        assert outputs["detections"][0] == [1, 5 + 3 * keypoints, anchors]
    for name, (_, difference, largest) in outputs.items():
        assert difference <= 1e-3 * max(1.0, largest), name
