"""ST's quantiser file, with the real TensorFlow."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from locations import REPOSITORY
from PIL import Image
from recording import RecordingDisplay

from edgecask.errors import CalibrationError, UsageError
from edgecask.firmware.st_quantize_config import quantize
from edgecask.runner.executor import Execution
from edgecask.store.store import Store
from edgecask.target.model_file import read_model

LETTERS = {"float": "f", "int8": "i", "uint8": "u"}
DTYPES = {"float": "float32", "int8": "int8", "uint8": "uint8"}


@pytest.fixture(scope="session")
def saved_model(environment_python, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("saved") / "yolov8n_saved_model"
    script = Path(__file__).with_name("make_saved_model.py")
    subprocess.run([environment_python("convert"), script, folder], check=True, capture_output=True)
    return folder


@pytest.fixture
def write(saved_model, tmp_path):
    images = tmp_path / "pictures"
    images.mkdir()
    for index, name in enumerate(("b.JPG", "a.jpeg", "c.png")):
        Image.linear_gradient("L").resize((60 + index, 40)).convert("RGB").save(images / name)
    both = Image.new("RGB", (48, 32), "white")  # black and white, of the network's size
    both.paste("black", (0, 0, 24, 32))
    both.save(images / "d.png")

    def make(rescaling=None, input_shape=(32, 48, 3), **changes) -> Path:
        quantization = {
            "fake": False,
            "quantization_type": "per_channel",
            "quantization_input_type": "uint8",
            "quantization_output_type": "float",
            "calib_dataset_path": str(images),
            "export_path": str(tmp_path / "quantized_models"),
        }
        content = {
            "model": {
                "name": "yolov8n_32",
                "uc": "pose_coco",
                "model_path": str(saved_model),
                "input_shape": list(input_shape),
            },
            "quantization": quantization | changes,
            "pre_processing": {"rescaling": rescaling or {"scale": 255, "offset": 0}},
        }
        path = tmp_path / "user_config_quant.yaml"
        path.write_text(yaml.safe_dump(content))
        return path

    return make


@pytest.fixture
def execution(runner, session_directories):
    return Execution(
        directories=session_directories,
        store=Store(session_directories.store),
        runner=runner,
        display=RecordingDisplay(),
    )


COMBINATIONS = [
    ("per_channel", "uint8", "float"),
    ("per_tensor", "int8", "int8"),
    *(
        pytest.param(*combination, marks=pytest.mark.extended)
        for combination in [("per_tensor", "uint8", "float")]
        + [("per_channel", *types) for types in itertools.product(LETTERS, LETTERS) if types != ("uint8", "float")]
    ),
]


@pytest.mark.parametrize(("granularity", "input_type", "output_type"), COMBINATIONS)
def test_every_type_under_sts_name(write, execution, granularity, input_type, output_type):
    config = write(
        quantization_type=granularity, quantization_input_type=input_type, quantization_output_type=output_type
    )
    path = quantize(execution, config)
    short = {"per_channel": "pc", "per_tensor": "pt"}[granularity]
    assert path.name == f"yolov8n_32_quant_{short}_{LETTERS[input_type]}{LETTERS[output_type]}_pose_coco.tflite"
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]
    model = read_model(path)
    assert model.inputs[0].shape == (1, 32, 48, 3)  # not height and width the other way round
    assert (model.inputs[0].dtype, model.outputs[0].dtype) == (DTYPES[input_type], DTYPES[output_type])
    assert (model.per_channel_tensors > 0) == (granularity == "per_channel")
    assert not [operator.name for operator in model.operators if operator.computes_in_float]
    if input_type == "uint8":
        assert model.inputs[0].scale == pytest.approx(1 / 255, rel=0.05)


@pytest.mark.parametrize("rescaling", [None, {"scale": 127.5, "offset": -1}])
def test_fake_needs_no_images_and_rescales_nothing(write, execution, rescaling):
    """The script yields np.random.rand as it is, whatever the file says of rescaling."""
    path = quantize(execution, write(rescaling, fake=True, calib_dataset_path=None))
    assert path.name == "yolov8n_32_quant_pc_uf_fake.tflite"
    model = read_model(path)
    assert model.per_channel_tensors > 0
    assert model.inputs[0].scale == pytest.approx(1 / 255, rel=1e-3)
    assert model.inputs[0].zero_point == 0


@pytest.mark.parametrize(
    ("rescaling", "scale", "zero_point"),
    [
        ({"scale": 255, "offset": 0}, 1 / 255, 0),
        ({"scale": 127.5, "offset": -1}, 2 / 255, 128),
        ({"scale": "1/255", "offset": 0}, 1 / 255, 0),
        ({"scale": 1, "offset": 0}, 1.0, 0),
    ],
)
def test_images_are_divided_by_scale(write, execution, rescaling, scale, zero_point):
    """The first two are what ST's own how-to and file say; the pictures hold black and white."""
    tensor = read_model(quantize(execution, write(rescaling))).inputs[0]
    assert tensor.scale == pytest.approx(scale, rel=1e-3)
    assert tensor.zero_point == pytest.approx(zero_point, abs=1)


def test_a_type_that_is_no_integer_is_float(write, execution):
    path = quantize(execution, write(quantization_input_type="float32", quantization_output_type="int16"))
    assert path.name == "yolov8n_32_quant_pc_ff_pose_coco.tflite"
    model = read_model(path)
    assert (model.inputs[0].dtype, model.outputs[0].dtype) == ("float32", "float32")


def test_height_and_width_the_wrong_way_round_are_told(write, execution):
    with pytest.raises(UsageError, match=r"input_shape is \[48, 32, 3\].*takes \[32, 48, 3\]"):
        quantize(execution, write(input_shape=(48, 32, 3)))


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"quantization_type": "per_row"}, UsageError, "quantization_type"),
        ({"calib_dataset_path": None}, UsageError, "calib_dataset_path is missing"),
        ({"calib_dataset_path": "/nowhere/pictures"}, CalibrationError, "does not exist"),
        ({"export_path": None}, UsageError, "export_path"),
    ],
)
def test_what_is_wrong_in_the_file_is_named(write, execution, changes, error, words):
    with pytest.raises(error, match=words):
        quantize(execution, write(**changes))


@pytest.mark.parametrize("content", ["- a\n- b\n", "model: [", "", "model: {name: x}\n"])
def test_another_file(tmp_path, execution, content):
    path = tmp_path / "x.yaml"
    path.write_text(content)
    with pytest.raises(UsageError, match=r"x\.yaml"):
        quantize(execution, path)


def test_a_folder_that_is_no_saved_model(write, execution, tmp_path):
    config = write()
    text = yaml.safe_load(config.read_text())
    text["model"]["model_path"] = str(tmp_path)
    config.write_text(yaml.safe_dump(text))
    with pytest.raises(UsageError, match=r"no saved_model\.pb"):
        quantize(execution, config)


def test_the_command(write, tmp_path, session_directories):
    done = subprocess.run(
        [sys.executable, "-m", "invoke", "--search-root", REPOSITORY, "quantize",
         f"--config={write()}", "--runner=venv"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
        env={**os.environ, "EDGECASK_STORE": str(session_directories.store)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "yolov8n_32_quant_pc_uf_pose_coco.tflite" in done.stdout
