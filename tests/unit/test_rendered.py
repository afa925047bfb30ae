"""What a package holds beside the model is written once for the same inputs, and anew for any others."""

import shutil
from dataclasses import replace

import pytest

from edgecask.package import rendered as module
from edgecask.package.rendered import rendered
from edgecask.store.result import StageResult
from edgecask.store.store import Store
from edgecask.target.contract import Report
from edgecask.target.rules import Row
from edgecask.target.target import load_target

FILES = {"README.md": b"# A package\n", "report.html": b"<!doctype html>"}
CHECKS = Report(model="model.tflite", target="grove", firmware="any", rows=())


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


@pytest.fixture
def asked(store, tmp_path):
    """Ask for the files; `asked.count` is how often they were rendered."""
    folder = tmp_path / "grove"
    shutil.copytree(load_target("grove").folder, folder)
    result = StageResult(
        key="1" * 64, inputs={}, outputs={"model.tflite": store.ingest_bytes(b"a model")}, report={},
        toolchain={"environment": "convert", "kind": "venv"},
    )  # fmt: skip

    def ask(*, manifest=None, checks=CHECKS, **changes):
        def render():
            ask.count += 1
            return FILES

        return rendered(
            store,
            load_target(str(folder)),
            manifest or {"imgsz": 192},
            results={"quantize": replace(result, **changes)},
            checks=checks,
            render=render,
        )

    ask.count, ask.folder = 0, folder
    return ask


def test_the_same_is_rendered_once(asked):
    assert asked() == FILES
    assert asked() == FILES
    assert asked.count == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"manifest": {"imgsz": 256}},
        {"checks": replace(CHECKS, rows=(Row(rule="input", verdict="pass", found="int8", needed="int8"),))},
        {"key": "2" * 64},
        {"toolchain": {"environment": "convert", "kind": "container"}},
    ],
)
def test_other_inputs_are_rendered_anew(asked, changes):
    asked()
    asked(**changes)
    assert asked.count == 2


def test_another_output_of_the_same_stage_is_rendered_anew(asked, store):
    asked()
    asked(outputs={"model.tflite": store.ingest_bytes(b"another model")})
    assert asked.count == 2


def test_a_changed_template_is_rendered_anew(asked):
    asked()
    (asked.folder / "package.md.j2").write_text("another")
    asked()
    assert asked.count == 2


@pytest.mark.parametrize("name", ["report.css", "package.py"])
def test_a_changed_edgecask_renders_anew(asked, monkeypatch, tmp_path, name):
    (tmp_path / "edgecask").mkdir()
    monkeypatch.setattr(module, "HOST", tmp_path / "edgecask")
    for content in ("one", "other"):
        (tmp_path / "edgecask" / name).write_text(content)
        module._own_digest.cache_clear()
        asked()
    module._own_digest.cache_clear()
    assert asked.count == 2


def test_a_damaged_entry_is_rendered_anew(asked, store):
    asked()
    for blob in (store.root / "blobs").rglob("*"):
        if blob.is_file() and blob.read_bytes() == FILES["README.md"]:
            blob.chmod(0o600)
            blob.write_bytes(b"rot")
    assert asked() == FILES
    assert asked.count == 2


def test_a_number_that_json_does_not_know_is_rendered_each_time(asked):
    for _ in range(2):
        assert asked(manifest={"metrics": float("nan")}) == FILES
    assert asked.count == 2
