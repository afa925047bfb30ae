"""Non-maximum suppression and what is printed of its result, as each firmware does it; used by detect.py.

How a firmware does it is data of its target (targets/NAME/target.toml, [nms]); here are the rules that the data names.
Needs numpy alone.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy

from pipeline.shared.candidates import Array, Candidates
from pipeline.shared.other_suppressions import every_class, fading, frame_pixels, input_pixels
from pipeline.shared.std_sort import sorted_by_score

COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {">": operator.gt, ">=": operator.ge}
LARGEST_PRINTED = 65535
"""Coordinates are printed from 16 bits without sign; what lies outside is held at their ends."""
PLAIN = {"score_comparison": ">", "iou_comparison": ">", "iou_formula": "exact", "ties": "earlier"}
"""The rules of a suppression that is no firmware's; of boxes of several classes each class has its own."""
ONE_BY_ONE = "one-by-one"
FULL_SCORE = 100
"""Scores are printed in percent."""


# Intersection over union of one box (4,) with others (N, 4), as x1, y1, x2, y2 → (N,).


def iou(box: Array, others: Array) -> Array:
    """As it is defined; 0 where there is no union.

    SSCMA-Micro's el_algorithm_yolo_pose.cpp (ff48a1c), ST's vision_models_pp.c for the STM32N6 (0365ebf).
    """
    sides = numpy.minimum(box[2:], others[:, 2:]) - numpy.maximum(box[:2], others[:, :2])
    return _over_union(numpy.prod(sides.clip(0), axis=1), box, others)


def iou_corner_as_centre(box: Array, others: Array) -> Array:
    """The boxes' top left corners are taken for their centres: boxes of different size overlap less, or more.

    Nuvoton's YOLOv8nPosePostProcessing.cpp (b4fa393, CalculateBoxIOU on the corners that CalBoxXYWH writes) and Himax'
    tflm_yolov8_pose (d3265e2): cvapp_yolov8_pose.cpp hands corners to box_iou of yolo_postprocessing.cc, which
    expects centres.
    """

    def moved(boxes: Array) -> Array:
        half = (boxes[..., 2:] - boxes[..., :2]) / 2
        return numpy.concatenate([boxes[..., :2] - half, boxes[..., :2] + half], -1)

    return iou(moved(box), moved(others))


def iou_unclamped(box: Array, others: Array) -> Array:
    """Sides of the intersection may be negative, and two negative ones make an area.

    So people who lie apart both across and down can suppress each other. ST's application for the STM32MP2 (46924c0),
    yolov8n_pose_pp.py, intersection().
    """
    sides = numpy.minimum(box[2:], others[:, 2:]) - numpy.maximum(box[:2], others[:, :2])
    return _over_union(numpy.prod(sides, axis=1), box, others)


def iou_centre_as_corner(box: Array, others: Array) -> Array:
    """The boxes' centres are taken for their top left corners, and the result is in whole percent, of whole pixels.

    SSCMA-Micro ff48a1c, compute_iou() of core/utils/el_nms.cpp, which is given centres by its YOLO decoders.
    """

    def moved(boxes: Array) -> Array:
        sides = boxes[..., 2:] - boxes[..., :2]
        corner = (boxes[..., :2] + boxes[..., 2:]) / 2
        return numpy.concatenate([corner, corner + sides], -1)

    return numpy.asarray(numpy.floor(iou(moved(box), moved(others)) * FULL_SCORE + 0.5) / FULL_SCORE)


def _over_union(shared: Array, box: Array, others: Array) -> Array:
    areas = numpy.prod(others[:, 2:] - others[:, :2], axis=1)
    union = numpy.prod(box[2:] - box[:2]) + areas - shared
    return numpy.asarray(numpy.divide(shared, union, out=numpy.zeros_like(shared), where=union != 0))


IOUS = {
    "exact": iou,
    "corner-as-centre": iou_corner_as_centre,
    "unclamped": iou_unclamped,
    "centre-as-corner": iou_centre_as_corner,
}


def suppress(found: Candidates, nms: dict[str, Any]) -> Candidates:
    """Greedy non-maximum suppression; who is left, best first.

    `nms`: `score` and `score_comparison` say who takes part ("score COMPARISON threshold"), `iou` and `iou_comparison`
    who is removed beside a better one, by `iou_formula` (a key of IOUS). Of equal scores the `ties` ("earlier" or
    "later") anchor is the better one, or the one that std::sort puts first ("std-sort"). At most `maximum` are left
    (null: any number). With `by_class` a box removes those of its own class alone, and `maximum` is of each class.
    """
    return _suppressed(found, numpy.flatnonzero(COMPARISONS[nms["score_comparison"]](found.scores, nms["score"])), nms)


def _suppressed(found: Candidates, taking_part: Array, nms: dict[str, Any]) -> Candidates:
    """The same among the rows that take part, in the way that `suppression` says, if it does."""
    if nms.get("suppression", ONE_BY_ONE) != ONE_BY_ONE:
        return _otherwise(found.of(taking_part[:: -1 if nms["ties"] == "later" else 1]), nms)
    classes = found.classes if nms.get("by_class", False) else None
    groups = numpy.zeros(len(found.scores), int) if classes is None else classes
    if nms["ties"] == "std-sort":
        waiting = taking_part[sorted_by_score(found.scores[taking_part].tolist())]
    else:
        if nms["ties"] == "later":
            taking_part = taking_part[::-1]
        waiting = taking_part[numpy.argsort(-found.scores[taking_part], kind="stable")]
    removes, overlap = COMPARISONS[nms["iou_comparison"]], IOUS[nms["iou_formula"]]
    most = len(waiting) if nms["maximum"] is None else nms["maximum"]
    kept: list[int] = []
    left = dict.fromkeys(numpy.unique(groups[waiting]).tolist(), most)
    while len(waiting) and any(left.values()):
        best, waiting = int(waiting[0]), waiting[1:]
        group = int(groups[best])
        if not left[group]:
            continue
        left[group] -= 1
        kept.append(best)
        removed = removes(overlap(found.boxes[best], found.boxes[waiting]), nms["iou"])
        waiting = waiting[~(removed & (groups[waiting] == group))]
    return found.of(kept)


def _otherwise(found: Candidates, nms: dict[str, Any]) -> Candidates:
    """Not one after the other (other_suppressions.py): "every-class", or "fading" with its `sigma` and `least`.

    Where scores below the firmware's take part, as a precision-recall curve wants it, they are not below `least`.
    """
    removes, overlap = COMPARISONS[nms["iou_comparison"]], IOUS[nms["iou_formula"]]
    if nms["suppression"] == "fading":
        left = fading(found, overlap, sigma=nms["sigma"], least=min(nms["least"], nms["score"]))
    else:
        left = every_class(found, lambda box, others: removes(overlap(box, others), nms["iou"]))
    if nms["maximum"] is None:
        return left
    return left.of(numpy.argsort(-left.scores, kind="stable")[: nms["maximum"]])


# What is printed: (candidates, the frame's (width, height), the model's input in pixels) → the same in whole pixels of
# the frame and whole percent, again as parts.


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


def ranked(found: Candidates, nms: dict[str, Any], frame: tuple[int, int], size: int) -> Candidates:
    """Who is left, with boxes as they are printed, but with all decimals of the scores, best first."""
    if nms["rounding"] in BEFORE:
        left = suppress(replace(ROUNDINGS[nms["rounding"]](found, frame, size), scores=found.scores), nms)
        return AGAIN.get(nms["rounding"], as_computed)(left, frame, size)
    kept = suppress(found, nms)
    return replace(ROUNDINGS[nms["rounding"]](kept, frame, size), scores=kept.scores)


def shown(found: Candidates, nms: dict[str, Any], frame: tuple[int, int], size: int) -> Candidates:
    """What the firmware prints of all candidates, in its order.

    `nms` as for suppress, and: `rounding` (a key of ROUNDINGS), and `order` ("descending" or "ascending" score, or
    "by-x", from the left, of equal ones the better first, or "as-left" by the suppression).
    """
    make = ROUNDINGS[nms["rounding"]]
    if nms["rounding"] in BEFORE:
        taking_part = numpy.flatnonzero(COMPARISONS[nms["score_comparison"]](found.scores, nms["score"]))
        printed = _suppressed(make(found, frame, size), taking_part, nms)
        printed = AGAIN.get(nms["rounding"], as_computed)(printed, frame, size)
    else:
        printed = make(suppress(found, nms), frame, size)
    if nms["order"] == "by-x":
        return printed.of(numpy.argsort(printed.boxes[:, 0] + printed.boxes[:, 2], kind="stable"))
    return printed.of(list(range(len(printed.scores)))[:: -1 if nms["order"] == "ascending" else 1])
