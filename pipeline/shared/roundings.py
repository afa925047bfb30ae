"""What each firmware prints of boxes, keypoints and scores: whole pixels and percent; used by suppression.py."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy

from pipeline.shared.candidates import Array, Candidates
from pipeline.shared.other_suppressions import frame_pixels, input_pixels

LARGEST_PRINTED = 65535
"""Coordinates are printed from 16 bits without sign; what lies outside is held at their ends."""
FULL_SCORE = 100
"""Scores are printed in percent."""

# (candidates, the frame's (width, height), the model's input in pixels) → the same in whole pixels of the frame and
# whole percent, again as parts.


def as_computed(found: Candidates, frame: tuple[int, int], size: int) -> Candidates:
    """ST's applications draw what was computed, and print nothing."""
    return found


def rounded(found: Candidates, frame: tuple[int, int], size: int) -> Candidates:
    """Centre, sides and keypoints to the nearest pixel of the frame, halves away from zero; likewise percent.

    SSCMA-Micro, el_algorithm_yolo_pose.cpp (ff48a1c), postprocess(). That the conversion to numbers without sign holds
    negative ones at 0 is so on the Cortex-M (inference), and not known of the Xtensa.
    """
    extent = numpy.array(frame, float)

    def nearest(values: Array) -> Array:
        return numpy.floor(values.clip(0, LARGEST_PRINTED) + 0.5)

    centre = nearest((found.boxes[:, :2] + found.boxes[:, 2:]) / 2 * extent)
    sides = nearest((found.boxes[:, 2:] - found.boxes[:, :2]) * extent)
    return _printed(centre - sides / 2, sides, found, nearest, nearest(found.keypoints[..., :2] * extent), extent)


def truncated_twice(found: Candidates, frame: tuple[int, int], size: int) -> Candidates:
    """Corner, sides and keypoints down to pixels of the model, held at its size, then down to pixels of the frame.

    Himax' cvapp_yolov8_pose.cpp (d3265e2), yolov8_pose_post_processing(), in single precision.
    """
    extent = numpy.array(frame, numpy.float32)
    side = numpy.float32(size)

    def down(values: Array) -> Array:
        in_model = numpy.floor((values * size).clip(0, size)).astype(numpy.float32)
        return numpy.asarray(numpy.floor(in_model / side * extent), float)

    corner, sides = down(found.boxes[:, :2]), down(found.boxes[:, 2:] - found.boxes[:, :2])
    return _printed(corner, sides, found, numpy.floor, down(found.keypoints[..., :2]), numpy.array(frame, float))


def truncated(found: Candidates, frame: tuple[int, int], size: int) -> Candidates:
    """Corner, sides and keypoints towards zero to pixels of the frame, held at its last one; scores as they are.

    Nuvoton's YOLOv8nPosePostProcessing.cpp and YOLOv8nODPostProcessing.cpp (ML_M55M1_SampleCode @b4fa393),
    RunPostProcessing(), in single precision. Sides are held at the last pixel's number, too.
    """
    extent = numpy.array(frame, numpy.float32)
    factor = extent / numpy.float32(size)

    def down(values: Array) -> Array:
        in_model = (values * size).astype(numpy.float32)
        return numpy.asarray(numpy.trunc(in_model * factor).clip(0, extent - 1), float) / frame

    corner, sides = down(found.boxes[:, :2]), down(found.boxes[:, 2:] - found.boxes[:, :2])
    return replace(
        found,
        boxes=numpy.concatenate([corner, corner + sides], 1),
        keypoints=numpy.concatenate([down(found.keypoints[..., :2]), found.keypoints[..., 2:]], -1),
    )


def down(found: Candidates, frame: tuple[int, int], size: int) -> Candidates:
    """Corner, sides and percent down, to pixels of the frame; what is below 0 at 0.

    Himax' cvapp_yolo11n_ob.cpp and cvapp_yolov8n_ob.cpp (d3265e2), which convert to uint32_t (that negative ones become
    0 is so on the Cortex-M: inference).
    """
    extent = numpy.array(frame, float)

    def whole(values: Array) -> Array:
        return numpy.asarray(numpy.floor(values.clip(0) * extent))

    corner, sides = whole(found.boxes[:, :2]), whole(found.boxes[:, 2:] - found.boxes[:, :2])
    return _printed(corner, sides, found, numpy.floor, found.keypoints[..., :2], extent)


def _centre_down(found: Candidates, frame: tuple[int, int], *, highest: float) -> Candidates:
    """Centre and sides down, to pixels of the frame, held between 0 and `highest`; scores as they are."""
    extent = numpy.array(frame, float)

    def whole(values: Array) -> Array:
        return numpy.asarray(numpy.floor((values.clip(0, highest) * extent).clip(0, LARGEST_PRINTED)))

    centre = whole((found.boxes[:, :2] + found.boxes[:, 2:]) / 2)
    sides = whole(found.boxes[:, 2:] - found.boxes[:, :2])
    boxes = numpy.concatenate([centre - sides / 2, centre + sides / 2], 1) / numpy.tile(extent, 2)
    return replace(found, boxes=boxes)


def down_first(found: Candidates, frame: tuple[int, int], size: int) -> Candidates:
    """Centre and sides down to pixels of the frame, and percent of a sigmoid with a rough exponential, down.

    SSCMA-Micro, el_algorithm_yolo_world.cpp (ff48a1c), postprocess(), before the suppression.
    """
    made = _centre_down(found, frame, highest=numpy.inf)
    return replace(made, scores=numpy.floor(rough_sigmoid(found.scores) * FULL_SCORE) / FULL_SCORE)


def clipped_first(found: Candidates, frame: tuple[int, int], size: int) -> Candidates:
    """Centre and sides held within the input, then down to pixels of the frame; percent to the nearest.

    SSCMA-Micro, el_algorithm_yolov8.cpp (ff48a1c and fb0c6ed), postprocess(), before the suppression.
    """
    made = _centre_down(found, frame, highest=1.0)
    return replace(made, scores=numpy.floor(found.scores * FULL_SCORE + 0.5) / FULL_SCORE)


def rough_sigmoid(scores: Array) -> Array:
    """Scores as 1 / (1 + e⁻ˣ) gives them → as it does with fast_exp() of el_algorithm_yolo_world.cpp (ff48a1c).

    That is Schraudolph's: the number's bits as a straight line of x, some percent wrong, and 0.978 for 0.
    """
    sure = scores.astype(numpy.float64).clip(1e-12, 1 - 1e-7)
    line = (numpy.float32(12102203.1608621) * numpy.log((1 - sure) / sure).astype(numpy.float32)).astype(numpy.float64)
    bits = (line + 1064986823.01029).astype(numpy.float32).clip(0, 2139095040).astype(numpy.uint32)
    return numpy.asarray(1 / (1 + bits.view(numpy.float32).astype(numpy.float64)))


def _printed(
    corner: Array, sides: Array, found: Candidates, whole: Callable[[Array], Array], points: Array, extent: Array
) -> Candidates:
    def percent(values: Array) -> Array:
        return whole(values.astype(numpy.float32) * numpy.float32(FULL_SCORE)).astype(float) / FULL_SCORE

    return Candidates(
        boxes=numpy.concatenate([corner, corner + sides], 1) / numpy.tile(extent, 2),
        scores=percent(found.scores),
        keypoints=numpy.concatenate([points / extent, percent(found.keypoints[..., 2:])], -1),
        classes=found.classes,
    )


ROUNDINGS: dict[str, Callable[[Candidates, tuple[int, int], int], Candidates]] = {
    "none": as_computed,
    "nearest": rounded,
    "down-twice": truncated_twice,
    "down-held": truncated,
    "down": down,
    "down-first": down_first,
    "clipped-first": clipped_first,
    "input-pixels": input_pixels,
}
BEFORE = frozenset({"down-first", "clipped-first", "input-pixels"})
"""What is rounded before the suppression, which then sees whole pixels and whole percent."""
AGAIN: dict[str, Callable[[Candidates, tuple[int, int], int], Candidates]] = {"input-pixels": frame_pixels}
"""What is rounded after it, too."""
