"""The heads of pose in PyTorch: what the export stage traces, and what it refuses; see exporters.py."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from pipeline.harness import Refused
from pipeline.heads import torch_parts
from pipeline.heads.pose import BINS, BOX_CHANNELS, DECODED_OUTPUTS, MAPS, NETWORK, RAW_OUTPUTS, STRIDES
from pipeline.heads.torch_parts import Backbone, refuse_other_grids, rows
from pipeline.shared.architecture import ADVICE, refuse_other_networks


class Branches(torch_parts.Branches):
    """The head up to its last convolutions, which is what ONNX holds: pose_tensorflow.py does the rest.

    Nine feature maps (1, C, n, n), of the strides 8, 16 and 32 each: boxes (C = 64), scores (1), keypoints (3K).
    """

    names = MAPS
    branches = ("cv2", "cv3", "cv4")


class RawHead(nn.Module):
    """The seven outputs that SSCMA-Micro 1.0.x and Himax's app decode themselves (el_algorithm_yolo_pose.cpp).

    Boxes (1, (S/stride)², 64) and scores (1, (S/stride)², 1) for strides 8, 16 and 32, before any activation;
    keypoints (1, Σ(S/stride)², 3K) with the anchors of stride 8 first, (x, y, visibility) interleaved.
    """

    names = RAW_OUTPUTS

    def __init__(self, model: nn.Module, image_size: int) -> None:
        super().__init__()
        self.backbone = Backbone(model)
        self.head = model.model[-1]

    def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """(1, 3, S, S) → the outputs in the order of `names`."""
        features = self.backbone(image)
        boxes = [rows(layer(x), BOX_CHANNELS) for layer, x in zip(self.head.cv2, features, strict=True)]
        scores = [rows(layer(x), self.head.nc) for layer, x in zip(self.head.cv3, features, strict=True)]
        keypoints = [rows(layer(x), self.head.nk) for layer, x in zip(self.head.cv4, features, strict=True)]
        return (*boxes, *scores, torch.cat(keypoints, 1))


class DecodedHead(nn.Module):
    """One output (1, 5 + 3K, F), as ST's applications read it: rows cx, cy, w, h, score, then K × (x, y, visibility).

    F = Σ(S/stride)² anchors. Coordinates are normalised to 0–1 level by level, before anything is concatenated, so
    that one int8 scale serves boxes, scores and keypoints; score and visibility are after the sigmoid.
    """

    names = DECODED_OUTPUTS

    def __init__(self, model: nn.Module, image_size: int) -> None:
        super().__init__()
        self.backbone = Backbone(model)
        self.head = model.model[-1]
        self.image_size = image_size

    def _level(self, feature: torch.Tensor, index: int) -> torch.Tensor:
        """(1, C, n, n) → (1, n², 5 + 3K)."""
        unit = STRIDES[index] / self.image_size
        side = self.image_size // STRIDES[index]
        ys, xs = torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij")
        corner = torch.stack([xs, ys], -1).reshape(1, side * side, 2) * unit
        bins = self.head.cv2[index](feature).permute(0, 2, 3, 1).reshape(-1, BINS)
        expectation = (torch.arange(BINS, dtype=torch.float32) * unit).reshape(BINS, 1)
        distance = torch.matmul(bins.softmax(-1), expectation).reshape(1, -1, 4)
        before, after = distance[..., :2], distance[..., 2:]
        centre = (after - before) * 0.5 + (corner + 0.5 * unit)
        score = rows(self.head.cv3[index](feature), self.head.nc).sigmoid()
        keypoints, values = self.head.kpt_shape
        raw = rows(self.head.cv4[index](feature), self.head.nk).reshape(1, -1, keypoints, values)
        points = raw[..., :2].reshape(1, -1, 2 * keypoints) * (2 * unit) + corner.repeat(1, 1, keypoints)
        parts = [points.reshape(1, -1, keypoints, 2), raw[..., 2:].sigmoid()]
        decoded = torch.cat(parts, -1).reshape(1, -1, self.head.nk)
        return torch.cat([centre, before + after, score, decoded], -1)

    def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """(1, 3, S, S) → (1, 5 + 3K, F)."""
        levels = [self._level(feature, index) for index, feature in enumerate(self.backbone(image))]
        return (torch.cat(levels, 1).permute(0, 2, 1),)


HEADS: dict[str, Any] = {"raw": RawHead, "decoded": DecodedHead}


def check_model(model: nn.Module, *, classes: int, keypoints: int | None, keypoint_dimensions: int) -> None:
    """Raise Refused of kind "model" where this is no YOLOv8-pose model or the firmware cannot decode it."""
    refuse_other_networks(model)
    last = model.model[-1]
    if not all(type(number) is int for number in (last.nc, *tuple(last.kpt_shape)[:2])):
        raise Refused("model", "The head of {weights} has no numbers of classes and keypoints.", ADVICE)
    if last.nc != classes:
        raise Refused(
            "model",
            f"{{weights}} has {last.nc} classes ({', '.join(map(str, model.names.values()))}); "
            f"the firmware decodes exactly {classes}.",
            "Train on a data set with a single class.",
        )
    if last.kpt_shape[1] != keypoint_dimensions:
        raise Refused(
            "model",
            f"{{weights}} has {last.kpt_shape[1]} values a keypoint; the firmware decodes {keypoint_dimensions} "
            "(x, y, visibility).",
            f"Train with kpt_shape: [{last.kpt_shape[0]}, {keypoint_dimensions}].",
        )
    if keypoints is not None and last.kpt_shape[0] != keypoints:
        raise Refused(
            "model",
            f"{{weights}} has {last.kpt_shape[0]} keypoints; the firmware decodes exactly {keypoints}.",
            "Choose a target whose firmware takes any number (see `invoke targets`).",
        )
    refuse_other_grids(model, network=NETWORK, advice="Use a yolov8n-pose, yolov8s-pose … checkpoint (not a P6 one).")


def describe_head(model: nn.Module) -> dict[str, int]:
    """What the export's report says of the head alone."""
    keypoints, dimensions = model.model[-1].kpt_shape
    return {"keypoints": int(keypoints), "keypoint_dimensions": int(dimensions)}
