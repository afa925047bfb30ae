"""What is evaluated where a user names a file or a package."""

import json

import pytest
from locations import REPOSITORY

from edgecask.errors import ModelFileError, StorageError, UsageError
from edgecask.files import sha256_bytes
from edgecask.package.evaluated import find_evaluated, made_from, target_at
from edgecask.package.manifest import MANIFEST
from edgecask.store.store import Store

DATA = REPOSITORY / "tests" / "data"
COMPILED, TWIN = ((DATA / name).read_bytes() for name in ("raw_vela.tflite", "raw.tflite"))


def entry(file, content):
    return {"file": file, "sha256": sha256_bytes(content), "bytes": len(content)}


@pytest.fixture
def store(directories):
    return Store(directories.store)


@pytest.fixture
def package(tmp_path):
    def make(model=COMPILED, twin=TWIN, **changes):
        folder = tmp_path / "dist" / "grove"
        (folder / "host").mkdir(parents=True)
        manifest = {
            "schema": 1,
            "target": "grove",
            "model": entry("model.tflite", model),
            "toolchain": {},
            "inputs": {"weights": {"name": "best.pt", "sha256": sha256_bytes(b"a checkpoint")}},
            "host": entry("host/model.tflite", TWIN),
        }
        (folder / MANIFEST).write_text(json.dumps(manifest | changes))
        (folder / "model.tflite").write_bytes(model)
        if twin is not None:
            (folder / "host" / "model.tflite").write_bytes(twin)
        return folder

    return make


@pytest.mark.parametrize("file", ["", "model.tflite"])
def test_a_package_alone_has_what_runs_here(store, package, file):
    folder = package()
    found = find_evaluated(store, folder / file, target="grove")
    assert found.twin and found.blob.sha256 == sha256_bytes(TWIN) and not found.model.npu
    assert found.name == "model.tflite" and found.manifest["target"] == "grove"


@pytest.mark.parametrize("file", ["", "model.tflite"])
def test_a_package_says_for_which_device_it_is(package, file):
    assert target_at(package() / file) == "grove"


@pytest.mark.parametrize("named", ["../grove", "a/b", "", None, 7])
def test_what_is_no_package_says_nothing_of_a_device(package, tmp_path, named):
    for path in (package(target=named), DATA / "raw.tflite", tmp_path):
        with pytest.raises(UsageError, match="of no package") as caught:
            target_at(path)
        assert "--target" in caught.value.advice
    with pytest.raises(ModelFileError, match="nowhere"):
        target_at(tmp_path / "nowhere.tflite")


def test_the_file_with_weights_brought_ahead_has_the_same_twin(store, package):
    content = COMPILED + b"\0" * 16
    folder = package(prefetch=entry("model-prefetch.tflite", content))
    (folder / "model-prefetch.tflite").write_bytes(content)
    assert find_evaluated(store, folder / "model-prefetch.tflite", target="grove").blob.sha256 == sha256_bytes(TWIN)


def test_a_model_for_a_cpu_stands_for_itself(store, package):
    folder = package(model=TWIN, twin=None, host={"reason": "the model itself runs on a PC"})
    found = find_evaluated(store, folder, target="grove")
    assert not found.twin and found.blob.sha256 == sha256_bytes(TWIN) and found.manifest is not None
    assert find_evaluated(store, DATA / "raw.tflite", target="grove").manifest is None


def test_without_a_twin_it_is_told(store, package, tmp_path):
    older = package(twin=None, host=None)
    with pytest.raises(ModelFileError, match="runs on the device alone"):
        find_evaluated(store, older, target="grove")
    with pytest.raises(StorageError, match="no package in"):
        find_evaluated(store, tmp_path, target="grove")


@pytest.mark.parametrize("twin", [None, b"another file"])
def test_a_twin_that_is_not_the_packages_is_not_taken(store, package, twin):
    with pytest.raises(StorageError, match="is not the model that"):
        find_evaluated(store, package(twin=twin), target="grove")


@pytest.mark.parametrize("file", ["../model.tflite", "host/../../x", "/etc/passwd", "host//x", "", None, 3, "a/b/c"])
def test_a_twin_is_in_the_package(store, package, file):
    with pytest.raises(StorageError, match="no model that runs on this machine"):
        find_evaluated(store, package(host=entry("", TWIN) | {"file": file}), target="grove")


def test_the_checkpoint_it_was_made_from_is_in_the_store(store, package):
    found = find_evaluated(store, package(), target="grove")
    with pytest.raises(ModelFileError, match=r"best\.pt, sha256 .* is not in the store"):
        made_from(store, found)
    blob = store.ingest_bytes(b"a checkpoint")
    weights = made_from(store, found)
    assert weights.path == blob.path and weights.label == "best.pt"
    with pytest.raises(UsageError, match="is in no package"):
        made_from(store, find_evaluated(store, DATA / "raw.tflite", target="grove"))


@pytest.mark.parametrize("inputs", [{}, {"weights": 3}, {"weights": {"name": 3, "sha256": "../../x"}}])
def test_a_manifest_of_anybodys_does_no_harm(store, package, inputs):
    with pytest.raises(ModelFileError, match="not in the store"):
        made_from(store, find_evaluated(store, package(inputs=inputs), target="grove"))
