"""What the heads of all tasks share in PyTorch."""

from __future__ import annotations

import torch
from torch import nn

from pipeline.harness import Refused
from pipeline.heads.pose import BINS, STRIDES


class Backbone(nn.Module):
    """All layers before the head: image in, the three feature maps the head reads out."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.layers = model.model[:-1]
        self.kept = set(model.save)
        self.wanted = list(model.model[-1].f)

    def forward(self, image: torch.Tensor) -> list[torch.Tensor]:
        """(1, 3, S, S) → feature maps at strides 8, 16 and 32."""
        results: list[torch.Tensor | None] = []
        current = image
        for layer in self.layers:
            if layer.f != -1:
                sources = [layer.f] if isinstance(layer.f, int) else layer.f
                gathered = [current if index == -1 else results[index] for index in sources]
                current = layer(gathered[0] if isinstance(layer.f, int) else gathered)
            else:
                current = layer(current)
            results.append(current if layer.i in self.kept else None)
        return [current if index == -1 else results[index] for index in self.wanted]


class Branches(nn.Module):
    """A head up to its last convolutions: its `branches` by their attributes in Ultralytics, each at all strides."""

    branches: tuple[str, ...]

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.backbone = Backbone(model)
        self.head = model.model[-1]

    def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """(1, 3, S, S) → the feature maps, branch by branch."""
        features = self.backbone(image)
        branches = (getattr(self.head, name) for name in self.branches)
        return tuple(layer(x) for branch in branches for layer, x in zip(branch, features, strict=True))


def rows(feature: torch.Tensor, channels: int) -> torch.Tensor:
    """(1, C, n, n) → (1, n², C)."""
    # To NHWC before flattening, level by level: what TensorFlow has anyway.
    return feature.permute(0, 2, 3, 1).reshape(1, -1, channels)


def refuse_other_grids(model: nn.Module, *, network: str, advice: str) -> None:
    """Raise Refused of kind "model" where a network has other grids, or other bins of a box, than all YOLOv8 have."""
    strides, bins = tuple(int(stride) for stride in model.stride), model.model[-1].reg_max
    if strides != STRIDES or bins != BINS:
        raise Refused(
            "model",
            f"{{weights}} has strides {strides} and {bins} regression bins; {network} has {STRIDES} and {BINS}.",
            advice,
        )
