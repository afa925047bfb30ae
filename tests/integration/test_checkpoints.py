"""Checkpoints of all releases and kinds: loaded as Ultralytics' own restricted loading loads them, or told by name."""

from __future__ import annotations

import json
import lzma
import subprocess
from pathlib import Path

import pytest
from locations import REPOSITORY
from recording import RecordingDisplay

from edgecask.errors import ModelError, WeightsError
from edgecask.plan.model_stages import export_stage
from edgecask.runner.executor import Execution
from edgecask.store.store import Store
from edgecask.target.target import load_target

OLD_RELEASES = sorted((REPOSITORY / "tests" / "data").glob("ultralytics-*.pt.xz"))
"""Written by the real releases: tests/data/make_old_checkpoints.py."""


@pytest.fixture(scope="session")
def looked_at(environment_python, checkpoints, made_once):
    """What became of every checkpoint, and what a hostile one did."""

    def make(folder: Path) -> None:
        for packed in OLD_RELEASES:
            (folder / packed.stem).write_bytes(lzma.decompress(packed.read_bytes()))
        files = sorted([*checkpoints.glob("*.pt"), *folder.glob("*.pt")])
        script = Path(__file__).with_name("load_checkpoints.py")
        done = subprocess.run(
            [environment_python("export"), script, folder, *files], check=True, capture_output=True, text=True
        )
        (folder / "found.json").write_text(done.stdout.splitlines()[-1])

    return json.loads((made_once("looked-at", make) / "found.json").read_text())


OWN = [
    "plain.pt", "fused.pt", "ema-only.pt", "old-head.pt", "python313.pt", "names-list.pt", "names-missing.pt",
    "names-odd.pt", "yolo-save.pt", "five-keypoints.pt", "yolo11.pt",
]  # fmt: skip


def test_there_are_old_releases():
    assert [path.name.removesuffix(".pt.xz") for path in OLD_RELEASES] == [
        "ultralytics-8.0.196", "ultralytics-8.0.81", "ultralytics-8.1.47", "ultralytics-8.2.0",
    ]  # fmt: skip


@pytest.mark.parametrize("name", [*OWN, *(path.stem for path in OLD_RELEASES)])
def test_what_ultralytics_loads_restricted_is_loaded_and_computes_the_same(looked_at, name):
    found = looked_at["files"][name]
    assert found["ultralytics"] and "refused" not in found
    assert found["same"]


@pytest.mark.parametrize("name", ["in-training.pt", "windows-path.pt"])
def test_more_than_ultralytics_loads_restricted(looked_at, name):
    assert "refused" not in looked_at["files"][name]


def test_nothing_else_that_ultralytics_takes_is_refused_as_unsafe(looked_at):
    for name, found in looked_at["files"].items():
        if found["ultralytics"] and "refused" in found:
            assert "for safety" not in found["refused"][1], name


@pytest.mark.parametrize(
    ("name", "names"),
    [
        ("plain.pt", ["person"]),
        ("names-list.pt", ["person"]),
        ("names-missing.pt", ["0"]),
        ("names-odd.pt", ["per?son?[31m"]),
        ("three-classes.pt", ["0", "1", "2"]),
    ],
)
def test_names_of_classes(looked_at, name, names):
    assert list(looked_at["files"][name]["names"].values()) == names


@pytest.mark.parametrize(
    ("name", "kind", "words"),
    [
        ("yolo12.pt", "model", "is YOLO12-pose (A2C2f); edgecask builds YOLOv8-pose"),
        ("yolo26.pt", "model", "is YOLO26-pose (Pose26); edgecask builds YOLOv8-pose"),
        ("yolov5.pt", "model", "is a checkpoint of YOLOv5 or YOLOv7 (it names models.yolo.Model)"),
        ("detection.pt", "model", "is a DetectionModel with a Detect head, not a pose model"),
        ("gelu.pt", "model", "has the activation GELU, which edgecask does not build"),
        ("gray.pt", "model", "is a network for pictures of 1 channel"),
        ("nan.pt", "weights", "The weights of layer 3.conv of {weights} are NaN"),
        ("infinite.pt", "weights", "The weights of layer 22.cv4.1.2 of {weights} are infinite"),
        ("newer-layer.pt", "weights", "names ultralytics.nn.modules.block.C9k, which Ultralytics"),
        ("whole-model.pt", "weights", "is a whole pickled model (torch.save(model))"),
        ("oldest-format.pt", "weights", "has the format of PyTorch before 1.6"),
        ("state-dict.pt", "weights", "holds no model"),
        ("truncated.pt", "weights", "is damaged or not a checkpoint"),
    ],
)
def test_what_is_not_built_is_told_by_name(looked_at, name, kind, words):
    found_kind, message, advice = looked_at["files"][name]["refused"]
    assert (found_kind, words in message) == (kind, True), message
    assert "{weights}" in message and advice


MAY_BUILD = {"names-bomb", "names-cycle"}
"""What is odd in these is not what is computed with."""


@pytest.mark.extended
def test_odd_ones_are_refused_in_one_line_and_soon(environment_python, checkpoints, tmp_path):
    script = Path(__file__).with_name("look_at_odd_checkpoints.py")
    command = [environment_python("export"), script, tmp_path, checkpoints / "plain.pt"]
    limited = ["prlimit", f"--as={16 << 30}", *command]
    done = subprocess.run(limited, check=True, capture_output=True, text=True, timeout=300)
    odd = json.loads(done.stdout.splitlines()[-1])
    assert len(odd) > 20
    for name, found in odd.items():
        assert found["seconds"] < 20, name
        if name not in MAY_BUILD:
            kind, message, advice = found["refused"]
            assert kind in ("weights", "model") and "{weights}" in message and advice, name
            assert "\n" not in message and len(message) < 300, name


@pytest.mark.campaign
def test_odd_ones_end_a_stage_in_one_line(environment_python, runner, session_directories, checkpoints, tmp_path):
    """As a build sees them, in both runners: exit codes 11 and 12, no container that is killed, no traceback."""
    script = Path(__file__).with_name("look_at_odd_checkpoints.py")
    command = [environment_python("export"), script, tmp_path, checkpoints / "plain.pt"]
    subprocess.run(["prlimit", f"--as={16 << 30}", *command], check=True, capture_output=True, timeout=300)
    store = Store(session_directories.store)
    execution = Execution(directories=session_directories, store=store, runner=runner, display=RecordingDisplay())
    paths = sorted(tmp_path.glob("*.pt"))
    assert len(paths) > 20
    for path in paths:
        node = export_stage(load_target("grove"), image_size=64, weights=store.ingest(path))
        try:
            execution.run(node)
        except (WeightsError, ModelError) as error:
            assert "\n" not in error.message and len(error.message) < 300 and error.advice, path.stem
        else:
            assert path.stem in MAY_BUILD, path.stem


HOSTILE = ["evil.pt", "evil-globals.pt", "evil-dunder.pt", "evil-getattr.pt", "evil-function.pt", "evil-legacy.pt",
           "constructor.pt"]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_ones_are_refused_without_effect(looked_at, name):
    kind, message, _ = looked_at["files"][name]["refused"]
    assert (kind, "{weights} was not loaded, for safety: " in message) == ("weights", True), message
    assert looked_at["touched"] == []


def test_pytorchs_advice_to_load_unsafely_reaches_nobody(looked_at):
    for name, found in looked_at["files"].items():
        text = " ".join(found.get("refused", ()))
        assert "\n" not in text and len(text) < 300, name
        for word in ("weights_only", "add_safe_globals", "safe_globals", "arbitrary code"):
            assert word not in text, name
