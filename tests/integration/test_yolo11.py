"""YOLO11: its attention runs on the Ethos-U55 altogether, and every form of the network gives the same.

That the float TensorFlow model gives what the checkpoint's own network gives is asked by the convert stage of every
build, which refuses anything else.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy
import pytest
from locations import REPOSITORY
from recording import RecordingDisplay

from edgecask.build import BuildRequest, build
from edgecask.errors import ContractError
from edgecask.runner.venv import VirtualEnvironmentRunner
from edgecask.target.model_file import read_model
from edgecask.target.target import load_target, target_names

HERE = Path(__file__).parent


def run(*command) -> str:
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def networks(environment_python, made_once) -> Path:
    """YOLO11 with random weights; see tests/data/make_yolo11_checkpoints.py."""
    script = REPOSITORY / "tests" / "data" / "make_yolo11_checkpoints.py"
    return made_once("yolo11", lambda folder: run(environment_python("export"), script, folder))


def test_heads_give_what_the_whole_attention_gives(environment_python, tmp_path):
    script = HERE / "check_attention.py"
    found = json.loads(run(environment_python("export"), script, REPOSITORY, tmp_path).splitlines()[-1])
    assert found["nodes"] == 3 and found["shapes"] == [[1, 16, 5, 5]] * 3
    assert found["spread"] > 0.1
    assert found["pytorch"] < 1e-5 and found["onnx"] < 1e-5


@pytest.fixture(scope="module")
def built(networks, session_directories, tmp_path_factory):
    def make(name, **chosen):
        return build(
            BuildRequest(weights=str(networks / f"{name}.pt"), output=tmp_path_factory.mktemp("dist"), **chosen),
            directories=session_directories,
            runner=VirtualEnvironmentRunner(session_directories),
            display=RecordingDisplay(),
        )

    return make


def same_as_tflite(built, environment_python, folder) -> None:
    """Hold the flashed file, as the simulated NPU runs it, against TFLite's kernels for the file before Vela."""
    quantized, flashed = (built.results[name].outputs["model.tflite"].path for name in ("quantize", "compile"))
    inputs, expected, found = (folder / name for name in ("inputs.npy", "expected.npz", "found.npz"))
    run(environment_python("convert"), HERE / "run_reference_kernels.py", quantized, inputs, expected)
    run(environment_python("vela"), HERE / "run_on_simulated_npu.py", REPOSITORY, flashed, inputs, found)
    wanted, given = numpy.load(expected), numpy.load(found)
    assert sorted(given.files) == sorted(wanted.files) and len(given.files) == 7
    for name in wanted.files:
        assert numpy.array_equal(given[name], wanted[name]), name
    assert any(len(numpy.unique(wanted[name])) > 16 for name in wanted.files)  # they say something


def all_on_the_npu(built) -> None:
    """One part for the NPU, whatever the attention, whose softmax is in the file."""
    report = built.results["compile"].report
    assert report["metrics"]["cpu_ops"] == 0 and report["cpu_operators"] == []
    flashed, quantized = (
        [operator.name for operator in read_model(built.results[name].outputs["model.tflite"].path).operators]
        for name in ("compile", "quantize")
    )
    assert flashed == ["ETHOS_U"]
    assert "SOFTMAX" in quantized and "BATCH_MATMUL" not in quantized


@pytest.mark.extended
def test_the_attention_runs_on_the_npu_to_the_bit(built, environment_python, tmp_path):
    made = built("yolo11-small", target="grove", image_size=64, prefetch=False, rounding="nearest")
    all_on_the_npu(made)
    same_as_tflite(made, environment_python, tmp_path)


@pytest.mark.extended
def test_the_search_of_weights_computes_what_the_network_does(built, environment_python, tmp_path):
    """The description that PyTorch gets, with all layers of the attention, against TFLite's float kernels."""
    results = built("yolo11-small", target="grove", image_size=64, prefetch=False, rounding="nearest").results
    files = results["convert"].outputs["float.tflite"].path, results["quantize"].outputs["model.tflite"].path
    network, expected = tmp_path / "network.npz", tmp_path / "expected.npz"
    run(environment_python("convert"), HERE / "describe_network.py", REPOSITORY, *files, network, expected)
    script = HERE / "run_described_network.py"
    found = json.loads(run(environment_python("export"), script, REPOSITORY, network, expected).splitlines()[-1])
    assert {"dense", "depthwise", "reshape", "softmax", "split"} <= set(found["kinds"])
    assert found["heads"] == 9 and found["worst"] < 1e-4
    script = HERE / "compare_float_networks.py"  # and what calibrates it, by NumPy
    compared = json.loads(run(environment_python("convert"), script, REPOSITORY, files[0]).splitlines()[-1])
    assert compared[files[0].name]["error"] < 1e-4


@pytest.mark.campaign
@pytest.mark.parametrize("image_size", [192, 256])
def test_yolo11n_pose_runs_on_the_npu_to_the_bit(built, environment_python, tmp_path, image_size):
    """With weights by sensitivity, which the search of pipeline/rounding has to know the network for."""
    made = built("yolo11n-pose", target="grove", image_size=image_size)
    assert made.results["ranges"].report["not_described"] == ""
    all_on_the_npu(made)
    assert made.results["prefetch"].report["prefetch"] == {"possible": True}
    same_as_tflite(made, environment_python, tmp_path)


def takes(task: str) -> list[str]:
    return [name for name in target_names() if task in load_target(name).tasks]


def holds(made, outputs_equal) -> None:
    """All on the NPU where there is one, and both of its files give what TFLite gives, without a hazard."""
    if "compile" not in made.results:
        return
    all_on_the_npu(made)
    files = [made.manifest["model"]["file"]]
    if "file" in made.manifest.get("prefetch", {}):
        files.append(made.manifest["prefetch"]["file"])
    for file in files:
        assert outputs_equal(made.folder, file), file


@pytest.mark.campaign
@pytest.mark.parametrize("target", [name for name in takes("pose") if name not in {"grove", "grove-himax"}])
def test_other_targets_take_it(built, outputs_equal, target):
    holds(built("yolo11n-pose", target=target, rounding="nearest"), outputs_equal)


@pytest.mark.campaign
@pytest.mark.parametrize("image_size", [192, 256])
def test_himax_pose_app_has_no_room_for_it(built, image_size):
    with pytest.raises(ContractError, match=r"breaks 1 rule .*tensor arena: found (315|560)\.0 KiB"):
        built("yolo11n-pose", target="grove-himax", image_size=image_size, rounding="nearest")


@pytest.mark.campaign
@pytest.mark.parametrize("target", takes("detect"))
def test_every_target_of_detection_takes_it(built, outputs_equal, target):
    """Of 80 classes, as Ultralytics' own has them."""
    made = built("yolo11n", target=target, rounding="nearest")
    assert len(made.manifest["classes"]) == 80
    holds(made, outputs_equal)


@pytest.mark.extended
@pytest.mark.parametrize(("name", "rounding"), [("yolo11-small-boxes", "sensitivity"), ("yolo11n", "nearest")])
def test_detection_runs_on_the_npu_with_its_weights_brought_ahead(built, outputs_equal, name, rounding):
    """Both files, and the time of the second one by the timeline. The second network's attention has two heads, whose
    sums share their weights.
    """
    made = built(name, target="grove", image_size=96, rounding=rounding)
    if rounding == "sensitivity":
        assert made.results["ranges"].report["not_described"] == ""
    assert made.results["prefetch"].report["prefetch"] == {"possible": True}
    assert made.manifest["prefetch"]["metrics"]["timeline_ms"] < made.manifest["metrics"]["timeline_ms"]
    holds(made, outputs_equal)


@pytest.mark.campaign
def test_the_ne301_takes_any_number_of_keypoints(built):
    made = built("yolo11-small", target="ne301", image_size=96, rounding="nearest")
    (about,) = made.folder.glob("*_96_quant_pc_uf_pose.json")
    table = json.loads(about.read_text())
    assert table["postprocess_params"]["num_keypoints"] == len(table["postprocess_params"]["keypoint_names"]) == 5
    assert [(each["channels"], each["width"]) for each in table["output_spec"]["outputs"]] == [(5 + 3 * 5, 189)]
