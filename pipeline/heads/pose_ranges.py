"""How much an error of each output of pose moves what is decoded, for the search of activation ranges; numpy alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy

from pipeline.heads.pose import BOX_ROWS, KEYPOINT_VALUES, SCORE_ROW, STRIDES
from pipeline.shared.activations import sigmoid

VISIBILITY_WEIGHT = 0.01
"""Of a keypoint's visibility against its coordinates: nothing is placed by it."""

HeadWeights = Callable[[Mapping[str, numpy.ndarray], int], dict[str, numpy.ndarray]]


def box_weights(logits: numpy.ndarray, certainty: numpy.ndarray, stride: int) -> numpy.ndarray:
    """For the bins (N, 64) of a grid's boxes, whose anchors are so sure (N, 1): (N, 4, 16)."""
    boxes = logits.reshape(len(certainty), 4, -1)
    shares = numpy.exp(boxes - boxes.max(-1, keepdims=True))
    shares /= shares.sum(-1, keepdims=True)
    bins = numpy.arange(shares.shape[-1])
    slope = shares * (bins - (shares @ bins)[..., None])  # of the expectation
    return numpy.asarray((certainty * stride**2)[..., None] * slope**2)


def raw_head_weights(outputs: Mapping[str, numpy.ndarray], image_size: int) -> dict[str, numpy.ndarray]:
    """How much an error of each value moves what is decoded, squared, where a person may be; by output.

    `outputs` are those of the raw head (pose_torch.RawHead) for one picture of `image_size` pixels.
    """
    found, anchors = {}, []
    for stride in STRIDES:
        certainty = sigmoid(outputs[f"score_s{stride}"][0])  # (N, 1)
        found[f"box_s{stride}"] = box_weights(outputs[f"box_s{stride}"][0], certainty, stride)
        anchors.append(certainty * (2 * stride) ** 2)
    weight = numpy.concatenate(anchors)  # (N, 1)
    keypoints = numpy.broadcast_to(weight, outputs["keypoints"].shape[1:]).copy()
    keypoints[:, 2::KEYPOINT_VALUES] *= VISIBILITY_WEIGHT
    found["keypoints"] = keypoints
    return found


def decoded_head_weights(outputs: Mapping[str, numpy.ndarray], image_size: int) -> dict[str, numpy.ndarray]:
    """As raw_head_weights, for the one output of the decoded head (pose_torch.DecodedHead)."""
    (name,) = outputs
    values = outputs[name][0]
    weights = numpy.broadcast_to(values[SCORE_ROW], values.shape).clip(0, 1).copy()
    weights[BOX_ROWS + 2 :: KEYPOINT_VALUES] *= VISIBILITY_WEIGHT
    return {name: weights}


HEAD_WEIGHTS: dict[str, HeadWeights] = {"raw": raw_head_weights, "decoded": decoded_head_weights}
