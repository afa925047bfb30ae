"""A layer that is damaged by one step, all of its weights with the next higher code, against the gate.

benchmarks/one_step.py measures the same of any weights and images; docs/guide/accuracy.md says what it gives.
"""

from __future__ import annotations

import pytest
from recording import RecordingDisplay

from benchmarks.one_step import WHOLE, shifted
from benchmarks.variants_of_a_build import labelled, measured
from edgecask.analysis.agreement import gate, points
from edgecask.analysis.unlabelled_images import UnlabelledImages
from edgecask.build import BuildRequest, build
from edgecask.data.calibration import images_in
from edgecask.data.demo_request import FACING
from edgecask.errors import AgreementError
from edgecask.plan.data_stages import drawing_stage
from edgecask.plan.graph import Graph
from edgecask.runner.venv import VirtualEnvironmentRunner
from edgecask.store.image_archives import repack
from edgecask.target.target import load_target

IMAGES = 60
MARGIN = 1.0
SEEN = (
    "0", "1", "2.cv1", "3", "4.cv2", "5", "7", "12.cv2", "15.cv2", "22.cv2.1.0", "22.cv3.0.0", "22.cv4.0.0",
    "22.cv4.1.0",
)  # fmt: skip
"""One layer of every part of the network whose work these people hang on."""
UNUSED = ("21.cv1", "22.cv2.2.0", "22.cv3.2.0", "22.cv4.2.0")
"""Of the grid with a stride of 32, on which nobody is found in 64 pixels: no image could tell."""


@pytest.fixture(scope="module")
def judging(execution):
    """Drawn people that are in no other data set."""
    node = drawing_stage(split="one step", number=3, first=0, count=IMAGES, seed=1, image_size=256, facing=FACING)
    archive = execution.run_graph(Graph([node]))[node.name].outputs["data.tar"]
    return UnlabelledImages(source="of drawn people", parts=(repack(execution.store, [archive], images_in(archive)),))


@pytest.fixture(scope="module")
def package(session_directories, tmp_path_factory):
    return build(
        BuildRequest(weights="demo", target="grove", image_size=64, output=tmp_path_factory.mktemp("dist")),
        directories=session_directories,
        runner=VirtualEnvironmentRunner(session_directories),
        display=RecordingDisplay(),
    )


@pytest.mark.extended
def test_the_gate_fails_a_layer_that_is_damaged_by_one_step(package, execution, environment_python, judging, tmp_path):
    model = package.results["quantize"].outputs["model.tflite"]
    labels = labelled(
        shifted(environment_python("convert"), model.path, tmp_path), package.results["export"].report["network"]
    )
    names = [label.split()[0] for label in labels]
    assert len(set(names)) == len(names) > 60
    found = measured(
        execution,
        load_target("grove"),
        floating=package.results["convert"].outputs["float.tflite"],
        models={
            WHOLE: model,
            **{name: execution.store.ingest(tmp_path / f"{names.index(name):03}.tflite") for name in (*SEEN, *UNUSED)},
        },
        judging=judging,
        keypoints=17,
    )
    whole = found.pop(WHOLE)
    least = points(whole) - MARGIN
    gate(whole, least)
    for name in SEEN:
        with pytest.raises(AgreementError, match="points of AP"):
            gate(found[name], least)
    assert all(found[name] == whole for name in UNUSED)
