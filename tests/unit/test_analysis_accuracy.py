"""The gate, and what accuracy is measured on."""

import io
import json
from dataclasses import replace

import pytest
from local_runner import LibraryRunner
from locations import REPOSITORY
from PIL import Image

from edgecask.analysis.accuracy import gate, ingest, keypoints_of, runnable, size_nodes
from edgecask.data.ground_truth import load_labelled
from edgecask.errors import AccuracyError, ContractError, DatasetError, ModelFileError
from edgecask.plan.graph import Graph
from edgecask.progress import PlainDisplay
from edgecask.runner.executor import Execution
from edgecask.store.record import MadeFrom
from edgecask.store.store import Store
from edgecask.target.model_file import read_model
from edgecask.target.target import load_target

ACCURACY = {
    "data": {"images": 40, "people": 43, "sha256": "0", "sigmas": "COCO's"},
    "float": {"AP": 0.25, "AP50": 0.5, "AP75": 0.2, "AR": 0.3, "ST AP0.5": 0.4},
    "int8": {"AP": 0.238, "AP50": 0.49, "AP75": 0.2, "AR": 0.3, "ST AP0.5": 0.4},
    "drop": {"points": 1.2, "interval": [0.1, 2.3]},
}


def test_the_gate():
    gate(ACCURACY, 1.2)
    with pytest.raises(AccuracyError, match=r"1\.2 points.*25\.0 → 23\.8.*0\.1 to 2\.3.*40 pictures") as caught:
        gate(ACCURACY, 1.0)
    assert caught.value.exit_code == 23 and caught.value.advice


def test_a_model_for_the_device_needs_its_twin(tmp_path):
    data = REPOSITORY / "tests" / "data"
    store = Store(tmp_path / "store")
    compiled, plain = data / "raw_vela.tflite", data / "raw.tflite"
    with pytest.raises(ModelFileError, match="not in the store"):
        runnable(store, compiled)
    blob, model, twin = runnable(store, plain)
    assert not twin and blob.path.read_bytes() == plain.read_bytes() and not model.npu
    with store.temporary() as folder:
        (folder / "model.tflite").write_bytes(compiled.read_bytes())
        inputs = {"model.tflite": blob.sha256, "vela_config.ini": "1" * 64}
        outputs = {"model.tflite": folder / "model.tflite"}
        made_from = MadeFrom(
            algorithm=1, stage="compile", environment="e", parameters={}, inputs=inputs, outputs=["model.tflite"],
            programs={}, variables={},
        )  # fmt: skip
        store.publish(made_from, outputs=outputs, report={}, toolchain={})
    found, _, twin = runnable(store, compiled)
    assert twin and found.sha256 == blob.sha256


def test_the_keypoints_of_a_model_are_read_off_its_outputs():
    data = REPOSITORY / "tests" / "data"
    model = read_model(data / "raw.tflite")
    assert keypoints_of(model, load_target("xiao")) == 5
    with pytest.raises(ContractError, match="does not have the outputs of a pose model for stm32n6"):
        keypoints_of(model, load_target("stm32n6"))
    with pytest.raises(ContractError, match="does not have the outputs"):
        keypoints_of(replace(model, outputs=()), load_target("xiao"))


def labelled(folder, colour=0, size=(8, 6), **sizes):
    """One picture of one person, as a COCO JSON describes it."""
    (folder / "images").mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, (colour, 0, 0)).save(folder / "images" / "a.png")
    person = {"image_id": 1, "category_id": 1, "bbox": [1, 1, 4, 4], "keypoints": [2, 2, 2]}
    table = {"images": [{"id": 1, "file_name": "a.png", **sizes}], "annotations": [person]}
    (folder / "people.json").write_text(json.dumps(table))
    return load_labelled(folder / "people.json")


def test_what_accuracy_is_measured_on_is_images_and_labels(tmp_path):
    store = Store(tmp_path / "store")
    first = ingest(store, labelled(tmp_path / "a"), cores=2)
    assert ingest(store, labelled(tmp_path / "b"), cores=8).sha256 == first.sha256
    other = ingest(store, labelled(tmp_path / "c", colour=9), cores=2)
    assert other.ground_truth.sha256 == first.ground_truth.sha256 and other.sha256 != first.sha256
    with pytest.raises(DatasetError, match=r"a\.png, a picture of .*people\.json, cannot be read"):
        given = labelled(tmp_path / "d")
        (tmp_path / "d" / "images" / "a.png").unlink()
        ingest(store, given, cores=2)


def test_labels_are_held_against_the_size_of_the_images(directories, tmp_path):
    store = Store(directories.store)
    execution = Execution(
        directories=directories,
        store=store,
        runner=LibraryRunner(directories),
        display=PlainDisplay(io.StringIO()),
    )

    def look(**changes):
        execution.run_graph(Graph(size_nodes(ingest(store, labelled(tmp_path / "data", **changes), cores=1))))

    look()
    look(width=8, height=6)
    look(width=6, height=8)  # from before it is turned
    with pytest.raises(DatasetError, match=r"'a\.png' has 640 × 480 pixels, upright it has 8 × 6"):
        look(width=640, height=480)
    given = labelled(tmp_path / "bad")
    (tmp_path / "bad" / "images" / "a.png").write_bytes(b"x")
    with pytest.raises(
        DatasetError, match=r"1 of 1 pictures of .*people\.json cannot be used; a\.png: it is no picture"
    ):
        execution.run_graph(Graph(size_nodes(ingest(store, given, cores=1))))
