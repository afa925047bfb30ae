"""The gate and what is said of figures."""

import pytest

from edgecask.analysis.accuracy import gate, runnable
from edgecask.cli.evaluate import describe
from edgecask.errors import AccuracyError, ModelFileError
from edgecask.store.record import MadeFrom
from edgecask.store.store import Store

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


def test_figures_in_words():
    text = "\n".join(describe(ACCURACY))
    assert "40 pictures with 43 people" in text
    assert "25.0" in text and "23.8" in text and "1.2 points" in text
    assert "float" not in "\n".join(describe({key: ACCURACY[key] for key in ("data", "int8")}))


def test_a_model_for_the_device_needs_its_twin(tmp_path):
    from locations import REPOSITORY

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
