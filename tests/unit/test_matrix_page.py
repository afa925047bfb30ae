import json

import pytest

from edgecask.matrix.page import render, scatter, ticks
from edgecask.matrix.table import Entry, as_csv, as_json, figures_of


def entry(name, **changes):
    facts = {
        "name": name,
        "target": "grove",
        "weights": "best.pt",
        "imgsz": 192,
        "compress_weights": "off",
        "state": "built",
        "figures": {"ms": 50.0, "flash": 2000.0, "ap": 60.0},
        "package": f"{name}/grove",
    }
    return Entry(**{**facts, **changes})


ENTRIES = [
    entry("one"),
    entry("two", figures={"ms": 30.0, "flash": 1000.0, "ap": 55.0}),
    entry("three", figures={"ms": 60.0, "flash": 1500.0, "ap": 50.0}),
    entry("bad", state="failed", figures={}, package="", error="It <b>fails</b>.", exit_code=12),
]


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
    assert page.count("<tr") == 6 and 'href="one/grove/report.html"' in page


def test_the_same_builds_give_the_same_bytes():
    assert render(ENTRIES, best=None) == render(ENTRIES, best=None)
    assert as_json(ENTRIES, best=None) == as_json(ENTRIES, best=None)


def test_the_files_for_programs_hold_every_build():
    found = json.loads(as_json(ENTRIES, best="two"))
    assert [each["name"] for each in found["builds"]] == ["one", "two", "three", "bad"] and found["best"] == "two"
    lines = as_csv([entry("=1+1"), *ENTRIES]).decode().splitlines()
    assert lines[0].startswith("name,target,weights") and len(lines) == 6
    assert lines[1].startswith("'=1+1,"), "no formula for a spreadsheet"
    assert lines[-1].endswith(",,,,,It <b>fails</b>.")


def test_figures_of_a_manifest():
    manifest = {"metrics": {"npu_ms": 50.25, "flash_kib": 100, "arena_kib": 7}, "accuracy": {"int8": {"AP": 0.1234}}}
    assert figures_of(manifest) == {"ms": 50.25, "flash": 100.0, "sram": 7.0, "ap": 12.34}
