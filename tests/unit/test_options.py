import pytest

from edgecask.options import whole_number


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("192", 192), ("007", 7), ("9" * 19, 10**19 - 1)])
def test_a_whole_number(text, number):
    assert whole_number(text) == number


@pytest.mark.parametrize("text", ["", "-1", "+1", "1.0", "1e3", " 1", "²", "٣", "big", "9" * 5000])
def test_anything_else_is_none(text):
    assert whole_number(text) is None
