"""What `edgecask convert-data` says of a conversion, and the options that go together."""

from pathlib import Path

import pytest

from edgecask.cli.convert_data import ConvertData, describe
from edgecask.data.conversion import Conversion
from edgecask.errors import UsageError


def test_what_was_converted_is_all_that_is_said_where_nothing_was_left_out():
    lines = describe(Conversion(images={"train": 1200, "val": 30}, labelled=1500))
    assert [line.split(maxsplit=1) for line in lines] == [["pictures", "1,200 train, 30 val"], ["people", "1,500"]]


@pytest.mark.parametrize(
    "name",
    [
        "crowds",
        "without_keypoints",
        "without_size",
        "outside",
        "missing",
        "unusable",
        "without_box",
        "boxless",
        "outside_boxes",
        "cut",
    ],
)
def test_what_was_left_out_is_counted(name):
    (line,) = describe(Conversion(images={}, **{name: 4321}))[2:]
    assert line.startswith("note" if name in ("without_box", "cut") else "left out") and "4,321" in line


def test_what_has_to_be_looked_at_is_a_warning():
    sideways, flip = describe(Conversion(images={}, sideways=["a.jpg", "b.jpg"], flip_index=False))[2:]
    assert sideways.startswith("warning") and "2 pictures" in sideways and "a.jpg" in sideways
    assert "check-data" in sideways and flip.startswith("warning") and "flip_idx" in flip


def test_categories_that_became_one_class_are_named():
    (line,) = describe(Conversion(images={}, merged=("car", "cat")))[2:]
    assert line == "note        categories of one name are one class: car, cat"


def test_images_for_validation_need_their_annotations():
    common = {"annotations": Path("a.json"), "images": Path("images"), "output": Path("out")}
    with pytest.raises(UsageError, match="--val-images is for --val-annotations"):
        ConvertData(**common, val_images=Path("more"))
    assert ConvertData(**common, val_annotations=Path("b.json")).val_images is None
