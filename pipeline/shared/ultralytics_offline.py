"""Ultralytics without anything outside this machine, and with what it would fetch from there."""

from __future__ import annotations

import shutil
import sys
import types
from pathlib import Path

import matplotlib
import numpy
import torch
from ultralytics.utils import LOGGER, SETTINGS, USER_CONFIG_DIR

INTEGRATIONS = ("clearml", "comet", "dvc", "mlflow", "raytune", "sync", "tensorboard", "wandb", "vscode_msg")
MOST_KEPT = 300


def suppress(boxes: torch.Tensor, scores: torch.Tensor, threshold: float) -> torch.Tensor:
    """Greedy suppression of boxes, as torchvision.ops.nms.

    `boxes` (N, 4) as x1, y1, x2, y2 in pixels, `scores` (N,); the indices of what remains, best first. It ends at
    MOST_KEPT, the number of detections that validation looks at.
    """
    order = scores.argsort(descending=True, stable=True)
    left, top, right, bottom = boxes[order].detach().cpu().numpy().T
    area = (right - left) * (bottom - top)
    alive = numpy.ones(len(area), bool)
    kept: list[int] = []
    for index in range(len(area)):
        if not alive[index]:
            continue
        kept.append(index)
        if len(kept) == MOST_KEPT:
            break
        width = numpy.minimum(right[index], right[index:]) - numpy.maximum(left[index], left[index:])
        height = numpy.minimum(bottom[index], bottom[index:]) - numpy.maximum(top[index], top[index:])
        shared = numpy.maximum(width, 0) * numpy.maximum(height, 0)
        alive[index:] &= ~(shared / (area[index] + area[index:] - shared) > threshold)
    return order[torch.tensor(kept, dtype=torch.int64, device=order.device)]


def prepare_ultralytics() -> None:
    """Take from Ultralytics everything that would reach out of this machine, and give it what it would fetch."""
    LOGGER.setLevel("WARNING")
    SETTINGS.update(dict.fromkeys(INTEGRATIONS, False))
    # The font of the mosaics, which it would download; matplotlib brings one.
    font = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
    for name in ("Arial.ttf", "Arial.Unicode.ttf"):
        shutil.copyfile(font, USER_CONFIG_DIR / name)
    if torch.version.cuda is None:
        # PyPI's torchvision does not load beside a CPU build of torch, and validation wants one function of it.
        torchvision, operators = types.ModuleType("torchvision"), types.ModuleType("torchvision.ops")
        operators.nms = suppress  # type: ignore[attr-defined]
        torchvision.ops = operators  # type: ignore[attr-defined]
        sys.modules |= {"torchvision": torchvision, "torchvision.ops": operators}
