"""Every target, in both runners, and every model against every target."""

from __future__ import annotations

import dataclasses
import functools
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from conftest import runner_for
from locations import REPOSITORY, files_below
from recording import RecordingDisplay

from edgecask.build import BuildRequest, build
from edgecask.errors import ContractError, UsageError
from edgecask.package.package import write_archive
from edgecask.target.contract import check
from edgecask.target.model_file import read_model
from edgecask.target.target import load_target, target_names


def request_for(target: str, output: Path) -> BuildRequest:
    """From the real weights where they are at hand, else from the demo's; rounded to the nearest code.

    The default takes most of the time: of every target it is a campaign's, and in both runners test_build_grove.py's.
    """
    shared = REPOSITORY.parent / "shared"
    weights = shared / "models" / "yolov8n-pose-real.pt"
    if not weights.exists():
        return BuildRequest(target=target, weights="demo", rounding="nearest", range_search=False, output=output)
    images = shared / "data" / "coco-person-80" / "images"
    return BuildRequest(target=target, weights=str(weights), calibration=images, rounding="nearest", output=output)


BY_ALL = ("grove", "stm32n6")
"""One of each kind of head: built by the newcomer, and in containers by `.ci/run`."""
BY_CI = ("grove-himax", "stm32mp2", "xiao")
"""Built by `.ci/run` in virtual environments; what is in neither is a campaign's."""
FOR_POSE = [name for name in target_names() if "pose" in load_target(name).tasks]
SHARED_FORMS = {("grove-himax", "grove"), ("stm32n6", "ne301"), ("ne301", "stm32n6")}
"""Of one target's file that another device takes: CamThink's camera reads what ST's application does."""


def by_runner(*targets: str) -> pytest.MarkDecorator:
    """Cases of `runner` and `target`: each in virtual environments and in containers, where some are a campaign's."""
    cases = [
        pytest.param(runner, target, marks=mark)
        for target in targets
        for runner, mark in (
            ("venv", () if target in BY_ALL else pytest.mark.extended if target in BY_CI else pytest.mark.campaign),
            ("docker", pytest.mark.extended if target in BY_ALL else pytest.mark.campaign),
        )
    ]
    return pytest.mark.parametrize(("runner", "target"), cases, indirect=["runner"])


@pytest.fixture(scope="module")
def make(session_directories, tmp_path_factory):
    """The package of a target by a runner."""
    made: dict[tuple[str, str], Path] = {}

    def get(runner: str, target: str) -> Path:
        if (runner, target) not in made:
            made[runner, target] = build(
                request_for(target, tmp_path_factory.mktemp("dist")),
                directories=session_directories,
                runner=runner_for(runner, session_directories),
                display=RecordingDisplay(),
            ).folder
        return made[runner, target]

    return get


@pytest.fixture
def package(runner, make):
    """The package of a target by the runner that is tested."""
    return functools.partial(make, runner.name)


def manifest_of(folder: Path):
    return json.loads((folder / "manifest.json").read_text())


@by_runner(*FOR_POSE)
def test_a_package_with_every_rule_passing(package, target):
    folder = package(target)
    manifest = manifest_of(folder)
    model = read_model(folder / manifest["model"]["file"])
    report = check(model, load_target(target))
    assert report.failures == ()
    assert (folder / "licence-notice.md").read_text().startswith("# Licence notice")
    readme = (folder / "README.md").read_text()
    assert manifest["model"]["file"] in readme and "{{" not in readme


@pytest.mark.campaign
@pytest.mark.parametrize("target", FOR_POSE)
def test_the_default_rounding_passes_every_rule(session_directories, tmp_path, target):
    request = dataclasses.replace(request_for(target, tmp_path), rounding=None)
    made = build(
        request,
        directories=session_directories,
        runner=runner_for("venv", session_directories),
        display=RecordingDisplay(),
    )
    model = read_model(made.folder / made.manifest["model"]["file"])
    assert check(model, load_target(target)).failures == () and "agreement" in made.manifest


@by_runner("grove-himax")
def test_himax_order(package, target):
    manifest = manifest_of(package(target))
    assert manifest["imgsz"] == 256
    assert [output["name"] for output in manifest["outputs"]] == [
        "box_s16", "box_s8", "score_s32", "keypoints", "score_s8", "box_s32", "score_s16",
    ]  # fmt: skip


@by_runner("grove", "xiao")
def test_seeeds_files(package, target):
    folder = package(target)
    entry = json.loads((folder / "sscma-model.json").read_text())
    import base64
    import hashlib

    digest = hashlib.md5((folder / "model.tflite").read_bytes()).hexdigest()
    assert entry["uuid"] == digest and entry["checksum"] == f"md5:{digest}"
    assert entry["devices"] == [{"grove": "we2", "xiao": "xiao_esp32s3"}[target]]
    assert isinstance(entry["size"], str) and int(entry["size"]) == (folder / "model.tflite").stat().st_size
    command = (folder / "at-info.txt").read_bytes()
    assert len(command) <= 4096 and command.startswith(b'AT+INFO="') and command.endswith(b'"\r')
    told = json.loads(base64.b64decode(command[len(b'AT+INFO="') : -2]))
    assert told["classes"] == ["person"] and told["uuid"] == digest


@by_runner("stm32n6", "stm32mp2")
def test_sts_files(package, target):
    import yaml

    granularity = {"stm32n6": "pc", "stm32mp2": "pt"}[target]
    folder = package(target)
    manifest = manifest_of(folder)
    name = manifest["model"]["file"]
    assert name.endswith(f"_256_quant_{granularity}_uf_pose_coco.tflite")
    assert (read_model(folder / name).per_channel_tensors > 0) == (granularity == "pc")
    deployment = yaml.safe_load((folder / "deployment.yaml").read_text())
    assert deployment["general"] == {"model_path": f"./{name}", "model_type": "yolo_mpe"}
    assert deployment["operation_mode"] == "deployment"
    command = (folder / "stedgeai-command.txt").read_text()
    assert command.startswith(f"stedgeai generate --target stm32{target.removeprefix('stm32')[:3]}") and name in command


def test_stedgeai_is_run_where_it_is_there(runner, package, session_directories, tmp_path, monkeypatch):
    """A stand-in that records its arguments: what ST's own tool makes of them is not tested here."""
    folder = package("stm32n6")
    stand_in = tmp_path / "bin" / "stedgeai"
    stand_in.parent.mkdir()
    stand_in.write_text('#!/bin/sh\nmkdir -p stedgeai/output\nprintf "%s\\n" "$@" > stedgeai/output/arguments.txt\n')
    stand_in.chmod(0o755)
    monkeypatch.setenv("PATH", f"{stand_in.parent}:{os.environ['PATH']}")
    display = RecordingDisplay()
    made = build(
        request_for("stm32n6", tmp_path / "dist"), directories=session_directories, runner=runner, display=display
    ).folder
    assert display.ran == []
    arguments = (made / "stedgeai" / "output" / "arguments.txt").read_text().splitlines()
    expected = (folder / "stedgeai-command.txt").read_text().split()[1:]
    assert arguments == expected


@pytest.mark.parametrize("other", FOR_POSE)
@by_runner(*FOR_POSE)
def test_every_model_against_every_target(package, target, other):
    """Only what the devices really share fits."""
    folder = package(target)
    model = read_model(folder / manifest_of(folder)["model"]["file"])
    fits = check(model, load_target(other)).failures == ()
    assert fits == (target == other or (target, other) in SHARED_FORMS)


@pytest.mark.parametrize(
    "target",
    [pytest.param(target, marks=() if target in BY_ALL else pytest.mark.campaign) for target in FOR_POSE],
)
def test_both_runners_give_the_same_bytes(make, engine_or_skip, target):
    one, other = make("venv", target), make("docker", target)
    first, second = files_below(one), files_below(other)
    naming_the_kind = (b"provenance.json", b"sbom.cdx.json")
    sums = [
        [line for line in files.pop("SHA256SUMS").splitlines() if line.split(b"  ")[1] not in naming_the_kind]
        for files in (first, second)
    ]
    for name in naming_the_kind:
        assert first.pop(name.decode()) != second.pop(name.decode())
    assert first == second and sums[0] == sums[1]


def test_overrides_and_what_the_device_makes_of_them(runner, session_directories, tmp_path):
    def attempt(**options):
        request = BuildRequest(
            target="stm32mp2",
            weights="demo",
            image_size=96,
            rounding="nearest",
            range_search=False,
            output=tmp_path,
            **options,
        )
        return build(request, directories=session_directories, runner=runner, display=RecordingDisplay())

    made = attempt(granularity="per-channel")
    assert "_pc_uf_" in made.manifest["model"]["file"]
    with pytest.raises(ContractError, match="output type: found int8, needed float32"):
        attempt(output_type="int8")
    with pytest.raises(UsageError, match="per-row"):
        attempt(granularity="per-row")


def test_one_deterministic_archive(package, tmp_path):
    import shutil

    contents = []
    for name in ("one", "two"):
        folder = tmp_path / name / "grove"
        shutil.copytree(package("grove"), folder, copy_function=shutil.copyfile)
        archive = write_archive(folder)
        contents.append(archive.read_bytes())
        with zipfile.ZipFile(archive) as opened:
            assert opened.testzip() is None
            assert opened.namelist() == [f"grove/{name}" for name in files_below(folder)]
    assert contents[0] == contents[1]


@pytest.mark.extended
def test_flash_refuses_what_the_firmware_would(make):
    """A dry run, so that no board is needed."""
    model = make("venv", "xiao") / "model.tflite"

    def invoke(*arguments):
        command = [
            sys.executable,
            "-m",
            "invoke",
            "flash",
            "--target=grove",
            f"--model={model}",
            "--dry-run",
            *arguments,
        ]
        return subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)

    refused = invoke()
    assert refused.returncode == 18 and "is not flashed" in refused.stderr and "XMODEM" not in refused.stdout
    forced = invoke("--force")
    assert forced.returncode == 0 and "XMODEM to 0x400000" in forced.stdout


def test_a_sixth_target_is_a_folder(runner, session_directories, tmp_path, monkeypatch):
    """The README's example: the same board with half the arena and its own sizes; nothing in edgecask/ knows it."""
    import shutil

    from edgecask import build as build_module
    from edgecask.target import target as target_module

    shutil.copytree(target_module.TARGETS, tmp_path / "targets")
    shutil.copytree(tmp_path / "targets" / "grove", tmp_path / "targets" / "mine")
    path = tmp_path / "targets" / "mine" / "target.toml"
    text, _, rest = path.read_text().partition("[[changes]]")
    text = text.replace("arena_limit_kib = 1110", "arena_limit_kib = 40") + rest[rest.index("[vendor]") :]
    path.write_text(text.replace("default_image_size = 192", "default_image_size = 96"))
    monkeypatch.setattr(build_module, "load_target", lambda name: target_module.load_target(name, tmp_path / "targets"))

    def attempt():
        request = BuildRequest(
            target="mine",
            weights="demo",
            rounding="nearest",
            range_search=False,
            prefetch=False,
            output=tmp_path / "dist",
        )
        return build(request, directories=session_directories, runner=runner, display=RecordingDisplay())

    with pytest.raises(ContractError, match="tensor arena"):
        attempt()
    path.write_text(path.read_text().replace("arena_limit_kib = 40", "arena_limit_kib = 512"))
    made = attempt()
    assert made.folder.name == "mine" and made.manifest["imgsz"] == 96


@pytest.mark.extended
def test_invoke_check(make):
    model = make("venv", "xiao") / "model.tflite"

    def invoke(*arguments):
        return subprocess.run(
            [sys.executable, "-m", "invoke", "check", *arguments],
            cwd=REPOSITORY, capture_output=True, text=True, check=False,
        )  # fmt: skip

    good = invoke("--target=xiao", str(model), "--json")
    assert good.returncode == 0, good.stderr
    assert json.loads(good.stdout)["passed"] is True
    measured = invoke("--target=xiao", str(model), "--arena", "--json")
    row = next(row for row in json.loads(measured.stdout)["rows"] if row["rule"] == "tensor arena")
    assert row["verdict"] == "pass"
    bad = invoke("--target=grove", str(model))
    assert bad.returncode == 18 and "do not flash" in bad.stdout
    damaged = model.parent.parent / "damaged.tflite"
    damaged.write_bytes(model.read_bytes()[:5000])
    broken = invoke("--target=xiao", str(damaged))
    assert broken.returncode == 21 and broken.stderr.count("\n") == 1 and "Traceback" not in broken.stderr
