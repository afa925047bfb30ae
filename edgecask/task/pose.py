"""Pose: people with keypoints. pipeline/heads/pose.py says the same to programs; a test holds both equal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from edgecask.task.head import BOX_CHANNELS, BOX_VALUES, STRIDES, Channels, Head, Output
from edgecask.task.words import Words

KEYPOINT_VALUES = 3
"""x, y, visibility."""
LABEL_BOX_COLUMNS = 1 + BOX_VALUES
"""Of a line of a label file: the class, then centre x, centre y, width and height; the keypoints follow."""
RAW = Head(
    title="raw: the firmware decodes",
    outputs=(
        *(Output(name=f"box_s{stride}", stride=stride, channels=Channels(fixed=BOX_CHANNELS)) for stride in STRIDES),
        *(Output(name=f"score_s{stride}", stride=stride, channels=Channels(fixed=1)) for stride in STRIDES),
        Output(name="keypoints", channels=Channels(fixed=0, each=KEYPOINT_VALUES)),
    ),
)
"""Seven outputs, told apart by shape, which the firmware decodes (SSCMA-Micro 1.0.x, el_algorithm_yolo_pose.cpp)."""
DECODED = Head(
    title="decoded: one output",
    outputs=(
        Output(name="detections", channels=Channels(fixed=BOX_VALUES + 1, each=KEYPOINT_VALUES), channels_first=True),
    ),
)
"""One output (1, 5 + 3K, F): cx, cy, w, h, score, then K × (x, y, visibility), in 0–1, as ST's applications read it."""

# person_keypoints_val2017.json, categories[0].keypoints and .skeleton (counted from 0).
COCO_NAMES = (
    "nose", "left_eye", "right_eye", "left_ear", "right_ear", "left_shoulder", "right_shoulder", "left_elbow",
    "right_elbow", "left_wrist", "right_wrist", "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle",
    "right_ankle",
)  # fmt: skip
COCO_BONES = (
    (15, 13), (13, 11), (16, 14), (14, 12), (11, 12), (5, 11), (6, 12), (5, 6), (5, 7), (6, 8), (7, 9), (8, 10),
    (1, 2), (0, 1), (0, 2), (1, 3), (2, 4), (3, 5), (4, 6),
)  # fmt: skip
COCO_KEYPOINTS = len(COCO_NAMES)
# Of the COCO keypoint challenge (pycocotools.cocoeval.Params.setKpParams), nose to right ankle.
COCO_SIGMAS = (
    0.026, 0.025, 0.025, 0.035, 0.035, 0.079, 0.079, 0.072, 0.072, 0.062, 0.062, 0.107, 0.107, 0.087, 0.087, 0.089,
    0.089,
)  # fmt: skip


NO_KEYPOINTS = "none: boxes are compared by their IoU"
"""In place of whose OKS constants were taken."""


def mirrored(names: Sequence[str]) -> list[int] | None:
    """flip_idx from the names of keypoints, in which left and right change places; None where they do not pair."""
    index = []
    for name in names:
        lower = name.lower()
        swapped = lower.replace("left", "\0").replace("right", "left").replace("\0", "right")
        matches = [at for at, other in enumerate(names) if other.lower() == swapped]
        if len(matches) != 1:
            return None
        index.append(matches[0])
    return index


COCO_FLIP_INDEX = tuple(mirrored(COCO_NAMES) or ())


def sigmas_for(keypoints: int, given: Sequence[float] | None) -> tuple[tuple[float, ...], str]:
    """OKS constants for so many keypoints, and where they come from."""
    if given is not None:
        return tuple(given), "the data set's kpt_oks_sigmas"
    if not keypoints:
        return (), NO_KEYPOINTS
    if keypoints == COCO_KEYPOINTS:
        return COCO_SIGMAS, "COCO's"
    # As Ultralytics' validator does (models/yolo/pose/val.py).
    return (1 / keypoints,) * keypoints, f"1/{keypoints} each, as Ultralytics takes them; kpt_oks_sigmas sets others"


class Pose:
    """See edgecask.task.task.Task."""

    noun = "pose"
    words = Words(
        one="person", several="people", who="who", none="nobody", moving="people", points="keypoints", likeness="OKS"
    )
    networks = frozenset({"PoseModel"})
    heads: Mapping[str, Head] = {"raw": RAW, "decoded": DECODED}
    required: tuple[str, ...] = ("classes", "keypoint_dimensions")
    limits: tuple[str, ...] = ("classes", "keypoints", "keypoint_dimensions")
    shape_advice = "The model needs one class."
    score_program = "score"
    agreement_program = "agreement"
    counted = "keypoints"
    metrics: Mapping[str, str] = {
        "AP": "mean over OKS 0.50 to 0.95",
        "AP50": "at OKS 0.50",
        "AP75": "at OKS 0.75",
        "AR": "recall, mean over OKS 0.50 to 0.95",
        "ST AP0.5": "by the definition of ST's model zoo",
    }
    skeleton: Mapping[str, Sequence[object]] = {"flip_index": COCO_FLIP_INDEX, "bones": COCO_BONES}
    has_keypoints = True
    learned = "pose"
    drawn = "people"

    def describe(self, keypoints: int | None) -> str:
        """How many keypoints."""
        return f"{keypoints or 'any number of'} keypoints"

    def classes_of(self, parts: Sequence[int]) -> int | None:
        """4 + C + 3K rows, joined from 4, C and 3K, or from 4 + C and 3K."""
        if len(parts) < 2 or parts[-1] % KEYPOINT_VALUES:
            return None
        classes = sum(parts[:-1]) - BOX_VALUES
        return classes if classes > 0 else None
