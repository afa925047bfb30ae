import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgecask.data.dataset import label_path, load_dataset
from edgecask.data.label_files import ClassError, ColumnError, CoordinateError, parse_label, read_labels
from edgecask.errors import DatasetError

GOOD = "0 0.5 0.4 0.2 0.6 0.1 0.2 2 0.3 0.4 1 0 0 0"


def changed(position, word):
    words = GOOD.split()
    words[position] = word
    return " ".join(words)


def test_a_label_file(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text(f"\ufeff{GOOD}\r\n\n{changed(0, '1.0')}\n", encoding="utf-8")
    first, second = read_labels(path, 3, 3, classes=2)
    assert first.class_index == 0 and second.class_index == 1
    assert first.box == (0.5, 0.4, 0.2, 0.6)
    assert first.keypoints == ((0.1, 0.2, 2), (0.3, 0.4, 1), (0, 0, 0))


def test_points_without_visibility_count_as_visible():
    label = parse_label("0 0.5 0.4 0.2 0.6 0.1 0.2 0.3 0.4", 2, 2)
    assert label.keypoints == ((0.1, 0.2, 2), (0.3, 0.4, 2))


def test_roundings_are_forgiven_as_in_training():
    assert parse_label(changed(5, "1.004"), 3, 3).keypoints[0][0] == 1.004
    assert parse_label(changed(6, "-0.005"), 3, 3).keypoints[0][1] == -0.005


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (GOOD + " 0", "15 columns instead of 14"),
        ("0 0.5 0.5 0.1 0.1", "5 columns"),
        (changed(5, "1.2"), r"keypoint 0 has the coordinate 1\.2, outside"),
        (changed(9, "-0.3"), "keypoint 1"),
        (changed(1, "320"), "box .* 320.*pixels"),
        (changed(3, "0"), "0 wide"),
        (changed(3, "-0.005"), "wide"),
        (changed(7, "3"), "visibility of keypoint 0 is 3"),
        (changed(7, "-1"), "visibility"),
        (changed(0, "0.5"), "class 0.5"),
        (changed(0, "-1"), "class -1"),
        (changed(0, "4"), "class 4 does not exist"),
        (changed(2, "x"), "'x' is not a number"),
        (changed(2, "nan"), "finite"),
        (changed(0, "inf"), "finite"),
    ],
)
def test_what_is_wrong_is_named_with_file_and_line(tmp_path, line, words):
    path = tmp_path / "a.txt"
    path.write_text(f"{GOOD}\n{line}\n")
    with pytest.raises(DatasetError, match=rf"a\.txt, line 2: .*{words}"):
        read_labels(path, 3, 3, classes=4)


def test_an_image_without_label_file_is_background(tmp_path):
    assert read_labels(tmp_path / "gone.txt", 3, 3) == []


def test_no_text(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"\xff\xfe")
    for path, words in ((tmp_path / "a.txt", "not a text"), (tmp_path, "cannot be read")):
        with pytest.raises(DatasetError, match=words):
            read_labels(path, 3, 3)


@given(st.lists(st.sampled_from(["0", "1", "0.5", "nan", "1e999", "-", "x", "2", "1_0", "٣"]), max_size=10))
def test_any_line_is_a_label_or_a_value_error(words):
    try:
        label = parse_label(" ".join(words), 1, 3)
    except ValueError as error:
        assert str(error)
    else:
        assert len(label.keypoints) == 1


def test_the_photographs(shared):
    dataset = load_dataset(shared / "data" / "coco-person-80" / "data.yaml")
    labels = [read_labels(label_path(image), 17, 3, classes=1) for image in dataset.splits["val"]]
    assert sum(map(len, labels)) > 100


def test_a_label_for_detection_is_a_box_or_an_outline():
    assert parse_label("2 0.5 0.4 0.2 0.1", 0, 0, 3).box == (0.5, 0.4, 0.2, 0.1)
    outline = parse_label("1 0.1 0.2 0.5 0.2 0.3 0.6", 0, 0, 3)
    assert outline.box == pytest.approx((0.3, 0.4, 0.4, 0.4)) and outline.class_index == 1 and not outline.keypoints
    with pytest.raises(ColumnError, match=r"6 columns instead of 5 \(class, 4 for the box\)"):
        parse_label("1 0.1 0.2 0.5 0.2 0.3", 0, 0, 3)
    with pytest.raises(CoordinateError, match="outline has the coordinate 30"):
        parse_label("1 0.1 0.2 0.5 0.2 30 0.6", 0, 0, 3)
    with pytest.raises(ClassError, match="does not exist"):
        parse_label("3 0.5 0.4 0.2 0.1", 0, 0, 3)
