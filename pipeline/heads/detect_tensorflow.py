"""What the heads of detection make of their feature maps, in TensorFlow; see pose_tensorflow.py.

A feature map is (1, n, n, channels) at n = S/stride: `box_s8` (64 channels), `score_s8` (C), and so on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import tensorflow

from pipeline.heads.detect import MAPS, STRIDES
from pipeline.heads.tensorflow_parts import Maps, decoded_boxes, rows


def raw_head(maps: Maps) -> dict[str, Any]:
    """Boxes (1, n², 64) and scores (1, n², C) by stride."""
    return {name: rows(feature) for name, feature in maps.items()}


def levels_head(maps: Maps) -> dict[str, Any]:
    """Feature maps (1, n, n, 64 + C) by stride."""
    return {
        f"level_s{stride}": tensorflow.concat([maps[f"box_s{stride}"], maps[f"score_s{stride}"]], 3)
        for stride in STRIDES
    }


def _decoded(maps: Maps) -> tuple[Any, Any]:
    """Boxes (1, F, 4) in parts of the image's side, and scores (1, F, C)."""
    levels = (decoded_boxes(maps[f"box_s{stride}"]) for stride in STRIDES)
    boxes = [tensorflow.concat([centre, before + after], 2) for centre, before, after in levels]
    scores = [tensorflow.sigmoid(rows(maps[f"score_s{stride}"])) for stride in STRIDES]
    return tensorflow.concat(boxes, 1), tensorflow.concat(scores, 1)


def split_head(maps: Maps) -> dict[str, Any]:
    """`boxes` (1, 4, F): rows cx, cy, w, h in 0–1; `scores` (1, F, C)."""
    boxes, scores = _decoded(maps)
    return {"boxes": tensorflow.transpose(boxes, (0, 2, 1)), "scores": scores}


def decoded_head(maps: Maps) -> dict[str, Any]:
    """`detections` (1, 4 + C, F): rows cx, cy, w, h in 0–1, then C scores."""
    return {"detections": tensorflow.transpose(tensorflow.concat(_decoded(maps), 2), (0, 2, 1))}


HEADS: Mapping[str, Callable[[Maps], dict[str, Any]]] = {
    "raw": raw_head,
    "decoded": decoded_head,
    "levels": levels_head,
    "split": split_head,
}


def on_maps(head: str, results: Sequence[Any]) -> dict[str, Any]:
    """The outputs of `head` by their names, from feature maps in the order of MAPS."""
    return HEADS[head](dict(zip(MAPS, results, strict=True)))
