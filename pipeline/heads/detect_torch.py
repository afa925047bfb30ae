"""The heads of detection in PyTorch: what the export stage traces, and what it refuses; see exporters.py."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import nn
from ultralytics.nn.modules import head

from pipeline.harness import Refused
from pipeline.heads import torch_parts
from pipeline.heads.detect import (
    BINS,
    BOX_CHANNELS,
    DECODED_OUTPUTS,
    LEVELS_OUTPUTS,
    MAPS,
    NETWORK,
    RAW_OUTPUTS,
    SPLIT_OUTPUTS,
    STRIDES,
)
from pipeline.heads.torch_parts import refuse_other_grids, rows
from pipeline.shared.architecture import Wanted, refuse_other_networks

ADVICE = "Train with `yolo detect train` from yolov8n.pt."
WANTED = Wanted(head=head.Detect, noun="detection", network=NETWORK, advice=ADVICE)


class Branches(torch_parts.Branches):
    """The head up to its last convolutions, which is what ONNX holds: detect_tensorflow.py does the rest.

    Six feature maps (1, channels, n, n), of the strides 8, 16 and 32 each: boxes (64 channels), scores (C).
    """

    names = MAPS
    branches = ("cv2", "cv3")


class RawHead(Branches):
    """The six outputs that SSCMA-Micro 1.0.x decodes itself (el_algorithm_yolo_world.cpp).

    Boxes (1, n², 64) and scores (1, n², C) for strides 8, 16 and 32, before any activation.
    """

    names = RAW_OUTPUTS

    def __init__(self, model: nn.Module, image_size: int) -> None:
        super().__init__(model)

    def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """(1, 3, S, S) → the outputs in the order of `names`."""
        return tuple(rows(feature, feature.shape[1]) for feature in super().forward(image))


class LevelsHead(Branches):
    """Three outputs (1, n, n, 64 + C), as Himax' tflm_yolo11_od decodes them (cvapp_yolo11n_ob.cpp)."""

    names = LEVELS_OUTPUTS

    def __init__(self, model: nn.Module, image_size: int) -> None:
        super().__init__(model)

    def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """(1, 3, S, S) → the outputs in the order of `names`."""
        maps = super().forward(image)
        boxes, scores = maps[: len(STRIDES)], maps[len(STRIDES) :]
        return tuple(torch.cat(both, 1).permute(0, 2, 3, 1) for both in zip(boxes, scores, strict=True))


class SplitHead(Branches):
    """Boxes (1, 4, F) and scores (1, F, C), as Himax' tflm_yolov8_od reads them (cvapp_yolov8n_ob.cpp).

    F = Σ(S/stride)² anchors; cx, cy, w, h are normalised to 0–1 level by level, scores are after the sigmoid.
    """

    names: tuple[str, ...] = SPLIT_OUTPUTS

    def __init__(self, model: nn.Module, image_size: int) -> None:
        super().__init__(model)
        self.image_size = image_size

    def _boxes(self, feature: torch.Tensor, stride: int) -> torch.Tensor:
        """(1, 64, n, n) → (1, n², 4)."""
        unit, side = stride / self.image_size, self.image_size // stride
        ys, xs = torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij")
        corner = torch.stack([xs, ys], -1).reshape(1, side * side, 2) * unit
        bins = rows(feature, BOX_CHANNELS).reshape(-1, BINS)
        expectation = (torch.arange(BINS, dtype=torch.float32) * unit).reshape(BINS, 1)
        distance = torch.matmul(bins.softmax(-1), expectation).reshape(1, -1, 4)
        before, after = distance[..., :2], distance[..., 2:]
        return torch.cat([(after - before) * 0.5 + (corner + 0.5 * unit), before + after], -1)

    def decoded(self, image: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Boxes (1, F, 4) and scores (1, F, C)."""
        maps = super().forward(image)
        boxes = [self._boxes(feature, stride) for feature, stride in zip(maps, STRIDES, strict=False)]
        scores = [rows(feature, feature.shape[1]).sigmoid() for feature in maps[len(STRIDES) :]]
        return torch.cat(boxes, 1), torch.cat(scores, 1)

    def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """(1, 3, S, S) → the outputs in the order of `names`."""
        boxes, scores = self.decoded(image)
        return boxes.permute(0, 2, 1), scores


class DecodedHead(SplitHead):
    """One output (1, 4 + C, F): rows cx, cy, w, h, then C scores; see SplitHead.

    All of it is in 0–1, so that one int8 scale serves boxes and scores.
    """

    names = DECODED_OUTPUTS

    def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """(1, 3, S, S) → (1, 4 + C, F)."""
        return (torch.cat(self.decoded(image), -1).permute(0, 2, 1),)


HEADS: dict[str, Any] = {"raw": RawHead, "decoded": DecodedHead, "levels": LevelsHead, "split": SplitHead}


def check_model(model: nn.Module, *, max_classes: int | None, refused_classes: Sequence[int]) -> None:
    """Raise Refused of kind "model" where this is no detection network or the firmware cannot decode it."""
    refuse_other_networks(model, WANTED)
    classes = model.model[-1].nc
    if type(classes) is not int or classes < 1:
        raise Refused("model", "The head of {weights} has no number of classes.", ADVICE)
    if len(model.names) != classes or sorted(model.names) != list(range(classes)):
        raise Refused(
            "model",
            f"{{weights}} has {classes} classes and {len(model.names)} names for them.",
            "Name each class once in data.yaml (`names`), from 0 on, and train again.",
        )
    if max_classes is not None and classes > max_classes:
        raise Refused(
            "model",
            f"{{weights}} has {classes} classes; the firmware decodes at most {max_classes}.",
            "Train with fewer classes, or choose a target that takes any number (see `invoke targets`).",
        )
    if classes in refused_classes:
        raise Refused(
            "model",
            f"{{weights}} has {classes} classes: the firmware tells boxes by their {BOX_CHANNELS} values, and would "
            "take the scores for boxes.",
            f"Train with {classes - 1} or {classes + 1} classes; an empty class more will do.",
        )
    refuse_other_grids(model, network=NETWORK, advice="Use a yolov8n, yolov8s … checkpoint (not a P6 one).")


def describe_head(model: nn.Module) -> dict[str, int]:
    """What the export's report says of the head alone: it has no keypoints."""
    return {"keypoints": 0}
