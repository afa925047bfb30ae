"""What each kind of value takes from a command line and from a file, and its JSON Schema."""

from pathlib import Path
from typing import Literal

import pytest

from edgecask.option_kinds import Limits, kind_of, whole_number


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("192", 192), ("007", 7), ("9" * 19, 10**19 - 1)])
def test_a_whole_number(text, number):
    assert whole_number(text) == number


@pytest.mark.parametrize("text", ["", "-1", "+1", "1.0", "1e3", " 1", "²", "٣", "big", "9" * 5000])
def test_anything_else_is_none(text):
    assert whole_number(text) is None


@pytest.mark.parametrize(
    ("annotation", "good", "bad"),
    [
        (bool, True, 1),
        (int | None, 3, True),
        (int, 3, 3.0),
        (float, 3, "3"),
        (float, 0.5, float("nan")),
        (str, "x", ""),
        (str, "x", "a\0b"),
        (Path, "x", 3),
        (Path, "x", "a\0b"),
        (Literal["a", "b"], "a", "c"),
        (tuple[int, ...], [1, 2], []),
        (tuple[int, ...], [1, 2], [1, "2"]),
    ],
)
def test_values_of_a_file(annotation, good, bad):
    kind = kind_of(annotation, Limits())
    kind.accept(good)
    with pytest.raises((ValueError, TypeError)):
        kind.accept(bad)


def test_a_type_that_no_option_has():
    with pytest.raises(TypeError, match="dict"):
        kind_of(dict, Limits())


@pytest.mark.parametrize(
    ("annotation", "limits", "schema"),
    [
        (bool, {}, {"type": "boolean"}),
        (int, {"minimum": 32, "maximum": 640, "multiple": 32},
         {"type": "integer", "minimum": 32, "maximum": 640, "multipleOf": 32}),
        (float | None, {"minimum": 0}, {"type": "number", "minimum": 0}),
        (Literal["a", "b"], {}, {"enum": ["a", "b"]}),
        (str, {"pattern": "[a-z]+"}, {"type": "string", "pattern": "^[a-z]+$"}),
        (Path, {}, {"type": "string"}),
        (
            tuple[str, ...],
            {},
            {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]},
        ),
    ],
)  # fmt: skip
def test_the_json_schema(annotation, limits, schema):
    assert kind_of(annotation, Limits(**limits)).schema() == schema
