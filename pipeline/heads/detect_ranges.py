"""How much an error of each output of detection moves what is decoded, for the search of activation ranges; see
pose_ranges.py. Needs numpy alone.

As there, scores are left out of the raw heads: their ranges are what they are.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy

from pipeline.heads.detect import BOX_CHANNELS, BOX_VALUES, STRIDES
from pipeline.heads.pose_ranges import HeadWeights, box_weights
from pipeline.shared.activations import sigmoid

SCORE_WEIGHT = 0.1
"""Of a score's logit against a bin of its box, where both share a range: an error moves a box, and a score's rank."""


def certainty_of(scores: numpy.ndarray) -> numpy.ndarray:
    """How sure an anchor is of anything: (N, C) logits → (N, 1)."""
    return numpy.asarray(sigmoid(scores.max(-1, keepdims=True)))


def raw_head_weights(outputs: Mapping[str, numpy.ndarray], image_size: int) -> dict[str, numpy.ndarray]:
    """For the boxes of the raw head (detect_torch.RawHead)."""
    return {
        f"box_s{stride}": box_weights(
            outputs[f"box_s{stride}"][0], certainty_of(outputs[f"score_s{stride}"][0]), stride
        )
        for stride in STRIDES
    }


def levels_head_weights(outputs: Mapping[str, numpy.ndarray], image_size: int) -> dict[str, numpy.ndarray]:
    """For boxes and scores in one output each (detect_torch.LevelsHead)."""
    found = {}
    for stride in STRIDES:
        values = outputs[f"level_s{stride}"][0]
        table = values.reshape(-1, values.shape[-1])
        certainty = certainty_of(table[:, BOX_CHANNELS:])
        boxes = box_weights(table[:, :BOX_CHANNELS], certainty, stride).reshape(len(table), -1)
        scores = numpy.broadcast_to(SCORE_WEIGHT * certainty * stride**2, (len(table), table.shape[1] - BOX_CHANNELS))
        found[f"level_s{stride}"] = numpy.concatenate([boxes, scores], 1)
    return found


def decoded_head_weights(outputs: Mapping[str, numpy.ndarray], image_size: int) -> dict[str, numpy.ndarray]:
    """For the one output of the decoded head (detect_torch.DecodedHead)."""
    (name,) = outputs
    values = outputs[name][0]
    return {name: numpy.broadcast_to(values[BOX_VALUES:].max(0), values.shape).clip(0, 1).copy()}


def split_head_weights(outputs: Mapping[str, numpy.ndarray], image_size: int) -> dict[str, numpy.ndarray]:
    """For the boxes of the split head (detect_torch.SplitHead): scores are in 0–1 whatever they are."""
    certainty = outputs["scores"][0].max(-1)
    return {"boxes": numpy.broadcast_to(certainty, outputs["boxes"][0].shape).clip(0, 1).copy()}


HEAD_WEIGHTS: dict[str, HeadWeights] = {
    "raw": raw_head_weights,
    "decoded": decoded_head_weights,
    "levels": levels_head_weights,
    "split": split_head_weights,
}
