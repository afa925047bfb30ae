"""What numbers take from a command line and from a file, and their JSON Schema."""

import pytest

from edgecask.number_kinds import whole_number
from edgecask.option_kinds import Limits
from edgecask.options import kind_of


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("192", 192), ("007", 7), ("9" * 19, 10**19 - 1)])
def test_a_whole_number(text, number):
    assert whole_number(text) == number


@pytest.mark.parametrize("text", ["", "-1", "+1", "1.0", "1e3", " 1", "²", "٣", "big", "9" * 5000])
def test_anything_else_is_none(text):
    assert whole_number(text) is None


@pytest.mark.parametrize(
    ("annotation", "good", "bad"),
    [
        (int | None, 3, True),
        (int, 3, 3.0),
        (float, 3, "3"),
        (float, 0.5, float("nan")),
    ],
)
def test_numbers_of_a_file(annotation, good, bad):
    kind = kind_of(annotation, Limits())
    kind.accept(good)
    with pytest.raises((ValueError, TypeError)):
        kind.accept(bad)


@pytest.mark.parametrize(
    ("annotation", "limits", "schema"),
    [
        (int, {"minimum": 32, "maximum": 640, "multiple": 32},
         {"type": "integer", "minimum": 32, "maximum": 640, "multipleOf": 32}),
        (float | None, {"minimum": 0}, {"type": "number", "minimum": 0}),
    ],
)  # fmt: skip
def test_the_json_schema(annotation, limits, schema):
    assert kind_of(annotation, Limits(**limits)).schema() == schema
