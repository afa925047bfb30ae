"""Which form a file has: by its outputs, and what is said of files that have none."""

from dataclasses import replace
from pathlib import Path

import pytest

from edgecask.target.contract import check
from edgecask.target.firmware_changes import as_of
from edgecask.target.forms import form_of
from edgecask.target.model_file import Operator, Tensor, read_model
from edgecask.target.target import load_target

SIZE = 192
ANCHORS = 24 * 24 + 12 * 12 + 6 * 6
MODEL = Path(__file__).resolve().parents[1] / "data" / "classes_quant_pt_uf_test.tflite"
IMAGE = Tensor(
    name="images", shape=(1, SIZE, SIZE, 3), dtype="int8", scale=1 / 255, zero_point=-128, scales=1, constant=False
)


def file_with(*shapes):
    """A file with such outputs, and nothing else of interest."""
    outputs = tuple(
        Tensor(name=str(number), shape=shape, dtype="int8", scale=0.01, zero_point=0, scales=1, constant=False)
        for number, shape in enumerate(shapes)
    )
    return replace(read_model(MODEL), inputs=(IMAGE,), outputs=outputs)


def raw(*classes):
    """The six outputs of detection, with so many classes in each grid."""
    cells = [(SIZE // stride) ** 2 for stride in (8, 16, 32)]
    return [(1, count, 64) for count in cells] + [(1, count, many) for count, many in zip(cells, classes, strict=True)]


POSE = [*raw(1, 1, 1), (1, ANCHORS, 51)]


@pytest.mark.parametrize(
    ("shapes", "task", "head"),
    [
        (POSE, "pose", "raw"),
        (raw(3, 3, 3), "detect", "raw"),
        (raw(1, 1, 1), "detect", "raw"),
        ([(1, 84, ANCHORS)], "detect", "decoded"),
        (raw(64, 64, 64), "detect", "raw"),
        ([(1, 7, 7)], "detect", "decoded"),
        ([(1, 7, 7)] * 2, "pose", "raw"),
    ],
)
def test_the_form_is_told_by_the_outputs(shapes, task, head):
    model = form_of(file_with(*shapes), load_target("grove")).model
    assert (model.task, model.head) == (task, head)


def rows_for(*shapes):
    target = form_of(model := file_with(*shapes), load_target("grove"))
    return {row.rule: row for row in check(model, target).rows}


def test_detection_with_six_outputs():
    rows = rows_for(*raw(80, 80, 80))
    for rule in (
        "number of outputs",
        "outputs by shape",
        "number of classes",
        "same classes in all outputs",
        "decoder",
    ):
        assert rows[rule].verdict == "pass", rows[rule]
    assert rows["number of classes"].found == "80"
    assert "2024-04-28" in rows["decoder"].needed


def test_sixty_four_classes_and_grids_that_differ_are_refused():
    assert rows_for(*raw(64, 64, 64))["outputs by shape"].verdict == "fail"
    assert rows_for(*raw(3, 4, 3))["same classes in all outputs"].verdict == "fail"


def test_a_decoded_detector_takes_eighty_classes_at_most():
    assert rows_for((1, 84, ANCHORS))["number of classes"].verdict == "pass"
    assert rows_for((1, 104, ANCHORS))["number of classes"].verdict == "fail"
    assert rows_for((1, 104, ANCHORS + 1))["output shape"].needed == f"1×(4+C)×{ANCHORS}"


def decoded(*parts):
    """A file with one decoded output that is joined from parts of so many rows; of an unknown kind without."""
    model = file_with((1, sum(parts), ANCHORS))
    output = model.outputs[0]
    inputs = tuple(replace(output, name=f"part {place}", shape=(1, rows, ANCHORS)) for place, rows in enumerate(parts))
    name = "CONCATENATION" if len(parts) > 1 else "MUL"
    return replace(model, operators=(Operator(name=name, version=1, inputs=inputs, outputs=(output,)),))


def kind_of(model, name):
    target = form_of(model, load_target(name))
    row = {row.rule: row for row in check(model, target).rows}.get("kind of output")
    return target.model.task, None if row is None else row.verdict, row


@pytest.mark.parametrize("name", ["stm32n6", "ne301", "stm32mp2"])
def test_a_decoded_output_of_either_task_is_told_by_its_parts(name):
    for parts in ((4, 1, 51), (5, 51), (4, 1, 3)):
        assert kind_of(decoded(*parts), name)[:2] == ("pose", "pass")
    for parts in ((4, 4), (2, 2, 4), (4, 52)):
        assert kind_of(decoded(*parts), name)[:2] == ("detect", "pass")
    assert kind_of(decoded(4, 80), name)[:2] == ("detect", None)  # its shape tells
    for file in (decoded(56), file_with((1, 8, ANCHORS))):
        assert kind_of(file, name)[:2] == ("pose", "unknown")


@pytest.mark.parametrize("name", ["openmv-ae3", "grove", "xiao"])
def test_a_decoded_pose_model_is_no_detector(name):
    task, verdict, row = kind_of(decoded(4, 1, 51), name)
    assert (task, verdict) == ("detect", "fail")
    assert row.found == "that of a pose model (joined from 4, 1, 51 rows)" and "as 52 classes" in row.advice
    assert kind_of(decoded(4, 52), name)[1] == "pass"
    _, verdict, row = kind_of(decoded(56), name)
    assert verdict == "unknown" and "17 keypoints or 52 classes" in row.advice


def test_six_outputs_are_for_a_xiao_whose_firmware_is_ones_own():
    model = file_with(*raw(100, 100, 100))
    for firmware, verdict in ((None, "fail"), ("2025-01-01", "fail"), ("sscma-micro-1.0.x", "pass")):
        target = load_target("xiao") if firmware is None else as_of(load_target("xiao"), firmware)
        rows = {row.rule: row for row in check(model, form_of(model, target)).rows}
        assert rows["decoder"].verdict == verdict
        assert rows["outputs by shape"].verdict == rows["number of classes"].verdict == "pass"
        assert verdict == "pass" or "--firmware=sscma-micro-1.0.x" in rows["decoder"].advice
    assert "a firmware that you build yourself" in rows["decoder"].needed
