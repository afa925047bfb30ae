"""Suppressions that do not remove one box after the other as suppression.py does; used by it. Needs numpy alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy

from pipeline.shared.candidates import Array, Candidates

Overlap = Callable[[Array, Array], Array]


def fading(found: Candidates, overlap: Overlap, *, sigma: float, least: float) -> Candidates:
    """Who overlaps with a better one loses score instead of going; best first, with the scores that are left.

    A score is multiplied by exp(−IoU² / `sigma`) for every better box, of whatever class, and who falls below `least`
    goes. Of equal scores the earlier row is the better one. OpenMV's NMS, get_bounding_boxes() of scripts/libraries/ml/
    ml-core/ml/utils.py (openmv @cbbb877).
    """
    scores = found.scores.astype(numpy.float64).copy()
    waiting = numpy.argsort(-scores, kind="stable")
    kept: list[int] = []
    while len(waiting):
        best = int(waiting[numpy.argmax(scores[waiting])])
        kept.append(best)
        waiting = waiting[waiting != best]
        shared = overlap(found.boxes[best], found.boxes[waiting])
        scores[waiting] *= numpy.exp(-shared * shared / sigma)
        waiting = waiting[scores[waiting] >= least]
    return replace(found, scores=scores).of(kept)


def every_class(found: Candidates, removes: Overlap) -> Candidates:
    """A suppression for each class among all boxes, who are always in the order of their scores for the first class.

    A box shows its best class, of equal ones the first, and takes part in the others, too: there it removes who stands
    behind it, also with a higher score for that class, and being removed is not seen. Who is left are the boxes that
    nobody removed in their own class. Of equal scores the earlier row goes first, and who was removed in the first
    class goes last from then on.

    Nuvoton's CalculateNMS and RunPostProcessing (ML_M55M1_SampleCode @b4fa393, ObjectDetection_YOLOv8n/
    YOLOv8nODPostProcessing.cpp), whose comparison keeps the number of the class that it had when it was made, 0.
    """
    assert found.class_scores is not None
    first = found.class_scores[:, 0].copy()
    order = numpy.argsort(-first, kind="stable")
    alive = numpy.ones(found.class_scores.shape, bool)
    for number in range(found.class_scores.shape[1]):
        waiting = order[found.class_scores[order, number] > 0]
        while len(waiting):
            row, waiting = waiting[0], waiting[1:]
            gone = removes(found.boxes[row], found.boxes[waiting])
            alive[waiting[gone], number] = False
            waiting = waiting[~gone]
        if number == 0 and found.class_scores.shape[1] > 1:
            first[~alive[:, 0]] = 0
            order = order[numpy.argsort(-first[order], kind="stable")]
    classes = found.class_scores.argmax(1)
    own = alive[numpy.arange(len(classes)), classes]
    return replace(found, classes=classes).of(order[own[order]])


def input_pixels(found: Candidates, frame: tuple[int, int], size: int) -> Candidates:
    """Corner and sides cut off to whole pixels of the input, within it; before the suppression.

    A side is that of the box before its corners are cut off. OpenMV's NMS, add_bounding_box() (the same file).
    """
    held = (found.boxes * size).clip(0.0, size)
    corner, sides = numpy.trunc(held[:, :2]), numpy.trunc(held[:, 2:] - held[:, :2])
    return replace(found, boxes=numpy.concatenate([corner, corner + sides], 1) / size)


def frame_pixels(found: Candidates, frame: tuple[int, int], size: int) -> Candidates:
    """Corner and sides once more, cut off to whole pixels of the frame; who has no sides is not there.

    OpenMV's NMS leaves those out before; they overlap with nobody.
    """
    extent, factor = numpy.array(frame, float), numpy.array(frame, float) / size
    in_input = numpy.rint(numpy.concatenate([found.boxes[:, :2], found.boxes[:, 2:] - found.boxes[:, :2]], 1) * size)
    rows = numpy.flatnonzero((in_input[:, 2:] > 0).all(axis=1))
    whole = numpy.trunc(in_input[rows] * numpy.tile(factor, 2)) / numpy.tile(extent, 2)
    boxes = numpy.concatenate([whole[:, :2], whole[:, :2] + whole[:, 2:]], 1)
    return replace(found.of(rows), boxes=boxes)
