import json

import pytest

from edgecask.data.coco_format import keypoint_count, read_document
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
    with pytest.raises(DatasetError, match=r"people\.json is not a COCO keypoint file \(") as caught:
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
