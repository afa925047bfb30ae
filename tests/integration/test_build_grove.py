"""The main job on the demo model, in both runners, with the real tools."""

from __future__ import annotations

import importlib.util
import json
import shutil
import time
from urllib.parse import quote

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from locations import SHARED, files_below
from recording import RecordingDisplay

from edgecask import build as build_module
from edgecask.build import BuildRequest, build
from edgecask.directories import REPOSITORY
from edgecask.runner.container.engine import CLIENT_LABEL
from edgecask.runner.environments.environment import load_environment
from edgecask.store.owner import own_identity
from edgecask.target import target as target_module
from edgecask.target.model_file import read_model

NAMING_THE_KIND = ("provenance.json", "sbom.cdx.json")
FILES = [
    "README.md",
    "SHA256SUMS",
    "at-info.txt",
    "board.html",
    "host/model.tflite",
    "licence-notice.md",
    "manifest.json",
    "model-prefetch.tflite",
    "model.tflite",
    "provenance.json",
    "report.html",
    "sbom.cdx.json",
    "sscma-model.json",
    "vela_summary.csv",
]


# The search takes most of a small build.
RANGE_SEARCH = pytest.mark.parametrize("range_search", [False, pytest.param(True, marks=pytest.mark.extended)])


def test_the_package(demo_builds, runner):
    package, display = demo_builds(runner.name)
    # Some of them may have come from other tests' builds; some run beside the others.
    chain = ["export", "convert", "ranges", "round", "quantize", "compile", "figures"]
    assert [name for name in display.cached if name in chain] == chain
    assert set(display.cached) - set(chain) == {
        "demo data",
        "prepare",
        "detect",
        "overlays",
        "agreement",
        "prefetch",
        "draw timeline",
    }
    assert list(files_below(package.folder)) == FILES
    model = read_model(package.folder / "model.tflite")
    assert [operator.name for operator in model.operators] == ["ETHOS_U"]
    assert sorted(output.shape for output in model.outputs) == sorted(
        [(1, 576, 64), (1, 144, 64), (1, 36, 64), (1, 576, 1), (1, 144, 1), (1, 36, 1), (1, 756, 51)]
    )
    assert {tensor.dtype for tensor in (*model.inputs, *model.outputs)} == {"int8"}
    assert (model.inputs[0].shape, model.inputs[0].zero_point) == ((1, 192, 192, 3), -128)


def test_the_manifest_says_what_it_is_and_what_it_came_from(demo_builds, runner):
    package, _ = demo_builds(runner.name)
    manifest = json.loads((package.folder / "manifest.json").read_text())
    fields = "schema target imgsz task classes keypoints model outputs metrics inputs"
    assert manifest.keys() >= set(fields.split())
    assert (manifest["target"], manifest["imgsz"], manifest["keypoints"]) == ("grove", 192, 17)
    assert manifest["model"]["bytes"] == (package.folder / "model.tflite").stat().st_size
    assert [output["name"] for output in manifest["outputs"]] == [
        "box_s8", "box_s16", "box_s32", "score_s8", "score_s16", "score_s32", "keypoints",
    ]  # fmt: skip
    metrics = manifest["metrics"]
    assert metrics["cpu_ops"] == 0 and metrics["npu_ops"] > 100
    assert 0 < metrics["npu_ms"] < 68 and 0 < metrics["sram_kib"] < 300 and metrics["flash_kib"] > 0
    assert "demo" in manifest["inputs"]["weights"]["notice"]
    calibration = manifest["inputs"]["calibration"]
    assert (calibration["source"], calibration["count"]) == ("drawn people", 48)
    agreement = manifest["agreement"]
    assert calibration["held_out"] == agreement["data"]["images"] == 12 and agreement["data"]["people"] > 6
    assert agreement["interval"][0] <= agreement["AP"] <= agreement["interval"][1] and agreement["AP"] > 0.9
    assert len(agreement["keypoints"]) == 17 and 0 < agreement["distance"]["pixels"] < 4


def test_each_stage_ran_in_its_own_environment(demo_builds, runner):
    """The versions come from inside; nothing of the kind is installed where the tests run."""
    for module in ("torch", "tensorflow", "onnx2tf", "ethosu"):
        assert importlib.util.find_spec(module) is None, f"{module} is installed beside edgecask itself"
    toolchain = provenance_of(demo_builds(runner.name)[0])["buildDefinition"]["internalParameters"]["environments"]
    assert toolchain["export"]["versions"]["torch"] == "2.13.0+cpu"
    assert toolchain["convert"]["versions"]["tensorflow-cpu"] == "2.13.1"
    assert toolchain["convert"]["versions"]["onnx2tf"] == "1.17.5"
    assert toolchain["vela"]["versions"]["ethos-u-vela"] == "4.5.0"
    assert {entry["kind"] for entry in toolchain.values()} == {runner.name}
    if runner.name == "docker":
        for name, entry in toolchain.items():
            assert runner.client.images.get(entry["image"]).tags[0].startswith(f"edgecask/{name}:")


def provenance_of(package):
    """SLSA's predicate."""
    return json.loads((package.folder / "provenance.json").read_text())["predicate"]


def sums_of_the_others(folder):
    """SHA256SUMS without the lines of the files that name the kind of environment."""
    lines = (folder / "SHA256SUMS").read_text().splitlines()
    kept = [line for line in lines if line.split("  ")[1] not in NAMING_THE_KIND]
    assert len(kept) == len(lines) - len(NAMING_THE_KIND)
    return kept


def test_every_wheel_of_its_environments_is_in_the_bill_of_materials(demo_builds, runner):
    package, _ = demo_builds(runner.name)
    bill = json.loads((package.folder / "sbom.cdx.json").read_text())
    validator = JsonStrictValidator(SchemaVersion.V1_6)
    assert validator.validate_str((package.folder / "sbom.cdx.json").read_text()) is None
    listed = {each["purl"]: each for each in bill["components"] if "purl" in each}
    for name in provenance_of(package)["buildDefinition"]["internalParameters"]["environments"]:
        for pin in load_environment(name).pins():
            assert (
                listed[f"pkg:pypi/{quote(f'{pin.name}@{pin.version}', safe='@')}"]["hashes"][0]["content"] in pin.hashes
            )
    debian = [address for address in listed if address.startswith("pkg:deb/")]
    assert any("/libc6@" in address for address in debian) == (runner.name == "docker")


def test_both_runners_give_the_same_bytes(demo_builds, engine_or_skip):
    packages = [demo_builds(name)[0].folder for name in ("venv", "docker")]
    for name in FILES:
        if name not in (*NAMING_THE_KIND, "SHA256SUMS"):
            assert (packages[0] / name).read_bytes() == (packages[1] / name).read_bytes(), name
    assert sums_of_the_others(packages[0]) == sums_of_the_others(packages[1])
    predicates = [provenance_of(demo_builds(name)[0]) for name in ("venv", "docker")]
    definitions = [predicate["buildDefinition"] for predicate in predicates]
    for definition in definitions:
        for entry in definition["internalParameters"]["environments"].values():
            for name in ("kind", "image", "base"):
                entry.pop(name, None)
        given = definition["resolvedDependencies"]
        definition["resolvedDependencies"] = [each for each in given if not each["name"].startswith("base ")]
    assert definitions[0] == definitions[1]
    assert [each["runDetails"]["builder"]["id"].split(":")[-1] for each in predicates] == ["venv", "docker"]


def test_nothing_of_this_machine_is_in_the_package(demo_builds, runner, session_directories):
    package, _ = demo_builds(runner.name)
    for name, content in files_below(package.folder).items():
        for word in (str(REPOSITORY), str(session_directories.home), str(session_directories.store), "/tmp/", "/work/"):
            assert word.encode() not in content, (name, word)


def test_a_rebuild_runs_nothing_and_changes_nothing(demo_builds, runner, session_directories):
    package, _ = demo_builds(runner.name)
    before = files_below(package.folder)
    since = f"{time.time():.9f}"
    display = RecordingDisplay()
    request = BuildRequest(target="grove", weights="demo", output=package.folder.parent)
    build(request, directories=session_directories, runner=runner, display=display)
    assert display.ran == []
    assert files_below(package.folder) == before
    if runner.name == "docker":
        events = runner.client.events(
            since=since, until=int(time.time()) + 1, filters={"type": "container", "event": "create"}, decode=True
        )
        # Other tests may be at work beside this one.
        assert [e for e in events if e["Actor"]["Attributes"].get(CLIENT_LABEL) == own_identity()] == []


def test_another_vela_config_only_compiles(demo_builds, runner, session_directories, tmp_path, monkeypatch):
    before = demo_builds(runner.name)[0].manifest
    shutil.copytree(target_module.TARGETS, tmp_path / "targets")
    config = tmp_path / "targets" / "grove" / "vela_config.ini"
    config.write_text(config.read_text().replace("core_clock=400e6", "core_clock=200e6"))
    monkeypatch.setattr(build_module, "load_target", lambda name: target_module.load_target(name, tmp_path / "targets"))
    display = RecordingDisplay()
    request = BuildRequest(target="grove", weights="demo", output=tmp_path / "dist")
    after = build(request, directories=session_directories, runner=runner, display=display).manifest
    assert sorted(display.ran) == ["compile", "draw timeline", "figures", "prefetch"]
    assert after["metrics"]["npu_ms"] > before["metrics"]["npu_ms"]


@RANGE_SEARCH
def test_another_set_of_keypoints(runner, session_directories, checkpoints, tmp_path, range_search):
    request = BuildRequest(
        target="grove",
        weights=str(checkpoints / "five-keypoints.pt"),
        image_size=96,
        rounding="nearest",
        range_search=range_search,
        prefetch=False,
        output=tmp_path,
    )
    package = build(request, directories=session_directories, runner=runner, display=RecordingDisplay())
    assert package.manifest["keypoints"] == 5
    assert package.manifest["outputs"][-1]["shape"] == [1, 189, 15]


@RANGE_SEARCH
def test_dim_images_do_not_change_the_input_scale(runner, session_directories, tmp_path, range_search):
    from PIL import Image

    for value in (40, 90):
        Image.new("RGB", (64, 48), (value, value, value)).save(tmp_path / f"{value}.png")
    request = BuildRequest(
        target="grove",
        weights="demo",
        image_size=96,
        calibration=tmp_path,
        rounding="nearest",
        range_search=range_search,
        prefetch=False,
        output=tmp_path / "dist",
    )
    package = build(request, directories=session_directories, runner=runner, display=RecordingDisplay())
    (tensor,) = read_model(package.folder / "model.tflite").inputs
    assert tensor.scale == pytest.approx(1 / 255) and tensor.zero_point == -128


@pytest.mark.parametrize(
    "runner", ["venv", pytest.param("docker", marks=pytest.mark.campaign)], indirect=True, ids=["venv", "docker"]
)
def test_the_real_weights(runner, session_directories, tmp_path, shared):
    request = BuildRequest(
        target="grove",
        weights=str(shared / "models" / "yolov8n-pose-real.pt"),
        calibration=shared / "data" / "coco-person-80" / "images",
        output=tmp_path,
    )
    package = build(request, directories=session_directories, runner=runner, display=RecordingDisplay())
    metrics = package.manifest["metrics"]
    assert metrics["cpu_ops"] == 0 and metrics["sram_kib"] < 300
    assert metrics["npu_ms"] == pytest.approx(54.2, abs=0.5)
    # The weights are brought as early as the flash can: nothing but reading it takes time.
    busy = package.results["compile"].report["timeline"]["transfer_ms"]
    assert package.manifest["prefetch"]["metrics"]["timeline_ms"] < 1.02 * busy < 46
    model = read_model(package.folder / "model.tflite")
    assert [operator.name for operator in model.operators] == ["ETHOS_U"]
    assert len(model.outputs) == 7
    calibration = package.manifest["inputs"]["calibration"]
    images = list((SHARED / "data/coco-person-80/images").iterdir())
    assert calibration["count"] + calibration["held_out"] == len(images) and calibration["held_out"] == 16
