"""Output tensors of detection → boxes, as the device's firmware decodes them; see decoders.py. Needs numpy alone.

An anchor shows one class, its best one, as in all firmwares; which of equal scores that is differs between them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy

from pipeline.heads.detect import BINS, BOX_CHANNELS, BOX_VALUES, STRIDES
from pipeline.heads.pose_decode import sigmoid
from pipeline.shared.candidates import Array, Candidates

NO_KEYPOINTS = (0, 3)


def boxes_of(bins: Array, side: int) -> Array:
    """A grid's boxes (n², 64) as x1, y1, x2, y2 (n², 4), in parts of the image's side: the expectation over 16 bins."""
    values = bins.reshape(-1, 4, BINS).astype(numpy.float64)
    weights = numpy.exp(values - values.max(-1, keepdims=True))
    distance = (weights / weights.sum(-1, keepdims=True)) @ numpy.arange(BINS)
    across, down = numpy.divmod(numpy.arange(side * side), side)[::-1]
    centre = numpy.stack([across, down], 1) + 0.5
    return numpy.asarray(numpy.concatenate([centre - distance[:, :2], centre + distance[:, 2:]], 1) / side)


def candidates(boxes: Array, classes: Array, scores: Array) -> Candidates:
    """Boxes (F, 4), the best class of each (F,), and its score (F,)."""
    keypoints = numpy.zeros((len(boxes), *NO_KEYPOINTS))
    return Candidates(boxes=boxes, scores=scores, keypoints=keypoints, classes=classes)


def best(scores: Array, *, last: bool = False) -> tuple[Array, Array]:
    """The best of (F, C) scores and its class; of equal ones the first, or the `last`."""
    classes = scores.argmax(1) if not last else scores.shape[1] - 1 - scores[:, ::-1].argmax(1)
    return classes, scores[numpy.arange(len(scores)), classes]


def decode_raw(outputs: Sequence[Array], image_size: int) -> Candidates:
    """The six outputs of the raw head, picked by shape: SSCMA-Micro 1.0.x, el_algorithm_yolo_world.cpp.

    Of classes with equal scores the last one counts.
    """
    of_boxes = {len(output): output for output in outputs if output.shape[1] == BOX_CHANNELS}
    of_scores = {len(output): output for output in outputs if output.shape[1] != BOX_CHANNELS}
    boxes, classes, scores = [], [], []
    for side in (image_size // stride for stride in STRIDES):
        boxes.append(boxes_of(of_boxes[side * side], side))
        scores.append(sigmoid(of_scores[side * side]))
        classes.append(best(of_scores[side * side], last=True)[0])
    shown, all_scores = numpy.concatenate(classes), numpy.concatenate(scores)
    found = candidates(numpy.concatenate(boxes), shown, all_scores[numpy.arange(len(shown)), shown])
    return replace(found, class_scores=all_scores)


def decode_levels(outputs: Sequence[Array], image_size: int) -> Candidates:
    """The three outputs (n, n, 64 + C) of Himax' tflm_yolo11_od, by their side: cvapp_yolo11n_ob.cpp (d3265e2)."""
    by_side = {len(output): output for output in outputs}
    boxes, classes, scores = [], [], []
    for side in (image_size // stride for stride in STRIDES):
        rows = by_side[side].reshape(side * side, -1)
        boxes.append(boxes_of(rows[:, :BOX_CHANNELS], side))
        chosen, logits = best(rows[:, BOX_CHANNELS:])
        classes.append(chosen)
        scores.append(sigmoid(logits))
    return candidates(numpy.concatenate(boxes), numpy.concatenate(classes), numpy.concatenate(scores))


def decode_split(outputs: Sequence[Array], image_size: int) -> Candidates:
    """Boxes (4, F) as cx, cy, w, h in 0–1 and scores (F, C): Himax' cvapp_yolov8n_ob.cpp (d3265e2)."""
    rows, found = (output.astype(numpy.float64) for output in outputs)
    classes, scores = best(found)
    centre, half = rows[:2].T, rows[2:4].T / 2
    return candidates(numpy.concatenate([centre - half, centre + half], 1), classes, scores)


def decode_decoded(outputs: Sequence[Array], image_size: int) -> Candidates:
    """The one output (4 + C, F) of the decoded head: cx, cy, w, h in 0–1, then the scores of all classes."""
    (output,) = outputs
    return decode_split((output[:BOX_VALUES], output[BOX_VALUES:].T), image_size)


DECODERS = {"raw": decode_raw, "decoded": decode_decoded, "levels": decode_levels, "split": decode_split}
