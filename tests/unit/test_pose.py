"""What pose means: COCO's facts, the outputs of both heads, and that host and programs say the same."""

import json

import pytest

from edgecask.task import head, pose
from edgecask.task.pose import COCO_BONES, COCO_FLIP_INDEX, COCO_KEYPOINTS, COCO_NAMES, COCO_SIGMAS, Pose, mirrored
from pipeline.heads import pose as programs

SIZE = 64
ANCHORS = 64 + 16 + 4


def test_programs_say_the_same():
    assert programs.COCO_NAMES == COCO_NAMES
    assert (programs.STRIDES, programs.BINS, programs.BOX_CHANNELS, programs.KEYPOINT_VALUES) == (
        head.STRIDES, head.BOX_BINS, head.BOX_CHANNELS, pose.KEYPOINT_VALUES,
    )  # fmt: skip
    assert pose.RAW.names == programs.RAW_OUTPUTS and pose.DECODED.names == programs.DECODED_OUTPUTS
    assert pose.DECODED.outputs[0].channels.fixed == programs.BOX_ROWS


def test_outputs_of_the_raw_head():
    shapes = {"box_s16": (1, 16, 64), "score_s32": (1, 4, 1), "keypoints": (1, ANCHORS, 15)}
    for name, shape in shapes.items():
        found = pose.RAW.output_of(shape, SIZE)
        assert found is not None and found.name == name
    assert pose.RAW.counts(list(shapes.values()), SIZE) == [5]
    for shape in ((1, 16, 65), (1, ANCHORS, 14), (1, ANCHORS, 0), (16, 64), (2, 16, 64)):
        assert pose.RAW.output_of(shape, SIZE) is None


def test_the_output_of_the_decoded_head():
    assert pose.DECODED.counts([(1, 5 + 3 * 17, ANCHORS)], SIZE) == [17]
    for shape in ((1, ANCHORS, 56), (1, 5, ANCHORS), (1, 57, ANCHORS)):
        assert pose.DECODED.output_of(shape, SIZE) is None


@pytest.mark.parametrize(
    ("parts", "classes"), [((4, 1, 51), 1), ((5, 51), 1), ((4, 80, 51), 80), ((4, 51), None), ((56,), None), ((), None)]
)
def test_classes(parts, classes):
    assert Pose().classes_of(parts) == classes


def test_what_coco_says_fits_together():
    assert len(COCO_SIGMAS) == len(COCO_FLIP_INDEX) == COCO_KEYPOINTS == 17
    assert COCO_SIGMAS[0] == 0.026 and COCO_SIGMAS[-1] == 0.089
    assert COCO_FLIP_INDEX == (0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13, 16, 15)
    assert all(COCO_SIGMAS[at] == COCO_SIGMAS[partner] for at, partner in enumerate(COCO_FLIP_INDEX))
    mirrored_bones = {frozenset(COCO_FLIP_INDEX[end] for end in bone) for bone in COCO_BONES}
    assert mirrored_bones == {frozenset(bone) for bone in COCO_BONES} and len(mirrored_bones) == 19


def test_the_facts_of_the_photographs(shared):
    """COCO's own file says the same."""
    path = shared / "data" / "coco-person-80" / "annotations" / "person_keypoints.json"
    category = json.loads(path.read_text())["categories"][0]
    assert tuple(category["keypoints"]) == COCO_NAMES
    assert {tuple(end - 1 for end in bone) for bone in category["skeleton"]} == set(COCO_BONES)


def test_left_and_right_change_places():
    assert mirrored(["Left eye", "right EYE", "tail"]) == [1, 0, 2]
    assert mirrored(["left_eye", "tail"]) is None
    assert mirrored(["tail", "tail"]) is None
