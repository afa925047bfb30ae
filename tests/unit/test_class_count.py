"""How many classes a decoded head has, told by its graph."""

from dataclasses import replace
from pathlib import Path

import pytest

from edgecask.target.class_count import class_count
from edgecask.target.model_file import Operator, Tensor, read_model
from edgecask.task.pose import Pose

DATA = Path(__file__).resolve().parents[1] / "data"


def class_count_of(model):
    return class_count(model, Pose())


def tensor(name: str, *shape: int) -> Tensor:
    return Tensor(name=name, shape=shape, dtype="int8", scale=1.0, zero_point=0, scales=1, constant=False)


def joined(*parts: tuple[int, ...], rows: int, between: str | None = None):
    """A model whose output is the concatenation of these parts, with one more operator behind it."""
    inputs = tuple(tensor(f"part {place}", *shape) for place, shape in enumerate(parts))
    output = tensor("joined", 1, rows, 21)
    operators = [Operator(name="CONCATENATION", version=1, inputs=inputs, outputs=(output,))]
    if between is not None:
        last = tensor("last", 1, rows, 21)
        operators.append(Operator(name=between, version=1, inputs=(output,), outputs=(last,)))
        output = last
    model = read_model(DATA / "classes_quant_pt_uf_test.tflite")
    return replace(model, operators=tuple(operators), outputs=(output,))


def test_a_converted_network():
    assert class_count_of(read_model(DATA / "classes_quant_pt_uf_test.tflite")) == 4


@pytest.mark.parametrize("name", ["raw", "raw_vela", "tiny_quant_pt_uf_test", "tiny_quant_pc_uf_test"])
def test_files_that_do_not_tell(name):
    assert class_count_of(read_model(DATA / f"{name}.tflite")) is None


@pytest.mark.parametrize(
    ("parts", "classes"),
    [
        (((1, 4, 21), (1, 1, 21), (1, 51, 21)), 1),
        (((1, 2, 21), (1, 2, 21), (1, 1, 21), (1, 51, 21)), 1),
        (((1, 5, 21), (1, 51, 21)), 1),
        (((1, 8, 21), (1, 51, 21)), 4),
        (((1, 21, 8), (1, 21, 51)), 4),
        (((1, 4, 21), (1, 52, 21)), None),
        (((1, 3, 21), (1, 51, 21)), None),
        (((1, 56, 7), (1, 56, 14)), None),
        (((1, 56, 21),), None),
        ((), None),
    ],
)
@pytest.mark.parametrize("between", [None, "DEQUANTIZE"])
def test_what_is_joined(parts, classes, between):
    rows = sum(min(shape[1:], key=lambda side: side == 21) for shape in parts)
    assert class_count_of(joined(*parts, rows=rows, between=between)) == classes


@pytest.mark.parametrize("classes", [1, 4])
def test_levels_that_are_joined_behind_it(classes):
    """As edgecask's own head does it: rows of each level first, then the levels."""
    rows = 4 + classes + 51
    operators, levels = [], []
    for anchors in (16, 4, 1):
        parts = tuple(tensor(f"{anchors} {count}", 1, anchors, count) for count in (2, 2, classes, 51))
        level = tensor(f"level {anchors}", 1, anchors, rows)
        operators.append(Operator(name="CONCATENATION", version=1, inputs=parts, outputs=(level,)))
        levels.append(level)
    together, output = tensor("together", 1, 21, rows), tensor("output", 1, rows, 21)
    operators.append(Operator(name="CONCATENATION", version=1, inputs=tuple(levels), outputs=(together,)))
    operators.append(Operator(name="TRANSPOSE", version=1, inputs=(together,), outputs=(output,)))
    model = read_model(DATA / "classes_quant_pt_uf_test.tflite")
    assert class_count_of(replace(model, operators=tuple(operators), outputs=(output,))) == classes


def test_an_operator_that_computes_ends_the_search():
    assert class_count_of(joined((1, 5, 21), (1, 51, 21), rows=56, between="MUL")) is None


def test_a_ring_of_operators_ends():
    model = joined((1, 5, 21), (1, 51, 21), rows=56)
    output = model.outputs[0]
    ring = Operator(name="RESHAPE", version=1, inputs=(output,), outputs=(output,))
    assert class_count_of(replace(model, operators=(ring,))) is None


def test_sts_own_files_have_one_class(shared):
    for path in sorted((shared / "reference").glob("st-*.tflite")):
        assert class_count_of(read_model(path)) == 1
