"""Reading a model of the store once."""

import re
import subprocess
import sys
from dataclasses import replace

import pytest
from locations import REPOSITORY

from edgecask.errors import ModelFileError
from edgecask.store.store import Store
from edgecask.target import model_facts as module
from edgecask.target.model_facts import model_facts
from edgecask.target.model_file import read_model

DATA = REPOSITORY / "tests" / "data"
NAMES = sorted(path.name for path in DATA.glob("*.tflite"))


@pytest.mark.parametrize("name", NAMES)
def test_what_was_read_before_is_the_same(tmp_path, monkeypatch, name):
    store = Store(tmp_path)
    blob = store.ingest(DATA / name)
    expected = replace(read_model(DATA / name), name="the model")
    assert model_facts(store, blob) == expected
    monkeypatch.setattr(module, "read_model", lambda path: pytest.fail("read again"))
    assert model_facts(store, blob) == expected


def test_a_changed_reader_reads_again(tmp_path, monkeypatch):
    store = Store(tmp_path / "store")
    blob = store.ingest(DATA / "raw.tflite")
    model_facts(store, blob)
    changed = tmp_path / "model_file.py"
    changed.write_text(module.READERS[0].read_text() + "# other\n")
    monkeypatch.setattr(module, "READERS", (changed, *module.READERS[1:]))
    reads = []
    monkeypatch.setattr(module, "read_model", lambda path: reads.append(path) or read_model(path))
    model_facts(store, blob)
    assert reads == [blob.path]


def test_the_readers_are_all_that_read_a_model():
    """Whatever model_file.py imports of its folder: were one not among them, what is known would outlive its change."""
    folder, found, waiting = module.READERS[0].parent, set(), ["model_file"]
    while waiting:
        found.add(name := waiting.pop())
        text = (folder / f"{name}.py").read_text()
        waiting += set(re.findall(r"^from edgecask\.target\.(\w+) import", text, re.MULTILINE)) - found
    assert {path.stem for path in module.READERS} == found


def test_a_damaged_model_is_refused_and_not_remembered(tmp_path):
    store = Store(tmp_path)
    blob = store.ingest_bytes((DATA / "raw.tflite").read_bytes()[:1000])
    for _ in range(2):
        with pytest.raises(ModelFileError):
            model_facts(store, blob)


def test_nothing_heavy_is_imported_for_a_rebuild_or_a_list():
    """numpy, the accessors of .tflite, the container engine's client and the template engine, all in their place."""
    program = (
        "import sys, tasks, edgecask.build, edgecask.cli.build, edgecask.runner.venv, edgecask.target.model_facts\n"
        "print(*sorted({'numpy', 'tflite', 'flatbuffers', 'docker', 'requests', 'jinja2', 'rich'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
