"""SiLU as one table: to the bit what TFLite computes, and one operator on the NPU."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from locations import REPOSITORY
from recording import RecordingDisplay

from edgecask.build import BuildRequest, build
from edgecask.errors import UsageError
from edgecask.runner.venv import VirtualEnvironmentRunner
from edgecask.target.model_file import read_model

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def without(session_directories, tmp_path_factory):
    """The demo build with LOGISTIC and MUL left apart, or with the experimental table on the convolution."""

    def make(**chosen):
        return build(
            BuildRequest(
                target="grove", weights="demo", prefetch=False, **chosen, output=tmp_path_factory.mktemp("dist")
            ),
            directories=session_directories,
            runner=VirtualEnvironmentRunner(session_directories),
            display=RecordingDisplay(),
        )

    return make


def test_every_table_is_what_the_kernels_compute(demo_builds, without, environment_python, tmp_path):
    """All 256 codes of every SiLU of a model, and of many random quantisations."""
    model = demo_builds("venv")[0].results["quantize"].outputs["model.tflite"].path
    seen = tmp_path / "seen.json"
    script = [HERE / "run_silus.py", model, seen]
    subprocess.run([environment_python("convert"), *script], check=True, capture_output=True)
    compared = subprocess.run(
        [environment_python("vela"), HERE / "compare_silus.py", REPOSITORY, seen],
        check=True,
        capture_output=True,
        text=True,
    )
    result = json.loads(compared.stdout)
    assert result["count"] > 350
    assert result["different"] == []
    compiled = demo_builds("venv")[0].results["compile"]
    assert compiled.report["fused_silus"] == result["count"] - 300
    # And those very tables are in the file that is flashed.
    content = compiled.outputs["model.tflite"].path.read_bytes()
    for _, table in json.loads(seen.read_text())[: result["count"] - 300]:
        assert bytes(code % 256 for code in table) in content


def test_it_is_faster_and_can_be_turned_off(demo_builds, without):
    fused, separate, experimental = (
        demo_builds("venv")[0],
        without(fuse_silu=False),
        without(experimental_fuse_into_conv=True),
    )
    times = [made.manifest["metrics"]["npu_ms"] for made in (separate, fused, experimental)]
    assert times == sorted(times, reverse=True) and times[1] < 0.9 * times[0]
    assert fused.manifest["metrics"]["sram_kib"] < separate.manifest["metrics"]["sram_kib"]
    for made in (separate, fused, experimental):
        assert [operator.name for operator in read_model(made.folder / "model.tflite").operators] == ["ETHOS_U"]


def test_targets_without_vela_have_nothing_to_choose(session_directories, tmp_path):
    with pytest.raises(UsageError):
        build(
            BuildRequest(target="xiao", weights="demo", fuse_silu=False, output=tmp_path),
            directories=session_directories,
            runner=VirtualEnvironmentRunner(session_directories),
            display=RecordingDisplay(),
        )
