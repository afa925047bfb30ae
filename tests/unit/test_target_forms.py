"""Which form a file has: by its outputs, and what is said of files that have none."""

from dataclasses import replace
from pathlib import Path

import pytest

from edgecask.target.contract import check
from edgecask.target.forms import form_of
from edgecask.target.model_file import Tensor, read_model
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
