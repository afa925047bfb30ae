import pytest
from four_pictures import four_pictures

from edgecask.data.data_yaml import classes_of, keypoint_shape, numbers_of, read_table, whole
from edgecask.errors import DatasetError


@pytest.fixture
def write(tmp_path):
    return four_pictures(tmp_path)


def test_class_names_that_yaml_takes_for_something_else(write):
    path = write(names=None)
    path.write_text(path.read_text() + "names: [yes, no, 2020-01-01, 7, ~]\n")
    assert classes_of(read_table(path), path) == ("True", "False", "2020-01-01", "7", "None")
    path = write(names={"0": "person"}, nc="1")
    assert classes_of(read_table(path), path) == ("person",)


def test_a_description_with_letters_of_windows(write):
    path = write(names=["person"])
    path.write_bytes(path.read_bytes() + b"# f\xfcr die K\xfcche\n")
    assert classes_of(read_table(path), path) == ("person",)


@pytest.mark.parametrize(
    ("value", "number"),
    [(None, None), (2, 2), ("2", 2), (2.0, 2), (2.5, -1), ("two", -1), (True, -1), ([2], -1), ("nan", -1)],
)
def test_a_whole_number_as_ultralytics_reads_it(value, number):
    assert whole(value) == number


def test_keypoints_and_lists_of_numbers(tmp_path):
    assert keypoint_shape({}, tmp_path) == (0, 0) and keypoint_shape({"kpt_shape": [17, 2]}, tmp_path) == (17, 2)
    assert numbers_of({"a": [1, 2.5]}, "a", float, tmp_path) == (1.0, 2.5)
    with pytest.raises(DatasetError, match="a has to be a list of whole numbers"):
        numbers_of({"a": [1, 2.5]}, "a", int, tmp_path)
