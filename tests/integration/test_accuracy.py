"""What a model still sees: real weights and photographs, the gate, both interpreters, and ST's own models."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from array import array

import pytest
from evaluating import detect, score
from locations import REPOSITORY
from recording import RecordingDisplay

from edgecask.analysis.accuracy import accuracy_of, as_flashed, detect_nodes, detected, gate, ingest, same_detections
from edgecask.analysis.agreement import agreement_node, agreement_of, points
from edgecask.analysis.agreement import gate as agreement_gate
from edgecask.build import BuildRequest, build
from edgecask.data.ground_truth import load_labelled
from edgecask.errors import AccuracyError, AgreementError, ModelFileError
from edgecask.plan import evaluation_stages as plan
from edgecask.plan.graph import Graph
from edgecask.runner.venv import VirtualEnvironmentRunner
from edgecask.target.target import load_target
from edgecask.task.pose import COCO_SIGMAS


@pytest.fixture(scope="module")
def halves(shared, tmp_path_factory):
    """The photographs in two halves: a folder to calibrate with, and a COCO JSON to measure on."""
    folder = tmp_path_factory.mktemp("halves")
    source = shared / "data" / "coco-person-80"
    table = json.loads((source / "annotations" / "person_keypoints.json").read_text())
    table["images"].sort(key=lambda image: image["file_name"])
    (folder / "calibration").mkdir()
    (folder / "images").mkdir()
    for number, image in enumerate(table["images"]):
        where = "calibration" if number % 2 else "images"
        (folder / where / image["file_name"]).symlink_to(source / "images" / image["file_name"])
    table["images"] = table["images"][::2]
    kept = {image["id"] for image in table["images"]}
    table["annotations"] = [entry for entry in table["annotations"] if entry["image_id"] in kept]
    (folder / "people.json").write_text(json.dumps(table))
    return folder


@pytest.fixture(scope="module")
def measured(halves, shared, session_directories, tmp_path_factory):
    """Packages of real weights, calibrated on one half and measured on the other."""

    def make(target: str, **options):
        return build(
            BuildRequest(
                target=target,
                weights=str(shared / "models" / "yolov8n-pose-real.pt"),
                calibration=halves / "calibration",
                data=halves / "people.json",
                output=tmp_path_factory.mktemp("dist"),
                **options,
            ),
            directories=session_directories,
            runner=VirtualEnvironmentRunner(session_directories),
            display=RecordingDisplay(),
        )

    return make


@pytest.fixture(scope="module")
def grove(measured):
    return measured("grove", rounding="nearest")


def test_little_is_lost(grove, measured):
    accuracy = grove.manifest["accuracy"]
    assert accuracy["data"]["images"] == 40 and accuracy["data"]["people"] > 30
    assert accuracy["float"]["AP"] > 0.08 and accuracy["float"]["AP50"] > 0.25
    # Forty photographs, of which the camera sees two thirds, tell some points apart.
    assert accuracy["drop"]["points"] < 3
    low, high = accuracy["drop"]["interval"]
    assert low <= accuracy["drop"]["points"] <= high
    plain = measured("grove", range_search=False).manifest["accuracy"]
    assert accuracy["float"] == plain["float"]
    assert accuracy["int8"]["AP"] > plain["int8"]["AP"]


@pytest.mark.campaign
def test_compensated_weights_add_less_noise(grove, measured, execution):
    compensated = measured("grove", gptq=True)

    def noise(package):
        result = execution.run(
            plan.noise_stage(
                load_target("grove"),
                sigmas=COCO_SIGMAS,
                model=package.results["quantize"].outputs["model.tflite"],
                floating=package.results["convert"].outputs["float.tflite"],
                calibration=package.results["prepare"].outputs["calibration.npy"],
            )
        )
        outputs = json.loads(result.outputs["noise.json"].path.read_text())["outputs"]
        return {output["name"]: output["nsr"] for output in outputs}["keypoints"]

    assert noise(compensated) < 0.95 * noise(grove)
    sizes = [package.manifest["metrics"]["flash_kib"] for package in (compensated, grove)]
    assert sizes[0] == pytest.approx(sizes[1], rel=0.01)


@pytest.mark.campaign
def test_compact_weights_are_read_faster(grove, measured):
    package = measured("grove", rounding="nearest", compress_weights="smallest")
    levels = package.manifest["compression"]["levels"]
    assert levels["off"]["npu_ms"] == grove.manifest["metrics"]["npu_ms"]
    assert levels["off"]["AP"] == grove.manifest["accuracy"]["int8"]["AP"]
    assert levels["smallest"]["npu_ms"] == package.manifest["metrics"]["npu_ms"] < 45
    steps = package.results["quantize"].report["compression"]["steps"]
    assert steps[0] == 1.0 and max(steps) > 2  # nobody waits for the few bytes of the first layer
    for metric in ("npu_ms", "flash_kib"):
        assert levels["off"][metric] > levels["smaller"][metric] > levels["smallest"][metric]
    assert all(level["AP"] > levels["off"]["AP"] - 0.035 for level in levels.values())
    page = (package.folder / "report.html").read_text()
    assert "What compression buys" in page and 'aria-label="accuracy over NPU time' in page
    assert (
        "compression" not in grove.manifest
        and "What compression buys" not in (grove.folder / "report.html").read_text()
    )


def test_the_gate_stops_a_damaged_model(grove, execution, halves, environment_python, tmp_path):
    target = load_target("grove")
    good = grove.results["quantize"].outputs["model.tflite"]
    damaged = tmp_path / "damaged.tflite"
    script = REPOSITORY / "tests" / "integration" / "damage_model.py"
    subprocess.run([environment_python("convert"), script, good.path, damaged], check=True, capture_output=True)
    images = ingest(execution.store, load_labelled(halves / "people.json"), cores=2)
    reference, _ = detect(
        execution, target, name="float", model=grove.results["convert"].outputs["float.tflite"], images=images
    )

    def accuracy(blob):
        found, _ = detect(execution, target, name="model", model=blob, images=images)
        return accuracy_of(score(execution, images=images, model=found, reference=reference), images)

    def agreement(blob):
        found, _ = detect(execution, target, name="model", model=blob, images=images)
        node = agreement_node(reference=detected(reference), model=detected(found), sigmas=COCO_SIGMAS)
        measured = execution.run_graph(Graph([*reference, *found, node]))["agreement"]
        return agreement_of(measured, source="here", sha256=images.sha256, sigmas="COCO's")

    expected = points(grove.manifest["agreement"])
    assert points(agreement(good)) == pytest.approx(expected) and expected > 50
    agreement_gate(agreement(good), expected - 5)
    with pytest.raises(AgreementError, match="points of AP"):
        agreement_gate(agreement(execution.store.ingest(damaged)), expected - 5)
    gate(accuracy(good), 3.0)
    with pytest.raises(AccuracyError, match="points of AP under the float one"):
        gate(accuracy(execution.store.ingest(damaged)), 3.0)


@pytest.mark.extended
def test_the_flashed_files_on_a_simulated_npu_see_what_the_model_before_vela_does(grove, execution, halves):
    """To the last digit: TFLite Micro's kernels are the arithmetic that the NPU has."""
    target = load_target("grove")
    store = execution.store
    labelled = load_labelled(halves / "people.json").some(2)
    images = ingest(store, labelled, cores=1)
    for name in ("model.tflite", "model-prefetch.tflite"):
        blob, parsed, source = as_flashed(store, grove.folder / name)
        assert parsed.npu and source.sha256 == grove.results["quantize"].outputs["model.tflite"].sha256
        flashed, before = (
            detect_nodes(target, label=interpreter, model=model, images=images, interpreter=interpreter)
            for interpreter, model in ((plan.SIMULATED_NPU, blob), ("tflite-micro", source))
        )
        results = execution.run_graph(Graph([*flashed, *before]))
        assert same_detections(results, flashed, before)
        found = json.loads(results[flashed[0].name].outputs["model.json"].path.read_text())["images"]
        assert len(found) == 2 and any(image["detections"] for image in found)  # they say something


DMA_WAIT, CONVOLUTION = 0x11, 0x02
"""Words of a command stream (NPU_OP_DMA_WAIT 0, NPU_OP_CONV)."""


@pytest.mark.extended
def test_a_kernel_that_does_not_wait_for_its_weights_is_told(grove, execution, halves):
    """The wait right before a convolution becomes the command before it once more, which changes nothing else."""
    words = array("I", (grove.folder / "model.tflite").read_bytes())
    number = next(
        at
        for at in range(len(words) - 1, 1, -1)
        if words[at] == CONVOLUTION and words[at - 1] == DMA_WAIT and words[at - 2] & 0x4000 == 0
    )
    words[number - 1] = words[number - 2]
    blob = execution.store.ingest_bytes(words.tobytes())
    images = ingest(execution.store, load_labelled(halves / "people.json").some(1), cores=1)
    nodes = detect_nodes(
        load_target("grove"), label="damaged", model=blob, images=images, interpreter=plan.SIMULATED_NPU
    )
    with pytest.raises(ModelFileError, match=r"(?s)command \d+ \(.*may start while command \d+ \(.*runs"):
        execution.run_graph(Graph(nodes))


def test_both_interpreters_see_the_same(grove, execution, halves):
    target = load_target("grove")
    labelled = load_labelled(halves / "people.json")
    model = grove.results["quantize"].outputs["model.tflite"]
    images = ingest(execution.store, labelled, cores=8)
    seen = []
    for interpreter in (plan.TENSORFLOW_LITE, "tflite-micro"):
        stage = plan.detect_stage(
            target, models={"model": model}, images=images.parts[0], interpreter=interpreter, lowest_score=0.25
        )
        seen.append(json.loads(execution.run(stage).outputs["model.json"].path.read_text())["images"])
    clear = 0.45
    count = 0
    for pair in zip(*seen, strict=True):
        assert pair[0]["name"] == pair[1]["name"]
        # A step of the boxes' and keypoints' scales, in pixels of the picture.
        step = 0.06 * max(pair[0]["width"], pair[0]["height"])
        for ours, theirs in (pair, pair[::-1]):
            # Their kernels round differently: who stands at the threshold may be seen by one of them alone, and people
            # with nearly the same score come in another order.
            for one in ours["detections"]:
                if one["score"] >= clear:
                    count += 1
                    near = [other for other in theirs["detections"] if farthest(one["box"], other["box"]) <= step]
                    assert any(one["score"] == pytest.approx(other["score"], abs=0.15) for other in near), one
    assert count


def farthest(box, other):
    return max(abs(left - right) for left, right in zip(box, other, strict=True))


def test_the_command_finds_the_twin(grove, halves, session_directories, tmp_path):
    command = [
        sys.executable, "-m", "invoke", "--search-root", REPOSITORY, "evaluate", "--target=grove",
        grove.folder / "model.tflite", f"--data={halves / 'people.json'}", "--runner=venv", "--json",
    ]  # fmt: skip
    done = subprocess.run(
        [str(word) for word in command],
        cwd=tmp_path,
        env={**os.environ, "EDGECASK_STORE": str(session_directories.store)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["int8"] == grove.manifest["accuracy"]["int8"]
    assert "stands in for it" in done.stderr


@pytest.mark.campaign
@pytest.mark.parametrize(
    ("target", "theirs", "certain"),
    [
        ("stm32n6", "st-yolov8n_256_quant_pc_uf_pose_coco.tflite", 1),
        ("stm32mp2", "st-yolov8n_256_quant_pt_uf_pose_coco.tflite", 2),  # one scale for all channels loses more
    ],
)
def test_as_good_as_sts_own(measured, execution, shared, halves, target, theirs, certain):
    accuracy = measured(target).manifest["accuracy"]
    images = ingest(execution.store, load_labelled(halves / "people.json"), cores=2)
    model = execution.store.ingest(shared / "reference" / theirs)
    found, _ = detect(execution, load_target(target), name="theirs", model=model, images=images)
    reference = accuracy_of(score(execution, images=images, model=found), images)
    # On forty photographs nothing less than this is certain.
    assert accuracy["drop"]["interval"][0] < certain
    assert accuracy["int8"]["AP"] > reference["int8"]["AP"] - 0.02
    assert accuracy["int8"]["ST AP0.5"] > reference["int8"]["ST AP0.5"] - 0.03
