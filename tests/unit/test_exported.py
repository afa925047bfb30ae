"""Roboflow's zips as they come, in both flavours, and what is not one."""

import json
import zipfile

import msgspec
import pytest

from edgecask.cli.convert_data import ConvertData, _unpacked, describe
from edgecask.data.conversion import ConvertRequest
from edgecask.data.dataset import label_path, load_dataset
from edgecask.data.images import ImageFile
from edgecask.data.label_files import read_labels
from edgecask.errors import DatasetError, UsageError

SPLITS = {"train": 6, "valid": 2, "test": 1}


def inspect(paths):
    return {path: ImageFile(sha256="", width=100, height=200, problem="") for path in paths}


@pytest.fixture
def convert(tmp_path):
    """Convert a zip of these files into out/; what is said of it, and its data set."""

    def call(files, **options):
        path = tmp_path / "export.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("README.roboflow.txt", "https://universe.roboflow.com")
            for name, content in files.items():
                archive.writestr(name, content)
        request = ConvertData(annotations=path, output=tmp_path / "out", **options)
        asked = ConvertRequest(sources=(), output=request.output, task=request.task)
        conversion = _unpacked(request, asked, inspect)
        assert [entry.name for entry in tmp_path.iterdir() if entry.name.startswith(".")] == []
        return conversion, load_dataset(tmp_path / "out" / "data.yaml")

    return call


def coco(annotation, categories):
    """Roboflow's COCO flavour, with this annotation in every picture."""
    files = {}
    for split, count in SPLITS.items():
        table = {
            "info": {"year": "2026"}, "licenses": [], "categories": categories,
            "images": [
                {"id": at, "license": 1, "file_name": f"{split}{at}_jpg.rf.1.jpg", "height": 200, "width": 100}
                for at in range(count)
            ],
            "annotations": [{"id": at, "image_id": at, "segmentation": [], **annotation} for at in range(count)],
        }  # fmt: skip
        files[f"{split}/_annotations.coco.json"] = json.dumps(table)
        files |= {f"{split}/{entry['file_name']}": f"{split}{entry['id']}" for entry in table["images"]}
    return files


def yolo(line, **description):
    """Roboflow's YOLO flavour, with this line for every picture."""
    table = {"train": "../train/images", "val": "../valid/images", "test": "../test/images"} | description
    files = {"data.yaml": json.dumps(table | {"roboflow": {"workspace": "x"}})}
    for split, count in SPLITS.items():
        for at in range(count):
            files[f"{split}/images/{at}.jpg"] = f"{split}{at}"
            files[f"{split}/labels/{at}.txt"] = f"{line}\n"
    return files


def labels(dataset, split):
    return [
        label
        for image in dataset.splits[split]
        for label in read_labels(
            label_path(image), dataset.keypoints, dataset.keypoint_dimensions, len(dataset.classes)
        )
    ]


BOX = {"bbox": [10, 20, 40, 60], "category_id": 7, "area": 2400, "iscrowd": 0}
THINGS = [
    {"id": 0, "name": "fruit-abc", "supercategory": "none"},
    {"id": 3, "name": "pear", "supercategory": "fruit-abc"},
    {"id": 7, "name": "apple", "supercategory": "fruit-abc"},
]


def test_boxes_of_coco(convert):
    conversion, dataset = convert(coco(BOX, THINGS))
    assert dataset.classes == ("pear", "apple") and dataset.keypoints == 0
    assert {name: len(images) for name, images in dataset.splits.items()} == {"train": 6, "val": 2, "test": 1}
    assert {(label.class_index, label.box) for label in labels(dataset, "val")} == {(1, (0.3, 0.25, 0.4, 0.3))}
    assert dataset.splits["test"][0].read_bytes() == b"test0"
    said = " ".join(describe(conversion))
    assert "boxes       9" in said and "kinds of: fruit-abc" in said and "nothing is labelled as pear" in said


def test_a_json_is_parsed_once(convert, monkeypatch):
    parsed = []
    decode = msgspec.json.decode
    monkeypatch.setattr(msgspec.json, "decode", lambda text, **named: parsed.append(text) or decode(text, **named))
    convert(coco(BOX, THINGS))
    assert len(parsed) == len(set(parsed)) == len(SPLITS)


def test_a_data_set_of_an_earlier_release_is_replaced(convert, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "data.yaml").write_text("# Converted from COCO by `invoke convert-data`.\n")
    convert(coco(BOX, THINGS))
    assert (tmp_path / "out" / "data.yaml").read_text().startswith("# Converted by `invoke convert-data`.\n")


def test_keypoints_of_coco_and_their_boxes_alone(convert):
    keypoints = {"id": 1, "name": "person", "keypoints": ["left", "right"], "skeleton": [[1, 2]]}
    person = BOX | {"category_id": 1, "keypoints": [10, 20, 2, 50, 80, 1]}
    conversion, dataset = convert(coco(person, [keypoints]))
    assert (dataset.keypoints, dataset.flip_index, conversion.noun) == (2, (1, 0), "people")
    assert labels(dataset, "test")[0].keypoints == ((0.1, 0.1, 2), (0.5, 0.4, 1))
    conversion, dataset = convert(coco(person, [keypoints]), task="detect")
    assert (dataset.keypoints, conversion.noun, len(labels(dataset, "train"))) == (0, "boxes", 6)


def test_boxes_of_yolo_with_outlines_and_edges(convert):
    for line, box in (
        ("1 0.3 0.25 0.4 0.3", (0.3, 0.25, 0.4, 0.3)),
        ("1 0.1 0.1 0.5 0.1 0.5 0.4", (0.3, 0.25, 0.4, 0.3)),
        ("1 0.95 0.5 0.3 0.2", (0.9, 0.5, 0.2, 0.2)),
    ):
        conversion, dataset = convert(yolo(line, nc=2, names=["pear", "apple"]))
        assert {label.class_index for label in labels(dataset, "train")} == {1}
        assert labels(dataset, "val")[0].box == pytest.approx(box)
        assert conversion.images == {"train": 6, "val": 2, "test": 1} and conversion.labelled == 9
        assert conversion.empty_classes == ("pear",)
    assert conversion.cut == 9


@pytest.mark.parametrize("dimensions", [2, 3])
def test_keypoints_of_yolo(convert, dimensions):
    visibility = " 1" if dimensions == 3 else ""
    line = f"0 0.3 0.25 0.4 0.3 0.1 0.2{visibility} 0.3 0.4{visibility}"
    files = yolo(line, names=["person"], kpt_shape=[2, dimensions], flip_idx=[1, 0])
    _, dataset = convert(files)
    assert (dataset.keypoints, dataset.keypoint_dimensions, dataset.flip_index) == (2, dimensions, (1, 0))
    expected = 1 if dimensions == 3 else 2
    assert labels(dataset, "val")[0].keypoints == ((0.1, 0.2, expected), (0.3, 0.4, expected))
    _, dataset = convert(files, task="detect")
    assert dataset.keypoints == 0 and labels(dataset, "val")[0].box == (0.3, 0.25, 0.4, 0.3)


def test_a_folder_around_it_and_no_validation(convert):
    files = {f"fruit/{name}": content for name, content in yolo("0 0.3 0.25 0.4 0.3", val=None, names=["a"]).items()}
    conversion, dataset = convert({name: content for name, content in files.items() if "/valid/" not in name})
    assert conversion.images == {"train": 5, "val": 1, "test": 1}
    assert len(dataset.splits["val"]) == 1


@pytest.mark.parametrize(
    ("missing", "images"),
    [
        (["test"], {"train": 6, "val": 2}),
        (["valid"], {"train": 5, "val": 1, "test": 1}),
        (["valid", "test"], {"train": 5, "val": 1}),
    ],
)
def test_splits_that_a_zip_names_and_does_not_hold(convert, missing, images):
    files = yolo("0 0.3 0.25 0.4 0.3", names=["a"])
    kept = {name: content for name, content in files.items() if name.split("/")[0] not in missing}
    conversion, dataset = convert(kept)
    assert conversion.images == images and set(dataset.splits) == set(images)


def test_a_zip_without_the_pictures_to_train_with(convert):
    files = yolo("0 0.3 0.25 0.4 0.3", names=["a"])
    with pytest.raises(DatasetError, match="which data.yaml names as train, does not exist"):
        convert({name: content for name, content in files.items() if not name.startswith("train/")})


def test_the_same_zip_gives_the_same_bytes(convert, tmp_path):
    def content():
        out = tmp_path / "out"
        return {path.relative_to(out): path.read_bytes() for path in out.rglob("*") if path.is_file()}

    convert(yolo("0 0.3 0.25 0.4 0.3", names=["a"]))
    first = content()
    convert(yolo("0 0.3 0.25 0.4 0.3", names=["a"]))
    assert content() == first and len(first) == 1 + 2 * 9


@pytest.mark.parametrize(
    ("description", "words"),
    [
        ({"train": "/etc", "names": ["a"]}, "lies outside of the data set"),
        ({"train": "../../..", "names": ["a"]}, "lies outside of the data set"),
        ({"path": "/", "train": "etc", "names": ["a"]}, "lies outside of the data set"),
        ({"train": "list.txt", "names": ["a"]}, "lies outside of the data set"),
        ({"names": ["a"], "nc": 3}, "nc is 3, but names has 1"),
        ({"names": ["a", "b"], "kpt_shape": [3, 3]}, r"0\.txt, line 1: 5 columns instead of 14"),
    ],
)
def test_what_is_wrong_is_named_without_the_folder_it_was_unpacked_to(convert, tmp_path, description, words):
    with pytest.raises(DatasetError, match=words) as caught:
        convert({**yolo("0 0.3 0.25 0.4 0.3", **description), "list.txt": "../../secret.jpg\n"})
    assert "edgecask-" not in str(caught.value)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("line", ["5 0.5 0.5 0.1 0.1", "0 0.5 0.5 1.4 0.1", "0 64 64 20 20", "0 0.5 0.5 0 0.1"])
def test_lines_that_make_no_sense_are_named(convert, line):
    with pytest.raises(DatasetError, match=r"^train/labels/0\.txt, line 1: "):
        convert(yolo(line, names=["a"]))


def test_archives_without_labels_and_with_two_of_a_split(convert):
    with pytest.raises(DatasetError, match="holds no labels"):
        convert({"a.jpg": "x"})
    files = coco(BOX, THINGS)
    with pytest.raises(DatasetError, match="does not say which is of which split"):
        convert({**files, "train/more.json": files["train/_annotations.coco.json"]})


def test_other_tools_layouts_are_found(convert):
    table = coco(BOX, THINGS)["train/_annotations.coco.json"]
    pictures = {f"images/default/train{at}_jpg.rf.1.jpg": "x" for at in range(6)}
    conversion, _ = convert({"annotations/instances_default.json": table, **pictures})
    assert conversion.images == {"train": 5, "val": 1}


def test_options_of_a_json_are_not_for_a_zip(convert, tmp_path):
    with pytest.raises(UsageError, match=r"--images is for a JSON; .*export\.zip is a zip"):
        convert(coco(BOX, THINGS), images=tmp_path)
