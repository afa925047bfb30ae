"""Families as such: every target has one, and its [vendor] table is what that wants."""

from pathlib import Path

import pytest

from edgecask.errors import TargetError
from edgecask.firmware.family import FAMILIES, family_of, family_rows
from edgecask.target.model_file import read_model
from edgecask.target.target import TARGETS, load_target, target_names

DATA = Path(__file__).resolve().parents[1] / "data"
PACKAGE = Path(__file__).resolve().parents[2] / "edgecask"


@pytest.mark.parametrize("name", target_names())
def test_every_target_has_a_family(name):
    target = load_target(name)
    assert family_of(target) is FAMILIES[target.family]
    for path in sorted(DATA.glob("*.tflite")):
        for row in family_rows(read_model(path), target):
            assert row.rule and row.found and row.needed
            assert row.verdict == "pass" or row.advice


def changed(tmp_path, name, old, new):
    folder = tmp_path / "mine"
    folder.mkdir()
    text = (TARGETS / name / "target.toml").read_text()
    assert old in text
    (folder / "target.toml").write_text(text.replace(old, new, 1))
    (folder / "vela_config.ini").write_text("")
    return load_target("mine", tmp_path)


@pytest.mark.parametrize(
    ("name", "old", "new", "match"),
    [
        ("grove", 'family = "sscma"', 'family = "seeed"', "no firmware family 'seeed'"),
        ("grove", 'device = "we2"\n', "", "device"),
        ("grove", 'device = "we2"\n', "device = 2\n", "device"),
        ("grove", 'device = "we2"\n', 'device = "we2"\nmisspelt = 1\n', "misspelt"),
        ("grove-himax", "[flash]", "[vendor]\nany = 1\n[flash]", "any"),
        ("stm32mp2", "keypoints = 17", 'keypoints = "many"', "keypoints"),
    ],
)
def test_a_vendor_table_that_is_not_valid(tmp_path, name, old, new, match):
    with pytest.raises(TargetError, match=match) as caught:
        family_of(changed(tmp_path, name, old, new))
    assert "mine/target.toml" in str(caught.value)


def test_nothing_outside_this_folder_knows_a_vendor():
    """Neither a family's module nor its name is looked at where packages, reports, checks and builds are made."""
    found = [
        f"{path.name}: {line.strip()}"
        for path in sorted(PACKAGE.rglob("*.py"))
        if "firmware" not in path.relative_to(PACKAGE).parts
        for line in path.read_text().splitlines()
        if any(f"edgecask.firmware import {name}" in line or f"edgecask.firmware.{name} " in line for name in FAMILIES)
        or ".family ==" in line
        or ".method ==" in line
        or ".method !=" in line
    ]
    assert found == []
