"""Rounding by sensitivity: costs against finite differences, and a whole build of it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from locations import REPOSITORY
from recording import RecordingDisplay

from edgecask.build import BuildRequest, build
from edgecask.runner.venv import VirtualEnvironmentRunner
from edgecask.target.model_file import read_model

HERE = Path(__file__).parent


@pytest.mark.extended
def test_the_cost_of_a_channel_is_that_of_nudging_it(environment_python, tmp_path):
    """On a small network: random signs give what moving each place by itself costs, and the same every time."""
    script, result = HERE / "check_sensitivity.py", tmp_path / "result.json"
    command = [environment_python("export"), script, REPOSITORY, tmp_path, result]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    found = json.loads(result.read_text())
    assert found["costs"] == pytest.approx(found["wanted"], rel=0.05)
    assert found["same"] and found["rows"] < 1e-5 and found["hessian"] < 1e-5
    before, (scale, _), repeated = found["range"]
    assert repeated and scale * 255 < before[1] - before[0]  # it was much wider than what is there
    chosen, coarse = found["range_loss"]
    assert found["nothing"] <= chosen < coarse / 2


@pytest.fixture(scope="module")
def small(session_directories, tmp_path_factory):
    """A small build with a level of compression."""

    def make(level="auto", **chosen):
        return build(
            BuildRequest(
                weights="demo", image_size=64, compress_weights=level,
                output=tmp_path_factory.mktemp("dist"), **chosen,
            ),
            directories=session_directories,
            runner=VirtualEnvironmentRunner(session_directories),
            display=RecordingDisplay(),
        )  # fmt: skip

    return make


@pytest.mark.campaign
def test_a_level_is_a_choice_of_what_is_already_there(small, environment_python):
    """Steps by channel, the contract of before; another level costs a copy of the file and a compilation."""
    fine = small("smaller", target="grove")
    model = read_model(fine.results["quantize"].outputs["model.tflite"].path)
    assert model.per_channel_tensors > 100
    levels = fine.results["round"].report["levels"]
    sizes = [level["bytes"] for level in levels]
    assert sizes == sorted(sizes, reverse=True) and sizes[-1] < 0.6 * sizes[0]
    network = fine.results["ranges"].outputs["network.npz"].path
    reference = fine.results["export"].outputs["reference.npz"].path
    command = [environment_python("export"), HERE / "compare_described.py", REPOSITORY, network, reference]
    compared = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert len(compared) == 6
    for difference, largest in compared.values():
        assert difference < 1e-3 * largest
    coarse = small("smallest", target="grove")
    assert coarse.results["round"].key == fine.results["round"].key
    compiled = [made.results["compile"].outputs["model.tflite"].size for made in (fine, coarse)]
    assert compiled[1] < 0.95 * compiled[0]
    assert [made.manifest["weights"]["bits"] for made in (fine, coarse)] == [4.0, 3.4]
    outputs = [read_model(made.folder / "host" / "model.tflite").outputs for made in (fine, coarse)]
    assert all(len(found) == 7 and {output.scales for output in found} == {1} for found in outputs)


@pytest.mark.extended
def test_a_device_whose_steps_are_one_a_layer_gets_them(small):
    package = small(target="stm32mp2")
    assert read_model(package.results["quantize"].outputs["model.tflite"].path).per_channel_tensors == 0
    assert "keypoint_range" not in package.results["round"].report  # they are part of the one output
