"""Which files of two packages differ, and which step did it."""

import pytest

from edgecask.package.comparison import differing_files, first_difference
from edgecask.package.provenance import Step

FILES = {"model.tflite": b"a", "provenance.json": b"b", "SHA256SUMS": b"c"}


def test_files_that_differ_or_are_missing_are_named():
    assert differing_files(FILES, FILES, same_kind=True) == []
    other = {"model.tflite": b"x", "provenance.json": b"y", "SHA256SUMS": b"z", "more": b"", "SHA256SUMS.sig": b"s"}
    assert differing_files(FILES, other, same_kind=True) == ["SHA256SUMS", "model.tflite", "more", "provenance.json"]
    assert differing_files(FILES, other, same_kind=False) == ["model.tflite", "more"]


def steps(**changes):
    made = [
        Step(name="export", environment="export", inputs={"weights.pt": "1"}, outputs={"model.onnx": "2"}),
        Step(name="convert", environment="convert", inputs={"model.onnx": "2"}, outputs={"saved_model.zip": "3"}),
        Step(name="quantize", environment="convert", inputs={"saved_model.zip": "3"}, outputs={"model.tflite": "4"}),
    ]
    for name, facts in changes.items():
        index = ["export", "convert", "quantize"].index(name)
        made[index] = Step(**{**{key: getattr(made[index], key) for key in made[index].__struct_fields__}, **facts})
    return made


@pytest.mark.parametrize(
    ("again", "expected"),
    [
        (steps(), ""),
        (steps(convert={"outputs": {"saved_model.zip": "x"}}, quantize={"inputs": {"saved_model.zip": "x"}}),
         "the step convert is the first that differs: it gave another saved_model.zip"),
        (steps(export={"inputs": {"weights.pt": "x"}}),
         "the step export is the first that differs: it was given another weights.pt"),
        (steps(export={"outputs": {}}), "the step export is the first that differs: it gave another model.onnx"),
        (steps()[1:], "the step export was not there"),
        ([*steps(), Step(name="round", environment="x", inputs={}, outputs={})], "the step round is new"),
    ],
)  # fmt: skip
def test_the_first_step_that_differs_is_named(again, expected):
    assert first_difference(steps(), again) == expected
