"""YOLO11-pose with random weights, for the tests: make_yolo11_checkpoints.py FOLDER.

In the environment `export` or `train`, whose Ultralytics is the pinned one. Written are yolo11n-pose.pt, of its own
description and size, and yolo11-small.pt, half as wide and with five keypoints: one head of attention instead of two.
yolov8n-pose.pt is for comparison. Some passes over noise give the normalisations statistics, so that what is computed
is not all next to nothing.
"""

from __future__ import annotations

import importlib.resources
import sys
from pathlib import Path

import torch
import yaml
from ultralytics.nn.tasks import PoseModel

NETWORKS = {"yolo11n-pose": (0.5, 0.25, 17), "yolo11-small": (0.5, 0.125, 5), "yolov8n-pose": (0.33, 0.25, 17)}
"""Depth and width of each, and its keypoints."""
PASSES = 20


def make(family: str, depth: float, width: float, keypoints: int) -> torch.nn.Module:
    """A network of this family and size."""
    models = importlib.resources.files("ultralytics") / "cfg" / "models"
    path = models / family.removeprefix("yolo") / f"{family}-pose.yaml"
    scale = {"scales": {"own": [depth, width, 1024]}, "scale": "own"}
    torch.manual_seed(0)
    model = PoseModel(yaml.safe_load(path.read_text()) | {"nc": 1, "kpt_shape": [keypoints, 3]} | scale, verbose=False)
    model.names, model.task = {0: "person"}, "pose"
    model.train()
    with torch.no_grad():
        for _ in range(PASSES):
            model(torch.rand(4, 3, 128, 128))
    return model.eval()


def main(folder: Path) -> None:
    """Write all of them."""
    torch.set_num_threads(1)  # several wait for each other where other processes run
    for name, size in NETWORKS.items():
        model = make("yolov8" if name.startswith("yolov8") else "yolo11", *size)
        content = {"epoch": -1, "model": model.half(), "ema": None, "train_args": {"task": "pose"}}
        torch.save(content, folder / f"{name}.pt")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
