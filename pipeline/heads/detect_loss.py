"""What a detection head's tensors mean, and what an error there costs: scores of all classes, and boxes; see losses.py.

As pose_loss.py has it, of the same weights: every anchor counts as much as the float network is sure of anything there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from pipeline.heads.detect import BOX_CHANNELS
from pipeline.heads.pose_loss import (
    BOX_WEIGHT,
    SCORE_WEIGHT,
    SIDES_OF_A_BOX,
    SMALLEST_AREA,
    decoded_boxes,
    signed,
)
from pipeline.heads.roots import square_root

PARTS = 2


@dataclass(frozen=True, kw_only=True)
class Level:
    """The head's tensors of one grid: `box` (N, 64, H, W), `score` (N, C, H, W)."""

    stride: int
    box: torch.Tensor
    score: torch.Tensor


@dataclass(frozen=True, kw_only=True)
class Decoded:
    """For all anchors: boxes (N, A, 4) as corners in pixels, and score logits (N, A, C)."""

    boxes: torch.Tensor
    logits: torch.Tensor


def levels(tensors: Sequence[torch.Tensor], image_size: int) -> list[Level]:
    """What the head's convolutions give, by grid, from the finest: 64 channels are a box, others the scores.

    Raises ValueError where they are none of a detection head, or cannot be told apart.
    """
    by_side: dict[int, list[torch.Tensor]] = {}
    for found in tensors:
        by_side.setdefault(found.shape[2], []).append(found)
    made = []
    for side, parts in sorted(by_side.items(), reverse=True):
        boxes = [part for part in parts if part.shape[1] == BOX_CHANNELS]
        scores = [part for part in parts if part.shape[1] != BOX_CHANNELS]
        if len(parts) == PARTS and len(boxes) == PARTS:
            raise ValueError(f"of {BOX_CHANNELS} classes its scores cannot be told from its boxes")
        if len(parts) != PARTS or len(boxes) != 1:
            raise ValueError("the head is none of a detection network")
        made.append(Level(stride=image_size // side, box=boxes[0], score=scores[0]))
    if len({level.score.shape[1] for level in made}) != 1:
        raise ValueError("the head is none of a detection network")
    return made


def decode(parts: Sequence[Level]) -> Decoded:
    """As the firmwares decode (detect_decode.py), and so that gradients flow."""
    return Decoded(
        boxes=torch.cat([decoded_boxes(level.box, level.stride) for level in parts], 1),
        logits=torch.cat([level.score.flatten(2).transpose(1, 2) for level in parts], 1),
    )


@dataclass(frozen=True, kw_only=True)
class Importance:
    """How much what the float network finds counts: `sure` (N, A), each class as a probability `certain` (N, A, C), and
    the boxes' `area` (N, A).
    """

    sure: torch.Tensor
    certain: torch.Tensor
    area: torch.Tensor

    @classmethod
    def of(cls, wanted: Decoded, sigmas: Sequence[float]) -> Importance:
        """By what the float network gives; there are no keypoints that `sigmas` could be of."""
        certain = wanted.logits.sigmoid()
        sides = wanted.boxes[..., 2:] - wanted.boxes[..., :2]
        return cls(sure=certain.amax(-1), certain=certain, area=sides.prod(-1).clamp(min=SMALLEST_AREA))


def random_projection(found: Decoded, importance: Importance, generator: torch.Generator) -> torch.Tensor:
    """A sum whose squared gradient is, on average over signs, the curvature of the loss; see pose_loss.py."""
    certain = importance.certain
    score = square_root(SCORE_WEIGHT * certain * (1 - certain) / 2)
    box = square_root(BOX_WEIGHT * importance.sure / importance.area / SIDES_OF_A_BOX)
    return signed(score, found.logits, generator) + signed(box[..., None], found.boxes, generator)


@dataclass(frozen=True, kw_only=True)
class Anchors:
    """How `sure` (M,) the float network is of each anchor."""

    sure: torch.Tensor

    @classmethod
    def of(cls, parts: Sequence[Level], importance: Importance) -> Anchors:
        """Of the float network's tensors."""
        return cls(sure=importance.sure.flatten().double())

    @classmethod
    def together(cls, parts: Sequence[Anchors]) -> Anchors:
        """All of several batches."""
        return cls(sure=torch.cat([part.sure for part in parts]))

    def range(self, scale: float) -> tuple[float, int]:
        """No keypoints, whose range could be chosen."""
        return scale, 0
