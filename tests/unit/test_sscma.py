"""What Seeed's decoder asks for, and what its tools want beside a model."""

import base64
import json
from pathlib import Path

import pytest
import tflite_bytes as fields
from tflite_bytes import TfliteBytes

from edgecask.errors import ContractError
from edgecask.files import sha256_bytes
from edgecask.firmware.family import family_of, family_rows
from edgecask.firmware.sscma import AT_INFO, CATALOGUE, MAX_COMMAND, at_info
from edgecask.target.model_file import parse_model
from edgecask.target.target import load_target

DATA = Path(__file__).resolve().parents[1] / "data"
MANIFEST = {
    "keypoints": 17, "imgsz": 192, "classes": ["person"], "metrics": {"flash_kib": 1.0},
    "inputs": {"weights": {"name": "best.pt"}}, "model": {"file": "model.tflite"},
}  # fmt: skip


@pytest.mark.parametrize(("name", "target"), [("raw", "xiao"), ("raw_vela", "grove")])
@pytest.mark.parametrize(
    ("scale", "zero_point", "verdict"),
    [
        (0.34, -128, "pass"),
        (0.345, -128, "pass"),
        (0.35, -128, "fail"),
        (0.6, -10, "pass"),
        (0.7, -10, "fail"),
        (5.0, 120, "pass"),
    ],
)
def test_logits_of_boxes_that_the_softmax_survives(name, target, scale, zero_point, verdict):
    """The largest is scale · (127 − zero point), and exp of more than 88.7 is infinite."""
    file = TfliteBytes(DATA / f"{name}.tflite")
    quantization = file.box_output().Quantization()
    file.write(file.vector(quantization, fields.QUANTIZATION_SCALE), "<f", scale)
    file.write(file.vector(quantization, fields.QUANTIZATION_ZERO_POINT), "<q", zero_point)
    (row,) = family_rows(parse_model(file.content, name="x.tflite"), load_target(target))
    assert (row.rule, row.verdict) == ("box logits", verdict)
    assert row.found == f"up to {scale * (127 - zero_point):.1f}"


def test_the_files_of_a_package():
    target = load_target("grove")
    files = family_of(target).package_files(target, MANIFEST, b"model")
    entry = json.loads(files[CATALOGUE])
    assert (entry["devices"], entry["classes"], entry["size"], entry["name"]) == (["we2"], ["person"], "5", "best 192")
    told = json.loads(base64.b64decode(files[AT_INFO].removeprefix(b'AT+INFO="').removesuffix(b'"\r')))
    assert told["uuid"] == entry["uuid"] and told["sha256"] == sha256_bytes(b"model") and "metrics" not in told


def test_a_command_that_does_not_fit_the_firmwares_buffer():
    with pytest.raises(ContractError, match=str(MAX_COMMAND)):
        at_info({"classes": ["x" * MAX_COMMAND]})
