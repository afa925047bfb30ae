import json

from matrix_entries import ENTRIES, entry

from edgecask.matrix.table import as_csv, as_json, figures_of


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
