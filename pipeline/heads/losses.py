"""What errors of a head's tensors cost, in PyTorch, by task: what pipeline/rounding goes by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.heads import detect_loss, pose_loss


@dataclass(frozen=True, kw_only=True)
class HeadLoss:
    """`levels(tensors, image_size)` are the head's tensors by grid, and raise ValueError for those of another head.

    `decode(levels)` is what they stand for, `importance(decoded, sigmas)` how much of it counts, and
    `random_projection(decoded, importance, generator)` the sum whose squared gradient is what errors cost. `anchors`
    has, `of(levels, importance)`, what counts in a batch: `sure`, and the `range` of keypoints that costs least.
    """

    levels: Callable[..., Any]
    decode: Callable[..., Any]
    importance: Callable[..., Any]
    random_projection: Callable[..., Any]
    anchors: Any


LOSSES: Mapping[str, HeadLoss] = {
    "pose": HeadLoss(
        levels=pose_loss.levels,
        decode=pose_loss.decode,
        importance=pose_loss.Importance.of,
        random_projection=pose_loss.random_projection,
        anchors=pose_loss.Anchors,
    ),
    "detect": HeadLoss(
        levels=detect_loss.levels,
        decode=detect_loss.decode,
        importance=detect_loss.Importance.of,
        random_projection=detect_loss.random_projection,
        anchors=detect_loss.Anchors,
    ),
}
