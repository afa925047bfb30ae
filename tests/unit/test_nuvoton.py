"""Nuvoton's samples: the model that they ship, and what they ask for beside the contract of its outputs."""

from dataclasses import replace
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


@pytest.mark.parametrize(("classes", "verdict"), [(80, "pass"), (3, "warn"), (1, "warn")])
def test_the_detection_sample_is_compiled_for_80_classes(classes, verdict):
    target = TARGET.for_task("detect")
    sides = {8: 24, 16: 12, 32: 6}
    shapes = [
        (1, sides[int(name.split("_s")[1])] ** 2, 64 if name.startswith("box") else classes)
        for name in target.outputs.order
    ]
    model = parse_model(VELA.read_bytes(), name="x.tflite")
    outputs = tuple(replace(model.outputs[0], shape=shape) for shape in shapes)
    model = replace(model, outputs=outputs, inputs=(replace(model.inputs[0], shape=(1, 192, 192, 3)),))
    row = next(row for row in family_rows(model, target) if row.rule == "number of classes")
    assert (row.verdict, row.found) == (verdict, str(classes))
    assert verdict == "pass" or f"YOLOV8N_OD_CLASS to {classes}" in row.advice


def test_the_detection_sample_looks_for_another_file():
    target = TARGET.for_task("detect")
    assert family_of(target).model_name(target, stem="best", image_size=192) == "YOLOv8n-od.tflite"
    assert target.firmware == "ObjectDetection_YOLOv8n" and TARGET.firmware == "PoseLandmark_YOLOv8n"
