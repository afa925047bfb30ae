"""What the head makes of its feature maps, in TensorFlow: the part of a network that onnx2tf does not convert.

onnx2tf guesses from lengths which axis holds the channels, and takes another one where lengths coincide (its issues 454
and 550): 3K values of K keypoints and a side of the grid, for example. Convolutions leave it no choice, the reshaping
of a head does. So it converts up to the last convolutions, and these functions do what RawHead and DecodedHead of
pipeline/heads/pose_torch.py do in PyTorch, whose results the convert stage compares with.

A feature map is (1, n, n, C) at n = S/stride: `box_s8` (C = 64), `score_s8` (1), `keypoints_s8` (3K), and so on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy
import tensorflow

from pipeline.heads.pose import KEYPOINT_VALUES, MAPS, STRIDES
from pipeline.heads.tensorflow_parts import Maps, corners, decoded_boxes, rows


def raw_head(maps: Maps) -> dict[str, Any]:
    """Boxes (1, n², 64) and scores (1, n², 1) by stride; keypoints (1, Σn², 3K)."""
    flat = {name: rows(feature) for name, feature in maps.items()}
    keypoints = tensorflow.concat([flat.pop(f"keypoints_s{stride}") for stride in STRIDES], 1)
    return {**flat, "keypoints": keypoints}


def _level(maps: Maps, stride: int) -> Any:
    """The decoded rows of one stride, (1, n², 5 + 3K), in parts of the picture's side."""
    side = maps[f"box_s{stride}"].shape[1]
    unit = 1 / side
    values = maps[f"keypoints_s{stride}"].shape[3]
    keypoints = values // KEYPOINT_VALUES
    corner = corners(side)
    centre, before, after = decoded_boxes(maps[f"box_s{stride}"])
    score = tensorflow.sigmoid(rows(maps[f"score_s{stride}"]))
    raw = tensorflow.reshape(maps[f"keypoints_s{stride}"], (1, side * side, keypoints, KEYPOINT_VALUES))
    places = tensorflow.reshape(raw[..., :2], (1, side * side, 2 * keypoints)) * numpy.float32(2 * unit)
    places = tensorflow.reshape(places + numpy.tile(corner, (1, 1, keypoints)), (1, side * side, keypoints, 2))
    decoded = tensorflow.concat([places, tensorflow.sigmoid(raw[..., 2:])], 3)
    decoded = tensorflow.reshape(decoded, (1, side * side, values))
    return tensorflow.concat([centre, before + after, score, decoded], 2)


def decoded_head(maps: Maps) -> dict[str, Any]:
    """`detections` (1, 5 + 3K, F): rows cx, cy, w, h, score, then K × (x, y, visibility), coordinates in 0–1."""
    decoded = tensorflow.concat([_level(maps, stride) for stride in STRIDES], 1)
    return {"detections": tensorflow.transpose(decoded, (0, 2, 1))}


HEADS: dict[str, Callable[[Maps], dict[str, Any]]] = {"raw": raw_head, "decoded": decoded_head}


def on_maps(head: str, results: Sequence[Any]) -> dict[str, Any]:
    """The outputs of `head` by their names, from feature maps in the order of MAPS."""
    return HEADS[head](dict(zip(MAPS, results, strict=True)))
