"""YOLO11 with random weights, for the tests: make_yolo11_checkpoints.py FOLDER.

In the environment `export` or `train`, whose Ultralytics is the pinned one. Written are yolo11n-pose.pt, of its own
description and size, and yolo11-small.pt, half as wide and with five keypoints: one head of attention instead of two.
yolov8n-pose.pt is for comparison. yolo11n.pt finds 80 classes, yolo11-small-boxes.pt three. Some passes over noise give
the normalisations statistics, so that what is computed is not all next to nothing.
"""

from __future__ import annotations

import importlib.resources
import sys
from pathlib import Path

import torch
import yaml
from ultralytics.nn.tasks import DetectionModel, PoseModel

POSE = {"yolo11n-pose": (0.5, 0.25, 17), "yolo11-small": (0.5, 0.125, 5), "yolov8n-pose": (0.33, 0.25, 17)}
"""Depth and width of each, and its keypoints."""
BOXES = {"yolo11n": (0.5, 0.25, 80), "yolo11-small-boxes": (0.5, 0.125, 3)}
"""Depth and width of each, and its classes."""
PASSES = 20


def make(file: str, depth: float, width: float, *, keypoints: int = 0, classes: int = 1) -> torch.nn.Module:
    """A network of this family and size."""
    models = importlib.resources.files("ultralytics") / "cfg" / "models"
    family = "yolov8" if file.startswith("yolov8") else "yolo11"
    path = models / family.removeprefix("yolo") / f"{family}{'-pose' if keypoints else ''}.yaml"
    description = {"scales": {"own": [depth, width, 1024]}, "scale": "own", "nc": classes}
    torch.manual_seed(0)
    if keypoints:
        shape = {"kpt_shape": [keypoints, 3]}
        model = PoseModel(yaml.safe_load(path.read_text()) | description | shape, verbose=False)
        model.names, model.task = {0: "person"}, "pose"
    else:
        model = DetectionModel(yaml.safe_load(path.read_text()) | description, verbose=False)
        model.names, model.task = {number: f"thing {number}" for number in range(classes)}, "detect"
    model.train()
    with torch.no_grad():
        for _ in range(PASSES):
            model(torch.rand(4, 3, 128, 128))
    return model.eval() if keypoints else lively(model.eval())


def lively(model: torch.nn.Module) -> torch.nn.Module:
    """With boxes that differ and some high scores: a detector that has just been made finds nothing anywhere."""
    head = model.model[-1]
    last = {level[-1]: spread for branch, spread in ((head.cv2, 2.0), (head.cv3, 1.5)) for level in branch}
    found: dict[torch.nn.Module, float] = {}
    hooks = [
        module.register_forward_hook(lambda module, _, output: found.update({module: float(output.std())}))
        for module in last
    ]
    for module in last:
        module.weight.data = torch.randn(module.weight.shape)
        module.bias.data.zero_()
    with torch.no_grad():
        model(torch.rand(2, 3, 128, 128))
    for hook in hooks:
        hook.remove()
    for module, spread in last.items():
        module.weight.data *= spread / found[module]
    for level in head.cv3:
        level[-1].bias.data.fill_(-3.0)
    return model


def main(folder: Path) -> None:
    """Write all of them."""
    torch.set_num_threads(1)  # several wait for each other where other processes run
    made = {name: make(name, *size[:2], keypoints=size[2]) for name, size in POSE.items()}
    made |= {name: make(name, *size[:2], classes=size[2]) for name, size in BOXES.items()}
    for name, model in made.items():
        content = {"epoch": -1, "model": model.half(), "ema": None, "train_args": {"task": model.task}}
        torch.save(content, folder / f"{name}.pt")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
