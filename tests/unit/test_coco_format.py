import json
from pathlib import Path

import msgspec
import pytest

from edgecask.data.coco_format import Annotation, Document, ImageEntry, check_size, keypoint_count, read_document
from edgecask.errors import DatasetError

NAMES = ["nose", "left_hand", "right_hand"]
PERSON = {"image_id": 0, "category_id": 1, "bbox": [1, 2, 3, 4], "keypoints": [5, 6, 2, 7, 8, 1, 0, 0, 0]}


@pytest.fixture
def write(tmp_path):
    def make(*annotations, encoding="utf-8", names=NAMES, **changes):
        table = {
            "images": [{"id": 0, "file_name": "a.jpg", "width": 10, "height": 20}],
            "annotations": list(annotations),
            "categories": [{"id": 1, "name": "person", "keypoints": names}],
        } | changes
        path = tmp_path / "people.json"
        path.write_bytes(json.dumps(table).encode(encoding))
        return path

    return make


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "utf-16-le"])
def test_with_and_without_the_mark_of_windows(write, encoding):
    document = read_document(write(PERSON, encoding=encoding))
    assert document.annotations[0].points == [(5, 6, 2), (7, 8, 1), (0, 0, 0)]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        # Six points without visibility would pass for four with it.
        ({"keypoints": [1, 2] * 6}, "12 keypoint values; 'person' has 3 keypoints, which makes 9 values"),
        ({"keypoints": [1, 2, 2] * 4}, "12 keypoint values"),
        ({"keypoints": [1, 2, 2, 3]}, "4 keypoint values"),
        ({"keypoints": [1, 2, 3] * 3}, "visibility 3 at keypoint 0"),
        ({"keypoints": [1, 2, 0.9] * 3}, "visibility 0.9"),
        ({"keypoints": [1, 2, -1] * 3}, "visibility -1"),
        ({"bbox": [1, 2, 3]}, "bbox of 3 values"),
        ({"image_id": 9}, "image 9, which is not in the file"),
    ],
)
def test_annotations_that_contradict_themselves(write, change, said):
    with pytest.raises(DatasetError, match=rf"people\.json.*{said}"):
        read_document(write(PERSON | change))


@pytest.mark.parametrize("text", ["NaN", "Infinity", "1e999", "1" * 400, "1e308", '"5"', '"\\ud800"', "[" * 100_000])
@pytest.mark.parametrize("place", ["bbox", "keypoints", "area", "iscrowd", "image_id"])
def test_numbers_that_are_none_are_one_line(tmp_path, place, text):
    if (place, text) == ("image_id", '"5"'):
        text = "true"  # a text is what some tools write
    value = f"[1, {text}, 2]" if place in ("bbox", "keypoints") else text
    path = tmp_path / "people.json"
    entries = f'{{"image_id": 0}}, {{"image_id": 0, "{place}": {value}}}'
    path.write_text(f'{{"images": [{{"id": 0, "file_name": "a.jpg"}}], "annotations": [{entries}]}}')
    with pytest.raises(DatasetError, match=r"people\.json is no file of COCO's form \(") as caught:
        read_document(path)
    assert len(str(caught.value)) < 400 and "\n" not in str(caught.value)
    if text in ("1e999", "1e308", '"5"'):
        assert f"$.annotations[1].{place}" in str(caught.value)


def test_where_the_category_names_no_keypoints_people_must_agree(write):
    one, two = PERSON | {"keypoints": [1, 2, 2]}, PERSON | {"keypoints": [1, 2, 2, 3, 4, 2]}
    for names in (None, []):
        path = write(one, two, names=names)
        with pytest.raises(DatasetError, match="1 and 2 keypoints"):
            keypoint_count([(path, read_document(path))])
        path = write(PERSON | {"keypoints": [1, 2] * 2}, names=names)
        with pytest.raises(DatasetError, match="no multiple of 3"):
            read_document(path)


def test_what_other_tools_write(write):
    bare = {"image_id": 0, "keypoints": PERSON["keypoints"], "bbox": None, "area": None, "iscrowd": None}
    document = read_document(write(bare, {"image_id": 0, "category_id": 7, "keypoints": None}))
    assert document.annotations[0].box == (5, 6, 2, 2)
    assert document.annotations[1].box == (0, 0, 0, 0) and not document.annotations[1].is_labelled


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["a.jpg", "a.jpg"], "twice"),
        (["sub\\a.jpg", "sub/a.jpg"], "twice"),
        (["/a.jpg"], "elsewhere"),
        (["sub/../../a.jpg"], "elsewhere"),
        (["a\0.jpg"], "elsewhere"),
        ([""], "elsewhere"),
    ],
)
def test_names_of_images(write, names, said):
    images = [{"id": number, "file_name": name} for number, name in enumerate(names)]
    with pytest.raises(DatasetError, match=said):
        read_document(write(images=images))


def test_entries_stay_as_they_were_read():
    for entry in (ImageEntry(id=1, file_name="a.jpg"), Annotation(image_id=1)):
        with pytest.raises(AttributeError, match="immutable"):
            entry.id = 2
    with pytest.raises(TypeError):
        ImageEntry(1, "a.jpg")  # by name alone: nobody mistakes the width for the height
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b'{"images": [], "annotations": [{"image_id": 1, "iscrowd": 2}]}', type=Document)


@pytest.mark.parametrize(
    ("width", "height", "size"), [(4, 3, (4, 3)), (0, 3, None), (4, 0, None), (None, 3, None), (4, None, None)]
)
def test_a_size_has_two_sides(width, height, size):
    assert ImageEntry(id=1, file_name="a.jpg", width=width, height=height).size == size


def test_who_is_labelled_and_what_encloses_them():
    person = Annotation(image_id=1, keypoints=[9, 9, 0, 3, 8, 1, 5, 2, 2])
    assert person.is_labelled and person.box == (3, 2, 2, 6)
    assert person.category_id == 1 and person.iscrowd == 0
    assert not Annotation(image_id=1, keypoints=[9, 9, 0]).is_labelled


def entry(width, height):
    return ImageEntry(id=1, file_name="a.jpg", width=width, height=height)


UPRIGHT = (40, 20)


@pytest.mark.parametrize(("width", "height"), [(40, 20), (41, 20), (39, 20), (40, 21), (40, 19), (None, None)])
def test_the_size_it_has_upright_within_a_pixel(width, height):
    assert check_size(Path("p.json"), entry(width, height), [], UPRIGHT) is False


@pytest.mark.parametrize(("width", "height"), [(20, 40), (21, 39), (19, 41)])
def test_a_size_from_before_turning(width, height):
    assert check_size(Path("p.json"), entry(width, height), [], UPRIGHT) is True


@pytest.mark.parametrize(("width", "height"), [(41.5, 20), (40, 22), (18, 40), (20, 42), (80, 40)])
def test_labels_for_another_size(width, height):
    with pytest.raises(DatasetError, match=r"p\.json says that 'a\.jpg' has .* upright it has 40 × 20\. Pass the pic"):
        check_size(Path("p.json"), entry(width, height), [], UPRIGHT)


@pytest.mark.parametrize(
    ("bbox", "keypoints", "inside"),
    [
        ([0, 0, 40, 20], None, True),
        ([0, 0, 41, 21], None, True),  # an edge may differ by a pixel
        ([0, 0, 41.5, 20], None, False),
        ([0, 0, 40, 21.5], None, False),
        ([2, 0, 39.5, 20], None, False),
        ([0, 2, 40, 19.5], None, False),
        (None, [41, 21, 1], True),
        (None, [41.5, 3, 1], False),
        (None, [4, 21.5, 2], False),
        (None, [90, 90, 0, 1, 1, 2], True),  # it is not labelled
        ([1, 1, 2, 2], [1, 1, 2, 50, 5, 2], False),
    ],
)
def test_what_is_labelled_on_its_side_is_within_the_upright_picture(bbox, keypoints, inside):
    people = [Annotation(image_id=1, bbox=[1, 1, 1, 1]), Annotation(image_id=1, bbox=bbox, keypoints=keypoints)]
    if inside:
        assert check_size(Path("p.json"), entry(20, 40), people, UPRIGHT)
    else:
        with pytest.raises(
            DatasetError, match=r"labels lie outside of it: they are for the picture on its side\. Turn"
        ):
            check_size(Path("p.json"), entry(20, 40), people, UPRIGHT)


def test_keypoints_are_counted_over_all_files(write, tmp_path):
    without_categories = read_document(write(PERSON, {"image_id": 0}, categories=[]))
    assert keypoint_count([(Path("a.json"), without_categories)]) == 3
    with pytest.raises(DatasetError, match=r"b\.json: nobody in it has keypoints\."):
        keypoint_count([(Path("b.json"), read_document(write({"image_id": 0})))])


def test_the_annotation_and_the_category_that_are_meant(write):
    other = {"id": 2, "name": "dog", "keypoints": ["tail"]}
    dog = {"image_id": 0, "category_id": 2, "keypoints": [1, 2, 2]}
    categories = [{"id": 1, "name": "person", "keypoints": NAMES}, other]
    assert len(read_document(write(PERSON, dog, categories=categories)).annotations) == 2
    with pytest.raises(DatasetError, match="annotation 1 of the image 0 has 9 keypoint values; 'dog' has 1 keypoints"):
        read_document(write(PERSON, PERSON | {"category_id": 2}, categories=categories))
    images = [{"id": "x", "file_name": "a.jpg"}, {"id": "x", "file_name": "b.jpg"}]
    with pytest.raises(DatasetError, match="two images have the id 'x'"):
        read_document(write(images=images))
