"""The file that is flashed, run on a simulated Ethos-U: to the bit what TFLite gives for the model before Vela."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy
import pytest
from locations import SHARED
from recording import RecordingDisplay

from edgecask.build import BuildRequest, build
from edgecask.runner.venv import VirtualEnvironmentRunner

HERE = Path(__file__).parent
REAL_WEIGHTS = SHARED / "models" / "yolov8n-pose-real.pt"
# What Vela makes of a model as it stands in the file, and what ours is.
VARIANTS = {
    "as Vela has it": {"fuse_silu": False, "zero_copy_concat": False},
    "default": {},
    "table on the convolution": {"experimental_fuse_into_conv": True},
    "compacted": {"compress_weights": "max"},
}


@pytest.fixture(scope="module", params=["demo", pytest.param("real", marks=pytest.mark.extended)])
def made(request, session_directories, tmp_path_factory):
    """A build of the demo's weights, or of real ones where they are."""
    if request.param == "real" and not REAL_WEIGHTS.is_file():
        pytest.skip("needs ../shared (real weights)")

    def make(**chosen):
        return build(
            BuildRequest(
                target="grove",
                weights="demo" if request.param == "demo" else str(REAL_WEIGHTS),
                image_size=64,
                output=tmp_path_factory.mktemp("dist"),
                **chosen,
            ),
            directories=session_directories,
            runner=VirtualEnvironmentRunner(session_directories),
            display=RecordingDisplay(),
        )

    return make


@pytest.fixture(scope="module")
def expected_of(environment_python, tmp_path_factory):
    """The inputs for a model from before Vela, and what TFLite's kernels make of them; made once for each model."""
    found = {}

    def get(twin):
        if twin.sha256 not in found:
            folder = tmp_path_factory.mktemp("expected")
            inputs, outputs = folder / "inputs.npy", folder / "outputs.npz"
            script = HERE / "run_reference_kernels.py"
            run(environment_python("convert"), script, twin.path, inputs, outputs)
            found[twin.sha256] = inputs, numpy.load(outputs)
        return found[twin.sha256]

    return get


def run(*command) -> str:
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_flashed_file_is_its_twin(variant, made, expected_of, environment_python, tmp_path):
    results = made(**VARIANTS[variant]).results
    inputs, expected = expected_of(results["quantize"].outputs["model.tflite"])
    flashed = results["compile"].outputs["model.tflite"].path
    script, output = HERE / "run_on_simulated_npu.py", tmp_path / "found.npz"
    executed = json.loads(run(environment_python("vela"), script, flashed, inputs, output))
    found = numpy.load(output)
    assert sorted(found.files) == sorted(expected.files) and len(found.files) == 7
    for name in expected.files:
        assert numpy.array_equal(found[name], expected[name]), name
    assert any(len(numpy.unique(expected[name])) > 16 for name in expected.files)  # they say something
    pools = executed["POOL"] // len(numpy.load(inputs))
    # Copies and what changes scale are pools, too; those of the keypoints stay, which are reshaped on the way.
    assert pools > 40 if variant == "as Vela has it" else pools < 30 or "convolution" in variant


def test_copies_cost_time_and_memory(made):
    before, after = (made(zero_copy_concat=zero_copy).results["compile"].report for zero_copy in (False, True))
    assert before["copies_avoided"] == 0 and after["copies_avoided"] >= 40
    assert after["metrics"]["npu_ms"] < before["metrics"]["npu_ms"]
    assert after["metrics"]["sram_kib"] <= before["metrics"]["sram_kib"]
