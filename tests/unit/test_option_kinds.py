"""What each kind of value takes from a command line and from a file, and its JSON Schema."""

from pathlib import Path
from typing import Literal

import pytest

from edgecask.option_kinds import Limits
from edgecask.options import kind_of


@pytest.mark.parametrize(
    ("annotation", "good", "bad"),
    [
        (bool, True, 1),
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
