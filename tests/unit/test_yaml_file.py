import time

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from edgecask.yaml_file import YamlError, parse_forgiving, parse_yaml


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\nb:\n\t0: person\n", "line 3: a tab may not indent, use spaces"),
        ("a: 1\n  b: 2\n", "line 2: mapping values are not allowed here"),
        ("a: 1\nb: [1, 2\nc: 3\n", "line 3: "),
        ("a: 1\nb: 'open\n", "line 3: found unexpected end of stream"),
        ("a: \x07\n", "line 1: the character U\\+0007 is not allowed"),
        ("a: !!python/object:os.system x\n", "line 1: could not determine a constructor"),
        ("a: *b\n", "line 1: found undefined alias"),
        ("a: 2020-13-45\n", "month must be in 1..12"),
        ("a:\n  " + "[" * 5000, "line 2: its values are nested too deeply"),
        ("a: &a [*a]\n", "line 1: a value that contains itself"),
        ('a: 1\nb: "\\ud800"\n', "line 2: half a character"),
        ("a: " + "1" * 400 + "\n", "line 1: a value of 400 characters that is no text"),
        ("a: 1" + ":1" * 100_000 + "\n", "line 1: a value of 200,001 characters"),
        ("!!int ''\n", "string index out of range"),
        ("!!bool perhaps\n", "perhaps"),
        ("!!timestamp then\n", "NoneType"),
        ("[" + "1," * 100_000 + "1]\n", "line 1: more than 100,000 values"),
    ],
)
def test_the_line_and_the_reason_are_named(text, said):
    with pytest.raises(YamlError, match=said) as caught:
        parse_yaml(text)
    assert "\n" not in str(caught.value)


def bomb(form, levels=30, width=9):
    """A text whose levels each name the one before so many times."""
    lines = ["x0: &x0 " + form.format("1")]
    for level in range(1, levels):
        lines.append(f"x{level}: &x{level} " + form.format(", ".join([f"*x{level - 1}"] * width)))
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("text", [bomb("[{}]"), bomb("{{<<: [{}]}}").replace("[1]", "{a: 1}"), bomb("{{a: [{}]}}")])
def test_a_bomb_of_aliases_goes_off_nowhere(text):
    assert len(text) < 2000
    started = time.process_time()
    with pytest.raises(YamlError, match="more than 100,000 values"):
        parse_yaml(text)
    assert time.process_time() - started < 1


def test_aliases_that_people_write_hold():
    text = "a: &a {x: 1, y: [1, 2]}\nb: {<<: *a, z: 3}\nc: *a\n"
    assert parse_yaml(text) == {
        "a": {"x": 1, "y": [1, 2]},
        "b": {"x": 1, "y": [1, 2], "z": 3},
        "c": {"x": 1, "y": [1, 2]},
    }


def test_bytes_that_are_no_utf_8_are_left_out():
    assert parse_forgiving(b"\xef\xbb\xbfname: Fu\xdfg\xe4nger\n") == {"name": "Fugnger"}
    assert parse_forgiving("name: a".encode("utf-16")) == {"name": "a"}
    assert parse_forgiving(b"a: b\x07\n") == {"a": "b"}
    with pytest.raises(YamlError, match="line 2"):
        parse_forgiving(b"a: 1\n\tb: 2\n")


@given(st.text() | st.binary())
def test_anything_gives_a_value_or_one_line(content):
    try:
        parse_yaml(content) if isinstance(content, str) else parse_forgiving(content)
    except YamlError as error:
        assert "\n" not in str(error)


def test_values_are_those_of_yaml():
    text = "a: [1, 2.5, yes]\nb: {c: ~}\n"
    assert parse_yaml(text) == yaml.safe_load(text)
