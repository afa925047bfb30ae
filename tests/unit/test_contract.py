"""Every rule on small models of the right shapes, and, where they are at hand, on the vendors' own files."""

import json
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
import tflite_bytes as fields
from tflite_bytes import TfliteBytes

from edgecask.firmware.family import family_of, family_rows
from edgecask.target.contract import check
from edgecask.target.firmware_changes import as_of
from edgecask.target.forms import form_of
from edgecask.target.model_file import ModelFile, Operator, parse_model, read_model
from edgecask.target.target import load_target, target_names

DATA = Path(__file__).resolve().parents[1] / "data"
RAW, VELA, FLOAT, PER_CHANNEL, PER_TENSOR = (
    read_model(DATA / f"{name}.tflite")
    for name in ("raw", "raw_vela", "raw_float", "tiny_quant_pc_uf_test", "tiny_quant_pt_uf_test")
)


SEVERAL_CLASSES = read_model(DATA / "classes_quant_pt_uf_test.tflite")


def report_of(model: ModelFile, target: str, *, firmware: str = "", **options):
    loaded = as_of(load_target(target), firmware) if firmware else load_target(target)
    return check(model, loaded, family_rows=family_rows(model, loaded), **options)


def broken(model: ModelFile, target: str, **options) -> set[str]:
    return {row.rule for row in report_of(model, target, **options).failures}


def row_of(model: ModelFile, target: str, rule: str, **options):
    return next(row for row in report_of(model, target, **options).rows if row.rule == rule)


def output(model, index, **changes):
    outputs = list(model.outputs)
    outputs[index] = replace(outputs[index], **changes)
    return replace(model, outputs=tuple(outputs))


def model_input(model, **changes):
    return replace(model, inputs=(replace(model.inputs[0], **changes),))


@pytest.mark.parametrize(
    ("model", "target"), [(VELA, "grove"), (RAW, "xiao"), (PER_CHANNEL, "stm32n6"), (PER_TENSOR, "stm32mp2")]
)
def test_what_fits(model, target):
    assert broken(model, target) == set()


@pytest.mark.parametrize(
    ("model", "target", "rules"),
    [
        (RAW, "grove", {"operators", "NPU code"}),
        (VELA, "xiao", {"operators", "NPU code"}),
        (FLOAT, "xiao", {"input type", "output type", "integer operators only"}),
        (FLOAT, "stm32n6", {"integer operators only", "granularity"}),
        (PER_TENSOR, "stm32n6", {"granularity"}),
        (PER_CHANNEL, "stm32mp2", {"granularity"}),
        (PER_CHANNEL, "grove", {"number of outputs", "input type", "input zero point", "output type", "NPU code"}),
        (VELA, "grove-himax", {"input size", "order of outputs", "number of keypoints"}),
        (VELA, "stm32n6", {"NPU code", "number of outputs", "input type"}),
    ],
)
def test_what_does_not_fit(model, target, rules):
    assert rules <= broken(model, target)


@pytest.mark.parametrize(
    ("model", "rule"),
    [
        (model_input(VELA, shape=(1, 32, 64, 3)), "input shape"),
        (model_input(VELA, shape=(1, 32, 32, 4)), "input shape"),
        (model_input(VELA, shape=(32, 32, 3)), "input shape"),
        (model_input(VELA, shape=(1, 48, 48, 3)), "input size"),
        (model_input(VELA, dtype="uint8"), "input type"),
        (model_input(VELA, scale=1.0), "input scale"),
        (model_input(VELA, scale=None), "input scale"),
        (model_input(VELA, zero_point=0), "input zero point"),
        (replace(VELA, inputs=VELA.inputs * 2), "number of inputs"),
        (replace(VELA, outputs=VELA.outputs[:-1]), "number of outputs"),
        (output(VELA, 0, dtype="float32"), "output type"),
        (output(VELA, 0, shape=(1, 21, 16)), "outputs by shape"),
        (output(VELA, 1, shape=VELA.outputs[2].shape), "outputs by shape"),
        (output(VELA, 1, shape=(4, 64)), "output rank"),
        (replace(VELA, operators=(*VELA.operators, replace(RAW.operators[0], name="PACK"))), "operators"),
        (replace(VELA, size=11 * 1024 * 1024), "flash"),
    ],
)
def test_each_rule_of_grove(model, rule):
    found = report_of(model, "grove")
    assert rule in {row.rule for row in found.failures}
    for row in found.failures:
        assert row.found and row.needed and row.advice, row


def with_output_scale(value: float) -> ModelFile:
    file = TfliteBytes(DATA / "raw.tflite")
    place = file.vector(file.output(0).Quantization(), fields.QUANTIZATION_SCALE)
    return parse_model(file.write(place, "<f", value).content, name="x.tflite")


@pytest.mark.parametrize("scale", [0.0, -0.05, float("nan"), float("inf")])
def test_an_output_needs_a_scale_that_is_one(scale):
    row = row_of(with_output_scale(scale), "xiao", "output scale")
    assert row.verdict == "fail" and f"{scale:g}" in row.found


@pytest.mark.parametrize(
    ("table", "field", "found"),
    [
        (lambda output: output, fields.TENSOR_QUANTIZATION, "no scale"),
        (lambda output: output.Quantization(), fields.QUANTIZATION_SCALE, "no scale"),
        (lambda output: output.Quantization(), fields.QUANTIZATION_ZERO_POINT, "no zero point"),
    ],
)
@pytest.mark.parametrize(("name", "target"), [("raw", "xiao"), ("raw_vela", "grove"), ("raw_vela", "grove-himax")])
def test_an_output_without_scale_or_zero_point(name, target, table, field, found):
    file = TfliteBytes(DATA / f"{name}.tflite")
    model = parse_model(file.leave_out(table(file.output(3)), field).content, name="x.tflite")
    row = row_of(model, target, "output scale")
    assert row.verdict == "fail" and row.found == f"output 3: {found}"


@pytest.mark.parametrize("target", target_names())
def test_the_scales_of_good_files_are_none_of_that(target):
    for model in (RAW, VELA, FLOAT, PER_CHANNEL, PER_TENSOR):
        assert "output scale" not in broken(model, target)


def test_of_59_rows_the_concatenation_tells_the_classes():
    """By shape it would be 18 keypoints of one class."""
    for target in ("stm32n6", "stm32mp2"):
        row = row_of(SEVERAL_CLASSES, target, "number of classes")
        assert (row.verdict, row.found, row.needed) == ("fail", "4", "1")
    assert "number of classes" not in {row.rule for row in report_of(PER_TENSOR, "stm32mp2").rows}


def test_a_decoder_that_came_later():
    assert row_of(VELA, "grove", "decoder").verdict == "pass"
    row = row_of(VELA, "grove", "decoder", firmware="2023-12-19")
    assert row.verdict == "fail" and "2023-12-19" in row.found and "from 2024-01-11 on" in row.needed
    assert broken(VELA, "grove", firmware="2024-01-11") == set()
    assert "decoder" not in {row.rule for row in report_of(PER_CHANNEL, "stm32n6").rows}


def test_the_report_names_the_firmware():
    assert report_of(VELA, "grove").as_json()["firmware"] == "SSCMA-Micro 1.0.x"
    assert report_of(VELA, "grove", firmware="2024.12.07").firmware == "SSCMA-Micro 1.0.x of 2024-12-07"


def test_a_warning_breaks_nothing():
    report = report_of(PER_TENSOR, "stm32mp2")
    assert [row.rule for row in report.warnings] == ["number of keypoints"]
    assert report.as_json()["passed"]


def test_a_claim_is_held_against_the_tensors():
    assert "granularity as claimed" in broken(PER_TENSOR, "stm32n6", claimed_granularity="per-channel")
    # Asked for and really so: the user's choice, not an error.
    assert broken(PER_CHANNEL, "stm32mp2", claimed_granularity="per-channel") == set()


@pytest.mark.parametrize("target", target_names())
@pytest.mark.parametrize("model", [RAW, VELA, FLOAT, PER_CHANNEL, PER_TENSOR], ids=lambda m: Path(m.name).name)
def test_every_row_is_complete(model, target):
    report = report_of(model, target)
    for row in report.rows:
        assert row.rule and row.found and row.needed
        assert row.verdict == "pass" or row.advice, row
    assert report.as_json()["passed"] == (not report.failures)


def test_a_model_without_inputs_or_outputs_is_judged_too():
    empty = replace(RAW, inputs=(), outputs=(), operators=(Operator(name="ADD", version=1, inputs=(), outputs=()),))
    for name in target_names():
        assert {"number of inputs", "number of outputs"} <= broken(empty, name)


HIMAX = "himax-yolov8n_pose_256_vela_3_9.tflite"
ST_192 = "st-yolov8n_192_quant_pc_uf_pose_coco.tflite"
ST_256_PC = "st-yolov8n_256_quant_pc_uf_pose_coco.tflite"
ST_256_PT = "st-yolov8n_256_quant_pt_uf_pose_coco.tflite"


@pytest.mark.parametrize(
    ("name", "target", "rules"),
    [
        (HIMAX, "grove-himax", set()),
        (HIMAX, "grove", set()),
        (HIMAX, "xiao", {"operators", "NPU code"}),
        (ST_192, "stm32n6", {"granularity as claimed"}),
        (ST_256_PC, "stm32n6", set()),
        (ST_256_PC, "stm32mp2", set()),  # slow there, which the row says
        (ST_256_PT, "stm32mp2", set()),
    ],
)
def test_the_vendors_own_files(shared, name, target, rules):
    claimed = family_of(load_target(target)).claimed_granularity(name)
    assert broken(read_model(shared / "reference" / name), target, claimed_granularity=claimed) == rules


NUVOTON = json.loads((DATA / "nuvoton.json").read_text())
"""What read_model says of the files that Nuvoton ships (ML_M55M1_SampleCode @b4fa393), which are 2 MB each."""


def shipped_by_nuvoton(name: str) -> ModelFile:
    return msgspec.convert(NUVOTON[name]["facts"], ModelFile)


@pytest.mark.parametrize(
    ("name", "target", "rules"),
    [
        ("YOLOv8n-pose.tflite", "numaker-m55m1", set()),
        ("YOLOv8n-pose_256.tflite", "numaker-m55m1", set()),
        ("YOLOv8n-pose.tflite", "grove-himax", {"order of outputs", "NPU MACs"}),
        ("YOLOv8n-pose.tflite", "grove", {"NPU MACs"}),
        ("YOLOv8n-od.tflite", "numaker-m55m1", set()),
        ("YOLOv8n-od.tflite", "grove", {"NPU MACs"}),
    ],
)
def test_what_nuvoton_ships(name, target, rules):
    model = shipped_by_nuvoton(name)
    loaded = form_of(model, load_target(target))
    report = check(model, loaded, family_rows=family_rows(model, loaded))
    assert {row.rule for row in report.failures} == rules and report.warnings == ()


def test_what_openmv_ships_runs_on_the_cpu_and_is_said_to_be_slow():
    """lib/models/yolov8n_192.tflite of openmv @cbbb877, which its build compiles with Vela for ROMFS."""
    (shipped,) = json.loads((DATA / "openmv.json").read_text()).values()
    report = report_of(msgspec.convert(shipped["facts"], ModelFile), "openmv-ae3")
    assert report.failures == () and [row.rule for row in report.warnings] == ["NPU code"]
    assert "many times slower" in report.warnings[0].advice
    # uint8 in and float out, where edgecask makes int8; pixels instead of parts leave no steps for scores.
    assert {"uint8", "float32"} <= {row.found for row in report.rows}
    pixels = msgspec.convert(shipped["facts"], ModelFile)
    pixels = output(pixels, 0, dtype="int8", scale=0.8, zero_point=-128, scales=1)
    assert {row.rule for row in report_of(pixels, "openmv-ae3").failures} == {"output in parts"}
    coarse = replace(pixels, outputs=(replace(pixels.outputs[0], scale=0.03),))
    assert {row.rule for row in report_of(coarse, "openmv-ae3").warnings} == {"NPU code", "output in parts"}


@pytest.mark.parametrize("index", range(7))
def test_nuvotons_sample_reads_by_index(index):
    model = shipped_by_nuvoton("YOLOv8n-pose.tflite")
    moved = [*model.outputs[:index], *model.outputs[index + 1 :], model.outputs[index]]
    rules = set() if index == 6 else {"order of outputs"}
    assert broken(replace(model, outputs=tuple(moved)), "numaker-m55m1") == rules


def test_how_many_tensors_are_per_channel_in_sts_files(shared):
    counts = [read_model(shared / "reference" / name).per_channel_tensors for name in (ST_192, ST_256_PC, ST_256_PT)]
    assert counts == [0, 138, 0]
