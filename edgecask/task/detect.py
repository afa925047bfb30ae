"""Detection: boxes of several classes. pipeline/heads/detect.py says the same to programs; a test holds both equal.

The letters: n = S/stride is a grid's side, F = Σn² the number of anchors, C that of classes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from edgecask.task.head import BOX_CHANNELS, BOX_VALUES, STRIDES, Channels, Head, Output
from edgecask.task.words import Words

RAW = Head(
    title="raw: the firmware decodes",
    outputs=(
        *(Output(name=f"box_s{stride}", stride=stride, channels=Channels(fixed=BOX_CHANNELS)) for stride in STRIDES),
        *(Output(name=f"score_s{stride}", stride=stride, channels=Channels(fixed=0, each=1)) for stride in STRIDES),
    ),
)
"""Six outputs, told apart by shape: so not with 64 classes (SSCMA-Micro 1.0.x, el_algorithm_yolo_world.cpp)."""
DECODED = Head(
    title="decoded: one output",
    outputs=(Output(name="detections", channels=Channels(fixed=BOX_VALUES, each=1), channels_first=True),),
)
"""One output (1, 4 + C, F): cx, cy, w, h in 0–1, then C scores, as SSCMA-Micro (el_algorithm_yolov8.cpp), ST's and
OpenMV's applications read it."""
LEVELS = Head(
    title="feature maps: the firmware decodes",
    outputs=tuple(
        Output(name=f"level_s{stride}", stride=stride, channels=Channels(fixed=BOX_CHANNELS, each=1), feature_map=True)
        for stride in STRIDES
    ),
)
"""Three outputs (1, n, n, 64 + C), boxes before scores, as Himax' tflm_yolo11_od reads them (cvapp_yolo11n_ob.cpp)."""
SPLIT = Head(
    title="decoded: boxes and scores",
    outputs=(
        Output(name="boxes", channels=Channels(fixed=BOX_VALUES), channels_first=True),
        Output(name="scores", channels=Channels(fixed=0, each=1)),
    ),
)
"""Boxes (1, 4, F) in 0–1 and scores (1, F, C), as Himax' tflm_yolov8_od reads them (cvapp_yolov8n_ob.cpp)."""


class Detect:
    """See edgecask.task.task.Task."""

    noun = "detection"
    words = Words(
        one="box",
        several="boxes",
        who="that",
        none="nothing",
        moving="things of its classes",
        points="corners",
        likeness="IoU",
    )
    networks = frozenset({"DetectionModel"})
    heads: Mapping[str, Head] = {"raw": RAW, "decoded": DECODED, "levels": LEVELS, "split": SPLIT}
    required: tuple[str, ...] = ()
    limits: tuple[str, ...] = ("max_classes", "refused_classes")
    counted = "classes"
    shape_advice = "All outputs need the same classes, of a number that can be told from the 64 values of a box."
    score_program = "box_score"
    agreement_program = "box_agreement"
    metrics: Mapping[str, str] = {
        "AP": "mean over IoU 0.50 to 0.95 and classes",
        "AP50": "at IoU 0.50",
        "AP75": "at IoU 0.75",
        "AR": "recall, mean over IoU 0.50 to 0.95 and classes",
    }
    skeleton: Mapping[str, Sequence[object]] = {"flip_index": (), "bones": ()}
    has_keypoints = False
    learned = "box"
    drawn = "objects"

    def describe(self, keypoints: int | None) -> str:
        """That it is taken: it has no keypoints."""
        return "detection"

    def classes_of(self, parts: Sequence[int]) -> int | None:
        """4 + C rows, joined from 4, or what makes 4, and C."""
        return parts[-1] if len(parts) > 1 and sum(parts[:-1]) == BOX_VALUES else None
