"""One operator of each kind on a simulated Ethos-U55 of each size: to the bit what TFLite's reference kernels give."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import msgspec
import numpy
import pytest
from locations import REPOSITORY

from edgecask.plan import model_stages as stages
from edgecask.target.target import load_target

HERE = Path(__file__).parent
OUTPUTS = 23
pytestmark = pytest.mark.extended


@pytest.fixture(scope="module")
def operators(environment_python, made_once):
    """The network, its pictures, and what is expected of them."""

    def make(folder):
        files = [folder / name for name in ("model.tflite", "inputs.npy", "expected.npz")]
        command = [environment_python("convert"), HERE / "make_operator_model.py", *files]
        subprocess.run(command, check=True, capture_output=True)

    return made_once("operators", make)


@pytest.mark.parametrize("macs", [64, 128, 256])
def test_every_operator_is_the_reference_kernels(macs, operators, execution, environment_python, tmp_path):
    target = load_target("grove")
    chosen = msgspec.structs.replace(target.compile, accelerator=f"ethos-u55-{macs}", silu="separate")
    store = execution.store
    compiled = execution.run(
        stages.compile_stage(
            msgspec.structs.replace(target, compile=chosen),
            model=store.ingest(operators / "model.tflite"),
            vela_config=store.ingest(target.vela_config),
        )
    )
    assert compiled.report["metrics"]["cpu_ops"] == 0
    output = tmp_path / "found.npz"
    script = [HERE / "run_on_simulated_npu.py", REPOSITORY, compiled.outputs["model.tflite"].path]
    command = [environment_python("vela"), *script, operators / "inputs.npy", output, "both"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    said = json.loads(ran.stdout)
    assert said["hazards"] == 0
    assert {"CONV", "DEPTHWISE", "POOL", "ELEMENTWISE", "DMA_START"} <= set(said["executed"])
    found, expected = numpy.load(output), numpy.load(operators / "expected.npz")
    assert sorted(found.files) == sorted(expected.files) and len(found.files) == OUTPUTS
    for name in expected.files:
        assert numpy.array_equal(found[name], expected[name]), name
        assert len(numpy.unique(expected[name])) > 16, name  # it says something
