"""Output tensors of pose → people, as the device's firmware decodes them; see decoders.py. Needs numpy alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy

from pipeline.heads.pose import BINS, BOX_CHANNELS, BOX_ROWS, KEYPOINT_VALUES, SCORE_ROW, STRIDES
from pipeline.shared.candidates import Array, Candidates


def sigmoid(values: Array) -> Array:
    """1 / (1 + e⁻ˣ) in single precision, as the firmwares compute it: which scores are equal decides who is kept."""
    with numpy.errstate(over="ignore"):  # e⁻ˣ may be infinite, which is right
        # The exponential itself in double precision: numpy's shorter one is not the same on every processor.
        exponential = numpy.exp(-values.astype(numpy.float64)).astype(numpy.float32)
    return numpy.asarray(1 / (1 + exponential))


def decode_raw(outputs: Sequence[Array], image_size: int) -> Candidates:
    """The seven outputs of the raw head, picked by shape: SSCMA-Micro 1.0.x, el_algorithm_yolo_pose.cpp.

    Boxes are the expectation over 16 bins around the cell's centre; a keypoint is (2 · raw + cell) · stride.
    """
    by_shape = {output.shape: output for output in outputs}
    sides = [image_size // stride for stride in STRIDES]
    anchors = sum(side * side for side in sides)
    (raw,) = (output for output in outputs if output.shape[0] == anchors and output.shape[1] % KEYPOINT_VALUES == 0)
    boxes, scores, corners, units = [], [], [], []
    for stride, side in zip(STRIDES, sides, strict=True):
        bins = by_shape[side * side, BOX_CHANNELS].reshape(-1, 4, BINS).astype(numpy.float64)
        weights = numpy.exp(bins - bins.max(-1, keepdims=True))
        distance = (weights / weights.sum(-1, keepdims=True)) @ numpy.arange(BINS)
        rows, columns = numpy.divmod(numpy.arange(side * side), side)
        corner = numpy.stack([columns, rows], 1).astype(numpy.float64)
        unit = stride / image_size
        centre = corner + 0.5
        boxes.append(numpy.concatenate([centre - distance[:, :2], centre + distance[:, 2:]], 1) * unit)
        scores.append(sigmoid(by_shape[side * side, 1][:, 0]))
        corners.append(corner)
        units.append(numpy.full(side * side, unit))
    keypoints = raw.reshape(anchors, -1, KEYPOINT_VALUES).astype(numpy.float64)
    scale = numpy.concatenate(units)[:, None, None]
    points = (2 * keypoints[..., :2] + numpy.concatenate(corners)[:, None]) * scale
    visibility = sigmoid(keypoints[..., 2:])
    return Candidates(
        boxes=numpy.concatenate(boxes),
        scores=numpy.concatenate(scores),
        keypoints=numpy.concatenate([points, visibility], -1),
    )


def decode_decoded(outputs: Sequence[Array], image_size: int) -> Candidates:
    """The one output (5 + 3K, F) of the decoded head: cx, cy, w, h, score, then K × (x, y, visibility), in 0–1."""
    (output,) = outputs
    rows = output.astype(numpy.float64)
    centre, side = rows[:2].T, rows[2:4].T
    return Candidates(
        boxes=numpy.concatenate([centre - side / 2, centre + side / 2], 1),
        scores=rows[SCORE_ROW],
        keypoints=rows[BOX_ROWS:].T.reshape(rows.shape[1], -1, KEYPOINT_VALUES),
    )


DECODERS = {"raw": decode_raw, "decoded": decode_decoded}
