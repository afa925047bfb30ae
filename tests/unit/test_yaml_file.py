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
        ("[" * 5000, "nested too deeply"),
    ],
)
def test_the_line_and_the_reason_are_named(text, said):
    with pytest.raises(YamlError, match=said) as caught:
        parse_yaml(text)
    assert "\n" not in str(caught.value)


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
