"""Nuvoton's samples: the model that they ship, and what they ask for beside the contract of its outputs."""

from pathlib import Path

import pytest
import tflite_bytes as fields
from tflite_bytes import TfliteBytes

from edgecask.firmware.family import family_of, family_rows
from edgecask.target.model_file import parse_model
from edgecask.target.target import load_target

VELA = Path(__file__).resolve().parents[1] / "data" / "raw_vela.tflite"
TARGET = load_target("numaker-m55m1")


@pytest.mark.parametrize(("version", "verdict"), [(3, "pass"), (2, "fail"), (4, "fail")])
def test_the_sample_asks_for_the_version_of_the_schema(version, verdict):
    file = TfliteBytes(VELA)
    model = parse_model(
        file.write(file.place(file.model, fields.MODEL_VERSION), "<I", version).content, name="x.tflite"
    )
    (row,) = family_rows(model, TARGET)
    assert (row.rule, row.verdict, row.found) == ("schema version", verdict, str(version))


def test_the_model_has_the_name_that_the_sample_looks_for():
    family = family_of(TARGET)
    assert family.model_name(TARGET, stem="best", image_size=192) == "YOLOv8n-pose.tflite"
    assert family.package_files(TARGET, {}, b"") == {} and family.commands(TARGET, "model.tflite") == ()
    assert family.operator_counts(7) == {"npu_ops": 0, "cpu_ops": 7}
