"""Which pictures go where, and boxes at the edge; whole conversions are in test_coco.py and test_exported.py."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from edgecask.data.conversion import Conversion, cut_box, parts_of, write_description

NAMES = [f"{at}.jpg" for at in range(20)]


@pytest.mark.parametrize(
    ("splits", "split", "sizes"),
    [
        ([None], None, {"train": 18, "val": 2}),
        (["train", "test"], "train", {"train": 18, "val": 2}),
        (["train", "test"], "test", {"test": 20}),
        (["train", "val"], "train", {"train": 20}),
        ([None, "val"], None, {"train": 20}),
        ([None, "val"], "val", {"val": 20}),
    ],
)
def test_pictures_are_held_out_where_nothing_is_for_validation(splits, split, sizes):
    assert {name: len(names) for name, names in parts_of(splits, NAMES, split, 0.1).items()} == sizes


@example((0.0, 0.0, 1.0, 5e-324))
@given(st.tuples(*[st.floats(-300, 300)] * 2, *[st.floats(0, 300)] * 2))
def test_boxes_stay_in_the_picture(box):
    conversion = Conversion()
    cut = cut_box(box, (100, 200), conversion)
    left_out = conversion.without_size + conversion.outside_boxes
    assert (cut is None) == (left_out == 1)
    if cut is not None:
        x, y, width, height = cut
        assert width > 0 and height > 0
        assert x - width / 2 >= -1e-9 and x + width / 2 <= 1 + 1e-9
        assert y - height / 2 >= -1e-9 and y + height / 2 <= 1 + 1e-9


def test_a_pixel_over_the_edge_is_nothing_to_tell():
    conversion = Conversion()
    assert cut_box((-1, 0, 50, 100), (100, 200), conversion) == (0.245, 0.25, 0.49, 0.5) and not conversion.cut
    cut_box((-1.1, 0, 50, 100), (100, 200), conversion)
    cut_box((0, 150, 50, 51.5), (100, 200), conversion)
    assert conversion.cut == 2


def test_the_order_of_a_description(tmp_path):
    conversion = Conversion(images={"train": 3, "val": 0})
    write_description(tmp_path, conversion, ["a"], {"flip_idx": [0], "kpt_shape": [1, 3]})
    lines = (tmp_path / "data.yaml").read_text().splitlines()[1:]
    assert lines == ["train: images/train", "kpt_shape: [1, 3]", "names: {0: a}", "flip_idx: [0]"]
