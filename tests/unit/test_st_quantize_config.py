"""ST's quantiser file: how it is read, and what its stages are asked for, with toy programs by the harness."""

import io
import json
import zipfile

import pytest
import yaml
from local_runner import LocalRunner
from PIL import Image
from toy_programs import use_pipeline, write_program

from edgecask.errors import CalibrationError, EdgecaskError, StorageError, UsageError
from edgecask.firmware.st_quantize_config import (
    Rescaling,
    load_config,
    pack_saved_model,
    quantize,
    rescaling_of,
    type_of,
)
from edgecask.progress import PlainDisplay
from edgecask.runner.executor import Execution
from edgecask.store.store import Store

PREPARE = """
import json
from pipeline.harness import INPUTS, OUTPUTS
def run(parameters):
    images = (INPUTS / "images.tar").exists()
    (OUTPUTS / "calibration.npy").write_text(json.dumps({**parameters, "images": images}))
    (OUTPUTS / "thumbnails.json").write_text("{}")
    return {}
"""
QUANTIZE = """
import json
from pipeline.harness import INPUTS, OUTPUTS
def run(parameters):
    prepared = json.loads((INPUTS / "calibration.npy").read_text())
    (OUTPUTS / "model.tflite").write_text(json.dumps({"prepare": prepared, "quantize": parameters}))
    return {}
"""


@pytest.fixture
def write(tmp_path):
    """Writes ST's file with changed tables beside a SavedModel and pictures that it names by relative paths."""
    (tmp_path / "saved" / "variables").mkdir(parents=True)
    (tmp_path / "saved" / "saved_model.pb").write_bytes(b"graph")
    (tmp_path / "saved" / "variables" / "variables.index").write_bytes(b"index")
    (tmp_path / "pictures").mkdir()
    Image.new("RGB", (8, 8)).save(tmp_path / "pictures" / "a.PNG")

    def make(**changes):
        content = {
            "model": {"name": "net", "uc": "pose", "model_path": "saved", "input_shape": [32, 48, 3]},
            "quantization": {
                "quantization_type": "per_channel", "quantization_input_type": "uint8",
                "quantization_output_type": "float", "calib_dataset_path": "pictures",
                "export_path": str(tmp_path / "out"),
            },
            "pre_processing": {"rescaling": {"scale": 255, "offset": 0}},
            "other_tool": {"anything": 1},
        }  # fmt: skip
        for name, table in changes.items():
            content[name] |= table
        path = tmp_path / "user_config_quant.yaml"
        path.write_text(yaml.safe_dump(content))
        return path

    return make


@pytest.fixture
def execution(directories, tmp_path, monkeypatch):
    pipeline = use_pipeline(tmp_path / "programs", monkeypatch)
    write_program(pipeline, "prepare", PREPARE)
    write_program(pipeline, "quantize", QUANTIZE)
    return Execution(
        directories=directories, store=Store(directories.store), runner=LocalRunner(directories),
        display=PlainDisplay(io.StringIO()),
    )  # fmt: skip


def test_what_the_file_says_is_what_the_stages_are_asked_for(execution, write):
    path = quantize(execution, write())
    said = json.loads(path.read_text())
    assert said["prepare"]["images"] and said["prepare"]["random"] == 0
    assert [said["prepare"][side] for side in ("height", "width", "channels")] == [32, 48, 3]
    wanted = said["quantize"]
    assert wanted["granularity"] == "per-channel"
    assert (wanted["input_type"], wanted["output_type"]) == ("uint8", "float32")
    assert wanted["scale"] == 1 / 255 and wanted["offset"] == 0
    assert path.name.startswith("net_quant_pc_uf_pose") and path.parent.name == "out"


def test_random_images_need_no_folder(execution, write):
    path = quantize(execution, write(quantization={"fake": True, "calib_dataset_path": None}))
    said = json.loads(path.read_text())
    assert said["prepare"]["random"] == 5 and not said["prepare"]["images"] and "fake" in path.name
    assert (said["quantize"]["scale"], said["quantize"]["offset"]) == (1.0, 0.0)


def test_images_have_to_be_named(execution, write):
    with pytest.raises(UsageError, match="calib_dataset_path is missing"):
        quantize(execution, write(quantization={"calib_dataset_path": None}))
    with pytest.raises(CalibrationError):
        quantize(execution, write(quantization={"calib_dataset_path": "gone"}))
    assert execution.runner.ran == []


@pytest.mark.parametrize("table", [{"name": "../net"}, {"uc": "a/b"}])
def test_a_name_does_not_lead_elsewhere(execution, write, tmp_path, table):
    with pytest.raises(UsageError, match="is not a file name"):
        quantize(execution, write(model=table))
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_written(execution, write, tmp_path):
    (tmp_path / "out").write_text("a file")
    with pytest.raises(StorageError, match="cannot be written"):
        quantize(execution, write())


@pytest.mark.parametrize(
    "changes",
    [
        {"model": {"input_shape": [32, 48]}},
        {"model": {"input_shape": [32, 48, 4]}},
        {"model": {"input_shape": ["a", 48, 3]}},
        {"quantization": {"quantization_type": "per_layer"}},
        {"pre_processing": {"rescaling": {}}},
    ],
)
def test_a_wrong_value_is_named(write, changes):
    with pytest.raises(UsageError, match=r"user_config_quant\.yaml: .*\$\.") as caught:
        load_config(write(**changes))
    assert "user_config_quant.yaml of ST" in caught.value.advice


@pytest.mark.parametrize("content", [b"", b"[", b"\xff", b"a: &a [*a]", b"model: 1", None])
def test_a_file_that_is_none_of_sts(tmp_path, content):
    path = tmp_path / "x.yaml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(EdgecaskError) as caught:
        load_config(path)
    assert isinstance(caught.value, UsageError) and str(path) in str(caught.value)


def test_a_byte_order_mark_is_no_key(write):
    path = write()
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert load_config(path).model.input_shape == (32, 48, 3)


@pytest.mark.parametrize(
    ("scale", "offset", "pixel", "fed"),
    [
        (255, 0, 255, 1.0),
        (127.5, -1, 0, -1.0),
        (127.5, -1, 255, 1.0),
        ("255", "0", 51, 0.2),
        ("2.55e2", 0, 51, 0.2),  # OmegaConf takes for a number what YAML takes for text
        ("1/255", 0, 255, 1.0),
        (" 1 / 127.5 ", -1, 255, 1.0),
        (1, 0, 7, 7.0),
    ],
)
def test_pixels_are_divided(tmp_path, scale, offset, pixel, fed):
    """The first two rescalings are those that ST documents."""
    factor, added = rescaling_of(Rescaling(scale=scale, offset=offset), tmp_path)
    assert pixel * factor + added == pytest.approx(fed)


@pytest.mark.parametrize(
    "scale",
    [0, -255, 0.00392, "255/1", "1/0", "one", "", "1/2/3", "1/x", "__import__('os')", float("nan"), float("inf")],
)
def test_a_scale_that_makes_no_sense_says_what_to_write(tmp_path, scale):
    with pytest.raises(UsageError, match=r"rescaling\.scale is .*scale: 255, offset: 0"):
        rescaling_of(Rescaling(scale=scale), tmp_path)


@pytest.mark.parametrize(
    ("text", "dtype"),
    [("int8", "int8"), ("uint8", "uint8"), ("float", "float32"), ("float32", "float32"), ("INT8", "float32"),
     ("int16", "float32"), (None, "float32")],
)  # fmt: skip
def test_what_is_neither_int8_nor_uint8_is_float(text, dtype):
    assert type_of(text) == dtype


# As ST prints it (tutorials/scripts/yolov8_quantization/user_config_quant.yaml).
STS_OWN = """model:
    name: yolov8n_256
    uc: od_coco
    model_path: ./saved_model
    input_shape: [256, 256, 3]
quantization:
    fake: False
    quantization_type: per_channel
    quantization_input_type: float
    quantization_output_type: uint8
    calib_dataset_path: ./calibration_dataset
    export_path: ./quantized_models
pre_processing:
  rescaling: {scale : 255, offset : 0}
"""


def test_sts_own_file(tmp_path):
    path = tmp_path / "user_config_quant.yaml"
    path.write_text(STS_OWN)
    config = load_config(path)
    assert (config.model.name, config.model.input_shape) == ("yolov8n_256", (256, 256, 3))
    assert rescaling_of(config.pre_processing.rescaling, path) == (1 / 255, 0.0)


def test_names_that_yaml_takes_for_numbers_are_names(execution, write):
    path = quantize(execution, write(model={"name": 8, "uc": 1.5}))
    assert path.name == "8_quant_pc_uf_1.5.tflite"


def test_a_saved_model_is_the_same_bytes_and_nothing_beside_it(directories, write, tmp_path):
    write()
    store = Store(directories.store)
    first = pack_saved_model(store, tmp_path / "saved")
    (tmp_path / "saved" / "notes.txt").write_text("mine")
    (tmp_path / "saved" / "saved_model.pb").touch()
    assert pack_saved_model(store, tmp_path / "saved").sha256 == first.sha256
    assert zipfile.ZipFile(first.path).namelist() == ["saved_model.pb", "variables/variables.index"]
    with pytest.raises(UsageError, match="is not a SavedModel"):
        pack_saved_model(store, tmp_path / "pictures")
