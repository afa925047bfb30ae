"""The demo detector finds the objects it was trained for, in float and as the device computes it."""

from __future__ import annotations

import json
import re

import pytest
from conftest import runner_for
from locations import BOTH_RUNNERS
from recording import RecordingDisplay
from test_demo_model import invoke

from edgecask.build import BuildRequest, build
from edgecask.calibration_nodes import DRAWN_COUNT
from edgecask.data.synthetic import DRAWN
from edgecask.target.contract import check
from edgecask.target.model_file import read_model
from edgecask.target.target import load_target

pytestmark = pytest.mark.extended
NAMES = list(DRAWN["detect"].names)


@pytest.fixture(scope="module", params=BOTH_RUNNERS)
def built(request, session_directories, tmp_path_factory):
    """dist/grove from the demo detector, and the display of its build."""
    if request.param == "docker":
        request.getfixturevalue("engine_or_skip")
    display = RecordingDisplay()
    package = build(
        BuildRequest(target="grove", weights="demo-detect", output=tmp_path_factory.mktemp("dist")),
        directories=session_directories,
        runner=runner_for(request.param, session_directories),
        display=display,
    )
    return package, display


def test_its_package_is_what_the_firmware_takes(built):
    package, display = built
    manifest = package.manifest
    assert (manifest["task"], manifest["classes"], manifest["metrics"]["cpu_ops"]) == ("detect", NAMES, 0)
    calibration = manifest["inputs"]["calibration"]
    assert (calibration["source"], calibration["count"]) == ("drawn objects", DRAWN_COUNT * 4 // 5)
    assert any("warning: demo-detect weights: trained on drawn objects alone" in note for note in display.notes)
    target = load_target("grove").for_task("detect")
    report = check(read_model(package.folder / "model.tflite"), target)
    assert not report.failures and not report.warnings
    # Inside the NPU's code there is no trace of the steps of a weight's channels.
    assert {row.rule for row in report.rows if row.verdict != "pass"} == {"granularity"}
    page = (package.folder / "report.html").read_text()
    for model in ("float", "int8"):
        counts = [int(count) for count in re.findall(rf"<p>{model}: (\d+) ", page)]
        assert len(counts) == 6 and sum(counts) >= 6, (model, counts)


def test_its_package_is_verified(built, session_directories):
    package, _ = built
    where = {"folder": package.folder.parent, "store": session_directories.store}
    assert "no rule of the firmware is broken" in invoke("verify", "--target=grove", "--dist=.", **where)


def test_it_finds_objects_it_has_never_seen(built, session_directories, tmp_path):
    """Pictures of another seed than any it was trained with or chosen by; see models/demo-detect/README.md."""
    where = {"folder": tmp_path, "store": session_directories.store}
    options = ("--task=detect", "--output=held-out", "--count=1", "--val=150", "--seed=1")
    invoke("make-demo-data", *options, **where)
    model = built[0].folder / "model.tflite"
    found = json.loads(
        invoke(
            "evaluate", "--target=grove", model, "--data=held-out/data.yaml", "--against=demo-detect", "--json", **where
        )
    )
    assert found["data"]["images"] == 150
    assert found["float"]["AP50"] >= 0.80
    for figure in ("AP50", "AP"):
        assert found["float"][figure] - found["int8"][figure] <= 0.01, found


def test_training_goes_on_from_what_it_knows(session_directories, tmp_path):
    """Ultralytics' own validation of it, and an epoch that does not take it apart."""
    where = {"folder": tmp_path, "store": session_directories.store}
    invoke("make-demo-data", "--task=detect", "--output=drawn", "--count=96", "--val=100", "--seed=1", **where)
    invoke("train", "--data=drawn/data.yaml", "--weights=demo-detect", "--epochs=1", **where)
    result = json.loads((tmp_path / "runs" / "train" / "run.json").read_text())["result"]
    assert result["before"]["box_map50"] >= 0.80 and result["tensors"]["transferred"] == result["tensors"]["all"]
    assert result["after"]["box_map50"] >= result["before"]["box_map50"] - 0.05
