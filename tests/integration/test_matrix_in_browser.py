"""The page of a matrix in a browser: a click on a heading sorts, and the page has nothing to complain about."""

import sys
from pathlib import Path

import pytest
from browser import headless_chromium

sys.path.append(str(Path(__file__).resolve().parents[1] / "unit"))

from matrix_entries import ENTRIES

from edgecask.matrix.page import render


@pytest.mark.extended
def test_a_click_sorts(tmp_path):
    (tmp_path / "index.html").write_bytes(render(ENTRIES, best=None))
    with headless_chromium() as page:
        page.open(tmp_path / "index.html")

        def names_after_a_click(heading):
            page.evaluate(
                f"[...document.querySelectorAll('th button')].find(each => each.textContent === '{heading}').click()"
            )
            return page.evaluate("[...document.querySelectorAll('tbody td:first-child')].map(each => each.textContent)")

        assert names_after_a_click("ms") == ["two", "one", "three", "bad"], "what has no figure is last"
        assert names_after_a_click("ms") == ["three", "one", "two", "bad"]
        assert names_after_a_click("build") == ["bad", "one", "three", "two"]
        assert page.console() == []
