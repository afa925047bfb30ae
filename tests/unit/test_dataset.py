from pathlib import Path

import pytest
import yaml
from four_pictures import four_pictures, names
from hypothesis import given, settings
from hypothesis import strategies as st

from edgecask.data.dataset import label_path, load_dataset
from edgecask.errors import DatasetError


@pytest.fixture
def write(tmp_path):
    return four_pictures(tmp_path)


def test_a_data_yaml(write):
    dataset = load_dataset(write(kpt_oks_sigmas=[0.1, 0.2, 1]))
    assert load_dataset(write(kpt_sigmas=[0.1, 0.2, 1])).sigmas == dataset.sigmas  # its name before Ultralytics had one
    assert dataset.classes == ("person",)
    assert (dataset.keypoints, dataset.keypoint_dimensions) == (3, 3)
    assert dataset.flip_index == (0, 2, 1)
    assert dataset.sigmas == (0.1, 0.2, 1.0)
    assert list(dataset.splits) == ["train", "val"]
    assert names(dataset, "train") == ["a.PNG", "b.jpg", "c.jpeg"]  # sorted by path, pictures alone
    assert names(dataset, "val") == ["d.webp"]


@pytest.mark.parametrize("channels", [1, 4, "grey", True])
def test_networks_for_other_images_than_colour_ones_are_not_built(write, channels):
    assert load_dataset(write(channels=3)).channels == load_dataset(write()).channels == 3
    with pytest.raises(DatasetError, match="channels has to be 3"):
        load_dataset(write(channels=channels))


def test_labels_beside_their_images_in_images(write, tmp_path):
    (tmp_path / "images" / "train" / "b.txt").write_text("0 .5 .5 1 1")
    with pytest.raises(DatasetError, match=r"b\.txt lies beside its picture.*labels"):
        load_dataset(write())
    (tmp_path / "labels" / "train").mkdir(parents=True)
    (tmp_path / "labels" / "train" / "b.txt").write_text("")
    load_dataset(write())  # what lies beside is a text about the picture


def test_optional_keys(write):
    dataset = load_dataset(write(flip_idx=None, train=None, names=["person", "dog"], nc=2, test="images/val"))
    assert dataset.flip_index is None and dataset.sigmas is None
    assert dataset.classes == ("person", "dog")
    assert list(dataset.splits) == ["val", "test"]
    assert load_dataset(write(names=None, nc=1)).classes == ("class_0",)
    assert names(load_dataset(write(val=None, validation="images/val")), "val") == ["d.webp"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"kpt_shape": [17]}, "kpt_shape"),
        ({"kpt_shape": [17, 4]}, "2 .* or 3"),
        ({"kpt_shape": [0, 3]}, "kpt_shape"),
        ({"kpt_shape": ["3", "3"]}, "whole numbers"),
        ({"names": None}, "names"),
        ({"names": {1: "person"}}, "0, 1, 2"),
        ({"names": {"a": "person"}}, "0, 1, 2"),
        ({"names": "person"}, "names"),
        ({"names": [["person"]]}, "names"),
        ({"names": []}, "names"),
        ({"nc": 2}, "nc is 2"),
        ({"nc": "one"}, "nc"),
        ({"train": None, "val": None}, "train, val and test"),
        ({"train": 5}, "train has to be a text"),
        ({"train": ["images/train", {}]}, "train has to be a text"),
        ({"train": "images/gone"}, "gone.*does not exist"),
        ({"train": "images\nmore"}, r"images\\nmore.*does not exist"),
        ({"train": "data.yaml"}, "no image file"),
        ({"train": "images/\0"}, "text"),
        ({"path": 3}, "path has to be a text"),
        ({"flip_idx": [0, 1]}, "2 entries"),
        ({"flip_idx": [0, 1, 1]}, "once"),
        ({"flip_idx": [1, 2, 0]}, "own inverse"),
        ({"flip_idx": [0, 1, "2"]}, "flip_idx"),
        ({"flip_idx": 3}, "flip_idx"),
        ({"kpt_oks_sigmas": [0.1]}, "kpt_oks_sigmas has 1 entries"),
        ({"kpt_oks_sigmas": [0.1, 0.1, -1]}, "positive"),
        ({"kpt_sigmas": [0.1, 0.1, float("nan")]}, "positive"),
        ({"kpt_sigmas": [0.1] * 3, "kpt_oks_sigmas": [0.1] * 3}, "both kpt_oks_sigmas and kpt_sigmas"),
        ({"path": "~nobody-is-called-so"}, "user who does not exist"),
        ({"train": "~nobody-is-called-so/images"}, "user who does not exist"),
        ({"path": "a" * 300}, "its `path`, cannot be read"),
        ({"train": "a" * 300}, "cannot be read"),
    ],
)
def test_what_is_wrong_is_named(write, changes, words):
    with pytest.raises(DatasetError, match=rf"(?s)data\.yaml.*{words}|{words}.*data\.yaml"):
        load_dataset(write(**changes))


def test_without_keypoints_the_data_are_for_detection(write):
    dataset = load_dataset(write(kpt_shape=None, flip_idx=[1, 0]))
    assert (dataset.keypoints, dataset.keypoint_dimensions) == (0, 0) and dataset.task == "detect"
    assert load_dataset(write()).task == "pose"
    with pytest.raises(DatasetError, match=r"data\.yaml has no kpt_shape, so it is not a pose data set"):
        dataset.require_keypoints()
    load_dataset(write()).require_keypoints()


@pytest.mark.parametrize("name", ["gone", "a" * 300])
def test_a_listed_image_that_is_missing(write, tmp_path, name):
    (tmp_path / "list.txt").write_text(f"./images/train/{name}.jpg\n")
    with pytest.raises(DatasetError, match=rf"{name}\.jpg.*does not exist"):
        load_dataset(write(train="list.txt"))


@pytest.mark.parametrize(
    "content", [b"", b"- a\n", b"a: [", b"\xff\xfe\x00", b"[" * 5000, b"a: 2020-13-45", b"? {a: 1}\n: 2", b"!!python/x"]
)
def test_another_file(tmp_path, content):
    path = tmp_path / "data.yaml"
    path.write_bytes(content)
    with pytest.raises(DatasetError, match=r"data\.yaml"):
        load_dataset(path)


def test_no_file(tmp_path):
    for path in (tmp_path / "gone.yaml", tmp_path):
        with pytest.raises(DatasetError, match="cannot be read"):
            load_dataset(path)


@pytest.mark.parametrize(
    ("image", "label"),
    [
        ("/data/images/train/a.jpg", "/data/labels/train/a.txt"),
        ("/images/x/images/a.b.png", "/images/x/labels/a.b.txt"),
        ("/pictures/a.jpg", "/pictures/a.txt"),
        ("/my-images/a.jpg", "/my-images/a.txt"),
    ],
)
def test_where_labels_are(image, label):
    assert label_path(Path(image)) == Path(label)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.integers() | st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
keys = st.sampled_from(
    ["path", "train", "val", "test", "names", "nc", "kpt_shape", "flip_idx", "kpt_sigmas", "kpt_oks_sigmas"]
)


@settings(deadline=None)
@given(st.dictionaries(keys, values))
def test_wrong_types_give_one_clear_line(tmp_path_factory, table):
    path = tmp_path_factory.mktemp("fuzz") / "data.yaml"
    path.write_text(yaml.safe_dump({"kpt_shape": [3, 3], "names": ["a"], "train": "."} | table))
    with pytest.raises(DatasetError) as caught:
        load_dataset(path)
    assert "\n" not in str(caught.value)


def test_the_photographs(shared):
    dataset = load_dataset(shared / "data" / "coco-person-80" / "data.yaml")
    assert (dataset.keypoints, dataset.keypoint_dimensions, dataset.classes) == (17, 3, ("person",))
    assert len(dataset.splits["val"]) == 80
