"""Intersection over union of boxes, as each firmware computes it; used by suppression.py."""

from __future__ import annotations

import numpy

from pipeline.shared.candidates import Array

PERCENT = 100

# Of one box (4,) with others (N, 4), as x1, y1, x2, y2 → (N,).


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

    return numpy.asarray(numpy.floor(iou(moved(box), moved(others)) * PERCENT + 0.5) / PERCENT)


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
