"""The file that is flashed, run on a simulated Ethos-U: to the bit what TFLite gives for the model before Vela."""

from __future__ import annotations

import json
import math
import subprocess
from pathlib import Path

import msgspec
import numpy
import pytest
from locations import REPOSITORY, SHARED
from recording import RecordingDisplay

from edgecask.build import BuildRequest, build
from edgecask.plan import model_stages as stages
from edgecask.runner.venv import VirtualEnvironmentRunner
from edgecask.target.model_file import read_model
from edgecask.target.target import load_target

HERE = Path(__file__).parent
REAL_WEIGHTS = SHARED / "models" / "yolov8n-pose-real.pt"
# What Vela makes of a model as it stands in the file, and what ours is.
VARIANTS = {
    "as Vela has it": {"rounding": "nearest", "fuse_silu": False, "zero_copy_concat": False},
    "default": {},
    "table on the convolution": {"rounding": "nearest", "experimental_fuse_into_conv": True},
    "compacted": {"rounding": "nearest", "compress_weights": "smallest"},
    "by sensitivity": {"rounding": "sensitivity", "compress_weights": "smaller"},
}
LONG = ("as Vela has it", "table on the convolution", "compacted", "by sensitivity")


@pytest.fixture(scope="module", params=["demo", pytest.param("real", marks=pytest.mark.extended)])
def weights(request) -> str:
    """The demo's weights, and real ones where they are."""
    if request.param == "demo":
        return "demo"
    if not REAL_WEIGHTS.is_file():
        pytest.skip("needs ../shared (real weights)")
    return str(REAL_WEIGHTS)


@pytest.fixture(scope="module")
def made(weights, session_directories, tmp_path_factory):
    """A small build."""

    def make(**chosen):
        return build(
            BuildRequest(
                target="grove",
                weights=weights,
                image_size=64,
                prefetch=False,
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


@pytest.mark.parametrize(
    "variant", [pytest.param(name, marks=pytest.mark.extended) if name in LONG else name for name in VARIANTS]
)
def test_the_flashed_file_is_its_twin(variant, made, expected_of, environment_python, tmp_path):
    results = made(**VARIANTS[variant]).results
    inputs, expected = expected_of(results["quantize"].outputs["model.tflite"])
    flashed = results["compile"].outputs["model.tflite"].path
    script, output = HERE / "run_on_simulated_npu.py", tmp_path / "found.npz"
    executed = json.loads(run(environment_python("vela"), script, REPOSITORY, flashed, inputs, output))["executed"]
    found = numpy.load(output)
    assert sorted(found.files) == sorted(expected.files) and len(found.files) == 7
    for name in expected.files:
        assert numpy.array_equal(found[name], expected[name]), name
    assert any(len(numpy.unique(expected[name])) > 16 for name in expected.files)  # they say something
    pools = executed["POOL"] // len(numpy.load(inputs))
    # Copies and what changes scale are pools, too; those of the keypoints stay, which are reshaped on the way.
    assert pools > 40 if variant == "as Vela has it" else pools < 30 or "convolution" in variant


@pytest.mark.extended
@pytest.mark.parametrize("weights", ["demo"], indirect=True)
@pytest.mark.parametrize(
    ("silu", "prefetch_bytes"),
    [
        ("convolution", None),
        pytest.param("convolution", 300_000, marks=pytest.mark.campaign),
        pytest.param("table", None, marks=pytest.mark.campaign),
        pytest.param("table", 300_000, marks=pytest.mark.campaign),
        pytest.param("separate", None, marks=pytest.mark.campaign),
    ],
)
def test_256_multipliers_give_the_same_bytes(
    silu, prefetch_bytes, made, expected_of, execution, environment_python, tmp_path
):
    """The same network as the targets with an Ethos-U55-256 have it compiled, with other blocks and other streams."""
    twin = made(rounding="nearest").results["quantize"].outputs["model.tflite"]
    inputs, expected = expected_of(twin)
    target = load_target("numaker-m55m1")
    assert target.compile.silu == "convolution" and target.npu.macs == 256
    compiled = execution.run(
        stages.compile_stage(
            msgspec.structs.replace(target, compile=msgspec.structs.replace(target.compile, silu=silu)),
            model=twin,
            vela_config=execution.store.ingest(target.vela_config),
            prefetch_bytes=prefetch_bytes,
        )
    )
    assert prefetch_bytes is None or compiled.report["prefetch"] == {"possible": True}
    output = tmp_path / "found.npz"
    script = [HERE / "run_on_simulated_npu.py", REPOSITORY, compiled.outputs["model.tflite"].path]
    said = json.loads(run(environment_python("vela"), *script, inputs, output, "both"))
    assert said["hazards"] == 0 and said["pairs"] > 0
    found = numpy.load(output)
    assert sorted(found.files) == sorted(expected.files) and len(found.files) == 7
    for name in expected.files:
        assert numpy.array_equal(found[name], expected[name]), name


def test_copies_cost_time(made):
    """What holds for every network: each copy is one operator less, and the rest take no longer than with it.

    Memory is another matter. A concatenation that is written by those who make its parts is there from the first part
    on, also where the others come much later; a small network may need more for that, but never more than all its
    concatenations are large.
    """
    before, after = (made(rounding="nearest", zero_copy_concat=zero_copy) for zero_copy in (False, True))
    copied, placed = (made.results["compile"].report for made in (before, after))
    assert copied["copies_avoided"] == 0 and placed["copies_avoided"] >= 40
    counts = [report["metrics"]["npu_ops"] for report in (copied, placed)]
    assert counts[0] - counts[1] == placed["copies_avoided"]
    assert placed["metrics"]["npu_ms"] < copied["metrics"]["npu_ms"]
    model = read_model(after.results["quantize"].outputs["model.tflite"].path)
    wholes = [operator.outputs[0] for operator in model.operators if operator.name == "CONCATENATION"]
    assert wholes and {whole.dtype for whole in wholes} == {"int8"}
    most = sum(math.prod(whole.shape) for whole in wholes) / 1024
    assert placed["metrics"]["sram_kib"] <= copied["metrics"]["sram_kib"] + most


@pytest.mark.extended
@pytest.mark.parametrize("weights", ["real"], indirect=True)
def test_yolov8n_pose_needs_no_more_memory_without_copies(made):
    """Of this network it is true, and of no other for that."""
    before, after = (
        made(rounding="nearest", zero_copy_concat=zero_copy).results["compile"].report for zero_copy in (False, True)
    )
    assert after["metrics"]["sram_kib"] <= before["metrics"]["sram_kib"]


def test_damaged_weights_are_refused_in_one_line(environment_python):
    """Vela's decoder ends the process that it runs in; the one that asks goes on, and decodes the next."""
    script = HERE / "decode_damaged.py"
    ran = subprocess.run(
        [environment_python("vela"), script, REPOSITORY], capture_output=True, text=True, check=False, timeout=120
    )
    assert ran.returncode == 0, ran.stderr
    said = json.loads(ran.stdout)
    refused = "{model} is damaged: a stream of weights in it cannot be decoded."
    assert said["results"] == ["as it was", refused, refused, refused, "as it was", "as it was"]
    assert refused in said["damaged"] and set(said["damaged"]) <= {refused, "something else", "as it was"}
    assert ran.stderr == ""
