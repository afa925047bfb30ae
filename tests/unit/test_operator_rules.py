"""Operators against what a firmware registers, by its date, and what is newer than this edgecask."""

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
import tflite_bytes as fields
from tflite_bytes import TfliteBytes

from edgecask.target.firmware_changes import as_of
from edgecask.target.model_file import parse_model, read_model
from edgecask.target.operator_rules import operator_rows
from edgecask.target.target import load_target, target_names

DATA = Path(__file__).resolve().parents[1] / "data"
RAW, VELA, FLOAT = (read_model(DATA / f"{name}.tflite") for name in ("raw", "raw_vela", "raw_float"))
GROVE = load_target("grove")


def row_of(model, target, rule):
    return next(row for row in operator_rows(model, target) if row.rule == rule)


def with_operator(name):
    return replace(VELA, operators=(*VELA.operators, replace(RAW.operators[0], name=name)))


def test_what_is_registered():
    assert row_of(VELA, GROVE, "operators").verdict == "pass"
    assert row_of(RAW, load_target("xiao"), "operators").verdict == "pass"
    row = row_of(RAW, GROVE, "operators")
    assert row.verdict == "fail" and "CONV_2D" in row.found and "Vela" in row.advice
    assert not [row for row in operator_rows(RAW, load_target("stm32n6")) if row.rule == "operators"]


@pytest.mark.parametrize(
    ("name", "day"),
    [("BATCH_MATMUL", "2025-01-02"), ("MEAN", "2024-05-28"), ("MUL", "2024-04-28"), ("MAX_POOL_2D", "2024-04-28")],
)
def test_an_operator_that_came_later(name, day):
    model = with_operator(name)
    row = row_of(model, GROVE, "operators")
    assert row.verdict == "pass" and f"{name} from {day} on" in row.needed
    assert row_of(model, as_of(GROVE, day), "operators").verdict == "pass"
    row = row_of(model, as_of(GROVE, "2024-03-01"), "operators")
    assert row.verdict == "fail" and f"{name} from {day} on" in row.needed and "2024-03-01" in row.needed
    assert f"A newer firmware has {name} from {day} on" in row.advice


def test_the_newest_names_the_day_of_its_last_operator():
    assert "SSCMA-Micro 1.0.x from 2025-01-02 on" in row_of(VELA, GROVE, "operators").needed
    assert " from " not in row_of(RAW, load_target("xiao"), "operators").needed


def test_versions_are_compared_where_the_target_names_them():
    target = load_target("xiao")
    operators = msgspec.structs.replace(target.operators, versions={"CONV_2D": 3})
    limited = msgspec.structs.replace(target, operators=operators)
    newer = tuple(
        replace(operator, version=4) if operator.name == "CONV_2D" else operator for operator in RAW.operators
    )
    assert "operator versions" not in {row.rule for row in operator_rows(RAW, target)}
    assert row_of(RAW, limited, "operator versions").verdict == "pass"
    assert row_of(replace(RAW, operators=newer), limited, "operator versions").verdict == "fail"


def test_float_operators():
    assert row_of(FLOAT, load_target("stm32n6"), "integer operators only").verdict == "fail"
    assert row_of(RAW, load_target("xiao"), "integer operators only").verdict == "pass"


def newer_file(kind: str) -> TfliteBytes:
    file = TfliteBytes(DATA / "raw.tflite")
    if kind == "operator":
        code = file.model.OperatorCodes(0)
        file.write(file.place(code, fields.CODE_DEPRECATED), "<b", 127)
        return file.write(file.place(code, fields.CODE_BUILTIN), "<i", 250)
    return file.write(file.place(file.graph.Tensors(file.graph.Outputs(0)), fields.TENSOR_TYPE), "<b", int(kind))


@pytest.mark.parametrize("target", target_names())
@pytest.mark.parametrize(
    ("kind", "said"), [("19", "tensor type 19"), ("20", "tensor type 20"), ("operator", "operator 250")]
)
def test_what_is_newer_is_told_as_such_and_not_as_damage(kind, said, target):
    model = parse_model(newer_file(kind).content, name="x.tflite")
    row = row_of(model, load_target(target), "types and operators")
    assert row.verdict == "fail" and row.found == f"{said}: newer than this edgecask knows"


@pytest.mark.parametrize("model", [RAW, VELA, FLOAT])
def test_what_is_known(model):
    assert row_of(model, GROVE, "types and operators").verdict == "pass"
