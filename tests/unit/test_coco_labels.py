"""Boxes of several classes in COCO's form; people with keypoints are in test_coco.py."""

import json

import pytest

from edgecask.data.coco import convert
from edgecask.data.coco_labels import told_task
from edgecask.data.conversion import ConvertRequest, Source
from edgecask.data.dataset import label_path, load_dataset
from edgecask.data.ground_truth import load_labelled
from edgecask.data.images import ImageFile
from edgecask.data.label_files import read_labels
from edgecask.errors import DatasetError

CATEGORIES = [{"id": 90, "name": "toothbrush"}, {"id": 3, "name": "car"}, {"id": 17, "name": "cat"}]
CAR = {"image_id": 0, "category_id": 3, "bbox": [10, 20, 40, 60]}


def inspect(paths):
    return {path: ImageFile(sha256="", width=100, height=200, problem="") for path in paths}


@pytest.fixture
def write(tmp_path):
    def make(*annotations, categories=CATEGORIES, name="instances.json"):
        entries = [{"id": at, "file_name": f"{at}.jpg", "width": 100, "height": 200} for at in range(2)]
        for entry in entries:
            (tmp_path / entry["file_name"]).write_bytes(b"x")
        table = {"images": entries, "annotations": list(annotations), "categories": categories}
        (tmp_path / name).write_text(json.dumps(table))
        return tmp_path / name

    return make


@pytest.fixture
def run(tmp_path):
    def call(*paths, **options):
        sources = tuple(
            Source(annotations=path, images=tmp_path, split=split)
            for path, split in zip(paths, ("train", "val"), strict=False)
        )
        request = ConvertRequest(sources=sources, output=tmp_path / "out", **{"validation_share": 0, **options})
        conversion = convert(request, inspect)
        dataset = load_dataset(tmp_path / "out" / "data.yaml")
        image = next(image for images in dataset.splits.values() for image in images if image.name == "0.jpg")
        return conversion, dataset, read_labels(label_path(image), 0, 0, len(dataset.classes))

    return call


def test_classes_are_categories_in_the_order_of_their_ids(write, run):
    brush = CAR | {"category_id": 90}
    conversion, dataset, labels = run(write(CAR, brush))
    assert dataset.classes == ("car", "cat", "toothbrush") and not dataset.keypoints
    assert [label.class_index for label in labels] == [0, 2] and labels[0].box == (0.3, 0.25, 0.4, 0.3)
    assert (conversion.noun, conversion.labelled, conversion.empty_classes) == ("boxes", 2, ("cat",))
    assert conversion.flip_index  # there is nothing to mirror by name


def test_an_evaluation_reads_the_same_classes(write, tmp_path, run):
    path = write(
        CAR, categories=[*CATEGORIES, {"id": 0, "name": "things"}, {"id": 4, "name": "x", "supercategory": "things"}]
    )
    conversion, dataset, _ = run(path)
    assert conversion.groups == ("things",)
    assert (
        load_labelled(path, images=tmp_path, task="detect").classes
        == dataset.classes
        == ("car", "x", "cat", "toothbrush")
    )


def test_categories_of_one_name_are_one_class_for_everybody(write, tmp_path, run):
    """As Roboflow writes a project that is called as its only class, and tools that put data sets together."""
    twice = [{"id": 90, "name": "car"}, {"id": 3, "name": "car"}, {"id": 17, "name": "cat"}, {"id": 2, "name": "bus"}]
    path = write(CAR, CAR | {"category_id": 90, "bbox": [1, 2, 3, 4]}, CAR | {"category_id": 17}, categories=twice)
    conversion, dataset, labels = run(path)
    assert dataset.classes == ("bus", "car", "cat") and [label.class_index for label in labels] == [1, 1, 2]
    assert (conversion.merged, conversion.empty_classes) == (("car",), ("bus",))
    evaluated = load_labelled(path, images=tmp_path, task="detect")
    assert evaluated.classes == dataset.classes
    assert [thing["class"] for entry in evaluated.entries for thing in entry["people"]] == [1, 1, 2]
    project = [{"id": 0, "name": "car", "supercategory": "none"}, {"id": 3, "name": "car", "supercategory": "car"}]
    conversion, dataset, _ = run(write(CAR, categories=project))
    assert dataset.classes == ("car",) and not conversion.empty_classes


def test_a_class_has_one_number_in_two_files_that_number_it_differently(write, run):
    first, second = write(CAR), write(CAR | {"category_id": 4}, categories=[{"id": 4, "name": "car"}], name="v.json")
    assert run(first, second)[1].classes == ("car", "cat", "toothbrush")


def test_people_of_two_categories_of_one_name_are_one_class(write, tmp_path):
    person = CAR | {"keypoints": [10, 20, 2]}
    path = write(person, person | {"category_id": 90}, categories=[{"id": 3, "name": "a"}, {"id": 90, "name": "a"}])
    source = Source(annotations=path, images=tmp_path, split="train")
    convert(ConvertRequest(sources=(source,), output=tmp_path / "out", validation_share=0), inspect)
    dataset = load_dataset(tmp_path / "out" / "data.yaml")
    assert dataset.classes == ("a",) and dataset.keypoints == 1


def test_a_category_above_others_with_boxes_of_its_own_is_a_class(write, run):
    categories = [{"id": 1, "name": "dog", "supercategory": "animal"}, {"id": 3, "name": "animal"}]
    assert run(write(CAR, categories=categories))[1].classes == ("dog", "animal")
    own = [{"id": 3, "name": "dog", "supercategory": "dog"}, {"id": 4, "name": "cat", "supercategory": "cat"}]
    assert run(write(CAR, categories=own))[1].classes == ("dog", "cat")


def test_what_is_no_box_in_the_picture_is_left_out_and_counted(write, run):
    conversion, _, labels = run(
        write(
            CAR,
            CAR | {"iscrowd": 1, "segmentation": {"counts": [1], "size": [1, 1]}},
            CAR | {"bbox": [10, 20, 0, 5]},
            CAR | {"bbox": None},
            CAR | {"bbox": [100, 20, 30, 30]},
            CAR | {"bbox": [-40, -50, 30, 30]},
            CAR | {"bbox": [90, 190, 30, 30]},
            CAR,  # the same again
        )
    )
    assert [label.box for label in labels] == [(0.3, 0.25, 0.4, 0.3), (0.95, 0.975, 0.1, 0.05)]
    assert (conversion.crowds, conversion.without_size, conversion.boxless) == (1, 1, 1)
    assert (conversion.outside_boxes, conversion.cut, conversion.labelled) == (2, 1, 2)


def test_a_hundred_classes_and_names_of_any_kind(write, run):
    names = [f"class {at}: 'a'\n#" for at in range(99)] + ["ja"]
    categories = [{"id": 2 * at + 3, "name": name} for at, name in enumerate(names)]
    _, dataset, _ = run(write(CAR, categories=categories))
    assert dataset.classes == tuple(names)


@pytest.mark.parametrize(
    ("annotations", "options", "words"),
    [
        ([], {}, "nothing in it is labelled"),
        ([CAR | {"category_id": 5}], {}, "of the category 5, which is not in the file"),
        ([CAR | {"bbox": [1, 2, 3]}], {}, "bbox of 3 values"),
        ([CAR], {"categories": [{"id": 3, "name": "a"}, {"id": 3, "name": "b"}]}, "the category 3 is 'b', and 'a'"),
    ],
)
def test_what_is_wrong_is_named(write, run, tmp_path, annotations, options, words):
    with pytest.raises(DatasetError, match=rf"instances\.json.*{words}"):
        run(write(*annotations, **options))
    assert not (tmp_path / "out").exists()


def test_two_files_have_to_agree_about_their_classes(write, run):
    first = write(CAR)
    _, dataset, _ = run(first, write(CAR, categories=[{"id": 3, "name": "car"}, {"id": 1, "name": "a"}], name="v.json"))
    assert dataset.classes == ("a", "car", "cat", "toothbrush")
    with pytest.raises(DatasetError, match=r"v\.json: the category 3 is 'bus', and 'car'"):
        run(first, write(CAR, categories=[{"id": 3, "name": "bus"}], name="v.json"))


def test_the_task_is_told_by_the_labels_or_by_the_user(write, run):
    from edgecask.data.coco_format import read_document

    person = CAR | {"keypoints": [10, 20, 2]}
    for annotations, task in (((CAR,), "detect"), ((CAR, person), "pose")):
        path = write(*annotations)
        assert told_task([(path, read_document(path))]) == task
    assert len(run(path, task="detect")[2]) == 1  # two of one box
    with pytest.raises(DatasetError, match="nobody in it has keypoints"):
        run(write(CAR), task="pose")
