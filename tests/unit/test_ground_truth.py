"""Labelled pictures from both forms of data sets, and what is wrong with them."""

import json
import math
import os
from dataclasses import replace

import pytest

from edgecask.data.ground_truth import LabelledImages, load_labelled
from edgecask.errors import DatasetError

POINTS = [[10.0, 20.0, 2.0], [30.0, 40.0, 1.0]]


@pytest.fixture
def coco(tmp_path):
    """A COCO keypoint JSON in annotations/ and its pictures in images/, as a table that can be spoiled."""
    (tmp_path / "images").mkdir()
    (tmp_path / "annotations").mkdir()
    for name in ("b.jpg", "a.jpg"):
        (tmp_path / "images" / name).write_bytes(b"picture")
    table = {
        "images": [{"id": 7, "file_name": "b.jpg"}, {"id": 3, "file_name": "a.jpg"}],
        "annotations": [
            {"image_id": 7, "bbox": [1, 2, 30, 40], "area": 900, "iscrowd": 0, "keypoints": [*POINTS[0], *POINTS[1]]},
        ],
    }

    def write(change=lambda table: None):
        change(table)
        path = tmp_path / "annotations" / "people.json"
        path.write_text(json.dumps(table))
        return path

    return write


def test_a_coco_file(coco):
    path = coco()
    for where in (path, path.parent.parent):
        loaded = load_labelled(where)
        assert [name for name, _ in loaded.images] == ["a.jpg", "b.jpg"]
        assert loaded.entries[0]["people"] == []
        (person,) = loaded.entries[1]["people"]
        assert person == {"box": [1, 2, 30, 40], "area": 900, "crowd": 0, "keypoints": POINTS}
        assert loaded.sigmas == (0.5, 0.5) and "1/2" in loaded.sigmas_source
        assert not loaded.entries[1]["normalised"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda table: table["images"].append({"id": 9, "file_name": "gone.jpg"}), "gone.jpg"),
        (lambda table: table["images"].append({"id": 9, "file_name": "../up.jpg"}), "leads elsewhere"),
        (lambda table: table["annotations"][0].update(image_id=99), "image 99"),
        (lambda table: table["annotations"][0].update(bbox="wide"), "no file of COCO"),
        (lambda table: table["annotations"][0].update(keypoints=[1, 2]), "multiple of 3"),
        (lambda table: table["annotations"].clear(), "nobody"),
        (lambda table: table.pop("images"), "no file of COCO"),
    ],
)
def test_a_wrong_coco_file(coco, change, said):
    with pytest.raises(DatasetError, match=said) as caught:
        load_labelled(coco(change))
    assert "people.json" in str(caught.value)


def write_dataset(folder, label, more=""):
    (folder / "images").mkdir()
    (folder / "labels").mkdir()
    (folder / "images" / "one.png").write_bytes(b"picture")
    (folder / "labels" / "one.txt").write_text(label)
    (folder / "data.yaml").write_text(f"train: images\nval: images\nkpt_shape: [2, 3]\nnames: [person]\n{more}")
    return folder


def test_a_data_yaml(tmp_path):
    folder = write_dataset(tmp_path, "0 0.5 0.5 0.2 0.4 0.4 0.4 2 0.6 0.6 0", "kpt_sigmas: [0.1, 0.2]\n")
    loaded = load_labelled(folder)
    (person,) = loaded.entries[0]["people"]
    assert all(math.isclose(a, b) for a, b in zip(person["box"], [0.4, 0.3, 0.2, 0.4], strict=True))
    assert person["area"] is None and person["keypoints"][1] == [0.6, 0.6, 0.0]
    assert loaded.entries[0]["normalised"] and loaded.sigmas == (0.1, 0.2)


@pytest.mark.parametrize(
    ("label", "said"), [("0 0.5 0.5 0.2 0.4 1.4 0.4 2 0.6 0.6 0", "one.txt, line 1"), ("", "nobody")]
)
def test_wrong_labels(tmp_path, label, said):
    with pytest.raises(DatasetError, match=said):
        load_labelled(write_dataset(tmp_path, label))


def test_what_boxes_without_labels_are_called(tmp_path):
    with pytest.raises(DatasetError, match=r"nothing is labelled .* Pass data with labelled boxes"):
        load_labelled(write_dataset(tmp_path, ""), task="detect")


def test_nothing_there(tmp_path):
    for path in (tmp_path, tmp_path / "absent"):
        with pytest.raises(DatasetError):
            load_labelled(path)


def test_labels_of_an_image_of_another_size(coco):
    def change(table):
        table["images"][0].update(width=80, height=60)

    loaded = load_labelled(coco(change))
    sizes = {"a.jpg": (5, 5), "b.jpg": (80, 60)}
    loaded.check_sizes(sizes)
    loaded.check_sizes(sizes | {"b.jpg": (60, 80)})  # it is on its side in the file; everybody is in it upright
    with pytest.raises(DatasetError, match=r"'b\.jpg' has 80 × 60 pixels, upright it has 40 × 30"):
        loaded.check_sizes(sizes | {"b.jpg": (40, 30)})


def test_names_that_are_no_text(tmp_path):
    folder = write_dataset(tmp_path, "0 0.5 0.5 0.2 0.4 0.4 0.4 2 0.6 0.6 0")
    (folder / "images" / "one.png").rename(folder / "images" / os.fsdecode(b"caf\xe9.png"))
    (folder / "labels" / "one.txt").rename(folder / "labels" / os.fsdecode(b"caf\xe9.txt"))
    loaded = load_labelled(folder)
    assert [name for name, _ in loaded.images] == ["caf\\xe9.png"]
    assert json.loads(loaded.ground_truth_json())["images"][0]["people"]


def test_some_images_are_evenly_from_all_with_their_own_labels(tmp_path):
    names = [f"{number}.jpg" for number in range(10)]
    loaded = LabelledImages(
        source=tmp_path,
        images=tuple((name, tmp_path / name) for name in names),
        entries=tuple({"name": name} for name in names),
        sigmas=(0.1,),
        sigmas_source="COCO's",
        in_pixels=dict.fromkeys(names, (None, ())),
    )
    some = loaded.some(3)
    assert [name for name, _ in some.images] == ["0.jpg", "3.jpg", "6.jpg"] == [entry["name"] for entry in some.entries]
    assert list(some.in_pixels) == ["0.jpg", "3.jpg", "6.jpg"]
    assert loaded.some(10) is loaded and loaded.some(99) is loaded
    assert replace(loaded, in_pixels=None).some(1).in_pixels is None


def test_boxes_of_a_coco_file(coco):
    """Classes are the categories in the order of their ids; people are boxes as well, whatever keypoints they have."""

    def change(table):
        table["categories"] = [{"id": 5, "name": "ball"}, {"id": 1, "name": "person"}]
        table["annotations"].append({"image_id": 3, "category_id": 5, "bbox": [5, 5, 10, 10], "iscrowd": 1})

    path = coco(change)
    people, boxes = load_labelled(path), load_labelled(path, task="detect")
    assert (people.task, people.classes) == ("pose", ())
    assert (boxes.task, boxes.classes, boxes.sigmas) == ("detect", ("person", "ball"), ())
    (ball,), (person,) = (entry["people"] for entry in boxes.entries)
    assert (ball["class"], ball["box"], ball["crowd"]) == (1, [5, 5, 10, 10], 1)
    assert (person["class"], person["box"], person["keypoints"]) == (0, [1, 2, 30, 40], [])
    assert len(people.entries[0]["people"]) == 0  # who has no keypoints is nobody for a pose


def test_a_coco_file_with_a_category_that_is_not_in_it(coco):
    path = coco(lambda table: table.update(categories=[{"id": 5, "name": "ball"}]))
    with pytest.raises(DatasetError, match="category 1, which is not in the file"):
        load_labelled(path, task="detect")


def test_boxes_of_a_data_yaml(tmp_path):
    for split in ("train", "val"):
        (tmp_path / "images" / split).mkdir(parents=True)
        (tmp_path / "labels" / split).mkdir(parents=True)
        (tmp_path / "images" / split / "a.jpg").touch()
    (tmp_path / "labels" / "val" / "a.txt").write_text("1 0.5 0.5 0.2 0.4\n0 0.1 0.1 0.3 0.1 0.3 0.5 0.1 0.5\n")
    path = tmp_path / "data.yaml"
    path.write_text("train: images/train\nval: images/val\nnames: [cup, ball]\n")
    labelled = load_labelled(path, task="detect")
    assert labelled.classes == ("cup", "ball")
    ball, cup = labelled.entries[0]["people"]
    assert ball["class"] == 1 and ball["box"] == pytest.approx([0.4, 0.3, 0.2, 0.4])
    assert cup["class"] == 0 and cup["box"] == pytest.approx([0.1, 0.1, 0.2, 0.4])
    with pytest.raises(DatasetError, match="has no kpt_shape"):
        load_labelled(path)
