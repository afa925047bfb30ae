import functools

import pytest
from finished_build import DATA, METRICS, contents_of

from edgecask.data.weights import Weights
from edgecask.package.contents import MODEL, make_manifest
from edgecask.store.store import Store
from edgecask.target.model_file import read_model


@pytest.fixture
def contents(directories):
    return functools.partial(contents_of, Store(directories.store))


def manifest_of(contents):
    return make_manifest(contents, contents.final.outputs[MODEL].path)


def test_the_manifest_names_what_the_stages_were_given(contents):
    manifest = manifest_of(contents())
    assert manifest["inputs"] == {
        "weights": {"name": "best.pt", "sha256": "2" * 64},
        "calibration": {"source": "folder", "sha256": "3" * 64, "count": 60},
        "vela_config_sha256": "4" * 64,
    }
    assert manifest["metrics"] == METRICS
    assert [output["shape"] for output in manifest["outputs"]] == [
        list(output.shape) for output in read_model(DATA / "raw_vela.tflite").outputs
    ]


def test_without_an_npu_the_costs_are_sizes_and_operators(contents):
    manifest = manifest_of(contents("xiao"))
    model = read_model(DATA / "raw.tflite")
    assert manifest["metrics"]["flash_kib"] == round(model.size / 1024, 3)
    assert manifest["metrics"]["arena_kib"] == 512 and "npu_ms" not in manifest["metrics"]
    assert len(model.operators) in manifest["metrics"].values()
    assert "vela_config_sha256" not in manifest["inputs"]


def test_what_was_not_asked_for_is_not_in_the_manifest(contents):
    manifest = manifest_of(contents())
    assert not {"accuracy", "compression", "prefetch"} & set(manifest) and "notice" not in manifest["inputs"]["weights"]
    noted = Weights(path=DATA / "raw.tflite", label="demo", notice="not for use")
    assert manifest_of(contents(weights=noted))["inputs"]["weights"]["notice"] == "not for use"
