"""What a pose head's tensors mean, and what an error there costs: OKS of keypoints, visibility, score and box.

In PyTorch, for the gradients that pipeline/rounding goes by.
Every anchor counts as much as the float network is sure of a person there, and a keypoint as in COCO's OKS (an area of
0.53 of the box, as ST's evaluation takes it), so no labels are needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from pipeline.heads.pose import BINS, BOX_CHANNELS, KEYPOINT_VALUES
from pipeline.heads.roots import square_root

SIDES_OF_A_BOX = BOX_CHANNELS // BINS
PARTS = 3
AREA = 0.53
SMALLEST_AREA = 16.0
"""Of a box, in square pixels."""
SEEN_FLOOR = 0.02
"""What a keypoint counts that the float network holds for invisible."""
POINT_WEIGHT, SEEN_WEIGHT, SCORE_WEIGHT, BOX_WEIGHT = 10.0, 0.3, 5.0, 100.0
"""So that each part of a decoded person costs about what it does in AP; a score also decides who is shown at all."""
NOBODY = 0.01
"""A score below which an anchor shows nobody."""
COARSE_PARTS = [0.3 + 0.025 * step for step in range(29)]
FINE_PARTS = [0.8 + 0.025 * step for step in range(17)]
ZERO_POINTS = range(-48, 49, 8)
LOWEST_CODE, HIGHEST_CODE = -128, 127
TAIL = 0.02
"""Of an error's square root: OKS is flat far away, and far is not all the same."""


@dataclass(frozen=True, kw_only=True)
class Level:
    """The head's tensors of one grid: `box` (N, 64, H, W), `score` (N, 1, H, W), `keypoints` (N, 3K, H, W)."""

    stride: int
    box: torch.Tensor
    score: torch.Tensor
    keypoints: torch.Tensor


@dataclass(frozen=True, kw_only=True)
class Decoded:
    """For all anchors: boxes (N, A, 4) as corners and points (N, A, K, 2) in pixels, score logits (N, A), and the
    logits of visibility (N, A, K).
    """

    boxes: torch.Tensor
    logits: torch.Tensor
    points: torch.Tensor
    seen: torch.Tensor


def levels(tensors: Sequence[torch.Tensor], image_size: int) -> list[Level]:
    """What the head's convolutions give, by grid, from the finest.

    What is what shows in the number of channels: 64 bins, one score, three for each keypoint. Raises ValueError where
    they are none of a pose head with one class.
    """
    by_side: dict[int, dict[str, torch.Tensor]] = {}
    for found in tensors:
        kind = {1: "score", BOX_CHANNELS: "box"}.get(found.shape[1], "keypoints")
        by_side.setdefault(found.shape[2], {})[kind] = found
    if any(len(parts) != PARTS or parts["keypoints"].shape[1] % KEYPOINT_VALUES for parts in by_side.values()):
        raise ValueError("the head is none of a pose network with one class")
    return [Level(stride=image_size // side, **parts) for side, parts in sorted(by_side.items(), reverse=True)]


def corners(height: int, width: int) -> torch.Tensor:
    """The cells' corners of a grid (H · W, 2) as x, y, in cells."""
    rows, columns = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    return torch.stack([columns.ravel(), rows.ravel()], -1).float()


def decoded_boxes(box: torch.Tensor, stride: int) -> torch.Tensor:
    """A grid's boxes (N, 64, H, W) as corners in pixels (N, H · W, 4)."""
    bins = box.flatten(2).transpose(1, 2).reshape(len(box), -1, SIDES_OF_A_BOX, BINS)
    distance = bins.softmax(-1) @ torch.arange(BINS, dtype=torch.float32)
    middle = corners(*box.shape[2:]) + 0.5
    return torch.cat([middle - distance[..., :2], middle + distance[..., 2:]], -1) * stride


def decode(parts: Sequence[Level]) -> Decoded:
    """As the firmwares decode (pose_decode.py), and so that gradients flow."""
    boxes, logits, points, seen = [], [], [], []
    for level in parts:
        count, _, height, width = level.box.shape
        corner = corners(height, width)
        boxes.append(decoded_boxes(level.box, level.stride))
        logits.append(level.score.flatten(1))
        keypoints = level.keypoints.flatten(2).transpose(1, 2).reshape(count, height * width, -1, KEYPOINT_VALUES)
        points.append((keypoints[..., :2] * 2 + corner[:, None]) * level.stride)
        seen.append(keypoints[..., 2])
    return Decoded(
        boxes=torch.cat(boxes, 1), logits=torch.cat(logits, 1), points=torch.cat(points, 1), seen=torch.cat(seen, 1)
    )


@dataclass(frozen=True, kw_only=True)
class Importance:
    """How much the float network's people count: `sure` (N, A), `share` of each keypoint (N, A, K), its `variance` in
    square pixels (N, A, K), `visible` (N, A, K) as a probability, and the boxes' `area` (N, A).
    """

    sure: torch.Tensor
    share: torch.Tensor
    variance: torch.Tensor
    visible: torch.Tensor
    area: torch.Tensor

    @classmethod
    def of(cls, wanted: Decoded, sigmas: Sequence[float]) -> Importance:
        """By what the float network gives; `sigmas` (K,) are the OKS constants.

        Raises ValueError where there are not as many keypoints.
        """
        if wanted.seen.shape[-1] != len(sigmas):
            raise ValueError(f"it has {wanted.seen.shape[-1]} keypoints, and there are {len(sigmas)} OKS constants")
        visible = wanted.seen.sigmoid()
        sides = wanted.boxes[..., 2:] - wanted.boxes[..., :2]
        area = sides.prod(-1).clamp(min=SMALLEST_AREA)
        constants = (2 * torch.tensor(sigmas, dtype=torch.float32)) ** 2
        share = visible + SEEN_FLOOR
        return cls(
            sure=wanted.logits.sigmoid(),
            share=share / share.sum(-1, keepdim=True),
            variance=2 * AREA * area[..., None] * constants,
            visible=visible,
            area=area,
        )


def signed(roots: torch.Tensor, values: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """The sum of values, each times its root and a random sign."""
    signs = torch.randint(0, 2, values.shape, generator=generator) * 2 - 1
    return (roots * signs * values).sum()


def random_projection(found: Decoded, importance: Importance, generator: torch.Generator) -> torch.Tensor:
    """A sum whose squared gradient is, on average over signs, the curvature of the loss (Gauss–Newton).

    The square root of each term's curvature at no error times the term, with random signs.
    """
    sure, keypoints = importance.sure, found.seen.shape[-1]
    points = square_root(POINT_WEIGHT * sure[..., None] * importance.share / importance.variance)
    visible = importance.visible
    seen = square_root(SEEN_WEIGHT * sure[..., None] * visible * (1 - visible) / 2 / keypoints)
    score = square_root(SCORE_WEIGHT * sure * (1 - sure) / 2)
    box = square_root(BOX_WEIGHT * sure / importance.area / SIDES_OF_A_BOX)
    return (
        signed(points[..., None], found.points, generator)
        + signed(seen, found.seen, generator)
        + signed(score, found.logits, generator)
        + signed(box[..., None], found.boxes, generator)
    )


@dataclass(frozen=True, kw_only=True)
class Anchors:
    """The raw keypoints (M, K, 3) of anchors that may show somebody, and what an error of one unit there costs.

    `curvature` (M, K) is of a point's OKS exponent, `sure` (M,) and `share` (M, K) as in Importance.
    """

    raw: torch.Tensor
    sure: torch.Tensor
    share: torch.Tensor
    curvature: torch.Tensor

    @classmethod
    def of(cls, parts: Sequence[Level], importance: Importance) -> Anchors:
        """Of the float network's tensors."""
        raws, strides = [], []
        for level in parts:
            keypoints = level.keypoints.flatten(2).transpose(1, 2)
            raws.append(keypoints.reshape(*keypoints.shape[:2], -1, KEYPOINT_VALUES))
            strides.append(torch.full((keypoints.shape[1],), float(level.stride)))
        unit = (2 * torch.cat(strides)) ** 2
        counting = importance.sure > NOBODY
        return cls(
            raw=torch.cat(raws, 1)[counting].double(),
            sure=importance.sure[counting].double(),
            share=importance.share[counting].double(),
            curvature=(unit[:, None] / importance.variance)[counting].double(),
        )

    @classmethod
    def together(cls, parts: Sequence[Anchors]) -> Anchors:
        """All of several batches."""
        names = ("raw", "sure", "share", "curvature")
        return cls(**{name: torch.cat([getattr(part, name) for part in parts]) for name in names})

    def loss(self, raw: torch.Tensor) -> float:
        """What raw keypoints (M, K, 3) in place of these cost."""
        squared = ((self.raw[..., :2] - raw[..., :2]) ** 2).sum(-1) * self.curvature
        lost = 1 - torch.exp(-squared) + TAIL * square_root(squared + 1e-4)
        visible = self.raw[..., 2].sigmoid()
        entropy = torch.nn.functional.binary_cross_entropy_with_logits
        unsure = entropy(raw[..., 2], visible, reduction="none") - entropy(self.raw[..., 2], visible, reduction="none")
        whole = POINT_WEIGHT * (self.sure[:, None] * self.share * lost).sum()
        return float(whole + SEEN_WEIGHT * (self.sure * unsure.mean(-1)).sum())

    def range(self, scale: float) -> tuple[float, int]:
        """Scale and zero point that cost least when nothing but the keypoints is rounded; no coarser than `scale`.

        Visibility may be clipped: far from zero it is decided.
        """

        def loss(step: float, zero: int) -> float:
            codes = torch.round(self.raw / step).add(zero).clamp(LOWEST_CODE, HIGHEST_CODE)
            return self.loss((codes - zero) * step)

        if not len(self.raw):
            return scale, 0
        best = min((scale * part for part in COARSE_PARTS), key=lambda step: loss(step, 0))
        zero = min(ZERO_POINTS, key=lambda code: loss(best, code))
        best = min((best * part for part in FINE_PARTS), key=lambda step: loss(step, zero))
        return float(torch.tensor(best, dtype=torch.float32)), zero
