import json

import pytest

from edgecask.data.coco_format import (
    COCO_BONES,
    COCO_FLIP_INDEX,
    COCO_KEYPOINTS,
    COCO_NAMES,
    COCO_SIGMAS,
    keypoint_count,
    mirrored,
    read_document,
)
from edgecask.errors import DatasetError
from pipeline.shared import coco_keypoints

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


def test_what_coco_says_fits_together():
    assert len(COCO_SIGMAS) == len(COCO_FLIP_INDEX) == COCO_KEYPOINTS == 17
    assert COCO_SIGMAS[0] == 0.026 and COCO_SIGMAS[-1] == 0.089
    assert COCO_FLIP_INDEX == (0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13, 16, 15)
    assert all(COCO_SIGMAS[at] == COCO_SIGMAS[partner] for at, partner in enumerate(COCO_FLIP_INDEX))
    mirrored_bones = {frozenset(COCO_FLIP_INDEX[end] for end in bone) for bone in COCO_BONES}
    assert mirrored_bones == {frozenset(bone) for bone in COCO_BONES} and len(mirrored_bones) == 19


def test_programs_name_the_keypoints_alike():
    assert coco_keypoints.NAMES == COCO_NAMES


def test_the_facts_of_the_photographs(shared):
    """COCO's own file says the same."""
    path = shared / "data" / "coco-person-80" / "annotations" / "person_keypoints.json"
    category = json.loads(path.read_text())["categories"][0]
    assert tuple(category["keypoints"]) == COCO_NAMES
    assert {tuple(end - 1 for end in bone) for bone in category["skeleton"]} == set(COCO_BONES)


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
def test_names_of_pictures(write, names, said):
    images = [{"id": number, "file_name": name} for number, name in enumerate(names)]
    with pytest.raises(DatasetError, match=said):
        read_document(write(images=images))


def test_left_and_right_change_places():
    assert mirrored(["Left eye", "right EYE", "tail"]) == [1, 0, 2]
    assert mirrored(["left_eye", "tail"]) is None
    assert mirrored(["tail", "tail"]) is None
