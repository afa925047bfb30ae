import base64
import hashlib
import re

import pytest
from matrix_entries import ENTRIES, entry

from edgecask.matrix.page import render, scatter, ticks
from edgecask.matrix.table import as_json


def test_marks_stand_where_their_figures_say():
    found = scatter(ENTRIES)
    marks = {mark.name: mark for mark in found.marks}
    assert marks["two"].x < marks["one"].x < marks["three"].x
    assert marks["one"].y < marks["two"].y < marks["three"].y, "up is better"
    assert marks["two"].radius < marks["three"].radius < marks["one"].radius
    assert {name for name, mark in marks.items() if mark.on_front} == {"one", "two"}
    assert found.better == "ap"


def test_without_two_builds_that_have_both_figures_nothing_is_drawn():
    assert scatter([entry("one"), entry("two", figures={"ms": 3.0})]) is None


@pytest.mark.parametrize("values", [[1.0, 2.0], [5.0], [0.1, 99.9], [43.7, 43.9, 68.2]])
def test_ticks_enclose_all_values(values):
    found = ticks(values)
    assert found[0] <= min(values) and found[-1] >= max(values) and 2 <= len(found) <= 12
    assert len(set(found)) == len(found)


def test_what_users_wrote_is_escaped():
    page = render([*ENTRIES, entry("<script>x</script>")], best="one").decode()
    assert "<b>fails</b>" not in page and "&lt;b&gt;fails" in page and "<script>x" not in page
    assert page.count("<tr") == 6 and page.count('href="one/grove/report.html"') == 2, "in the table and on the mark"


def test_browsers_run_the_script():
    """The page allows one script, by the digest of what stands between its tags, whitespace and all."""
    page = render(ENTRIES, best=None).decode()
    (script,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    assert f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" in page


def test_the_caption_keeps_capitals():
    figures = {"ms": 1.0, "agreement": 90.0}
    page = render([entry("one", figures=figures), entry("two", figures=figures)], best=None).decode()
    assert "<figcaption>Agreement with the float model, OKS AP" in page


def test_the_same_builds_give_the_same_bytes():
    assert render(ENTRIES, best=None) == render(ENTRIES, best=None)
    assert as_json(ENTRIES, best=None) == as_json(ENTRIES, best=None)
