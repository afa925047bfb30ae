"""Small detection checkpoints with random weights, for the tests: make_detection_checkpoints.py FOLDER.

In the environment `train` or `export`, whose Ultralytics is the pinned one. Written are yolov8-CLASSES.pt, of YOLOv8 at
a depth of 0.33 and a width of 0.125, for 1, 3, 64, 80 and 100 classes, odd-names.pt, which has a name too few, and
pose.pt, of the same size.
"""

from __future__ import annotations

import importlib.resources
import sys
from pathlib import Path

import torch
import yaml
from ultralytics.nn.tasks import DetectionModel, PoseModel

CLASSES = (1, 3, 64, 80, 100)
SCALE = {"scales": {"t": [0.33, 0.125, 256]}, "scale": "t"}


def description(name: str, **changes: object) -> dict[str, object]:
    """One of Ultralytics' networks, small."""
    path = importlib.resources.files("ultralytics") / "cfg" / "models" / "v8" / name
    return {**yaml.safe_load(path.read_text()), **SCALE, **changes}


def save(model: torch.nn.Module, path: Path) -> None:
    """As a trainer writes it."""
    torch.save({"epoch": -1, "model": model.half(), "ema": None, "train_args": {"task": model.task}}, path)


def lively(model: torch.nn.Module) -> torch.nn.Module:
    """Something in it depends on the image, and some scores are high: a network that has just been made gives nothing.

    Its normalisations are those of random images, and its last convolutions say more.
    """
    generator = torch.Generator().manual_seed(0)
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = 1.0
    with torch.no_grad():
        model.train()(torch.nn.functional.interpolate(torch.rand(8, 3, 12, 12, generator=generator), size=(96, 96)))
    head = model.model[-1]
    for branch, spread in ((head.cv2, 2.0), (head.cv3, 4.0)):
        for level in branch:
            level[-1].weight.data = spread * torch.randn(level[-1].weight.shape, generator=generator) / 8
    for level in head.cv3:
        level[-1].bias.data = torch.randn(level[-1].bias.shape, generator=generator) - 3
    return model.eval()


def main(folder: Path) -> None:
    """Write all of them."""
    folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)  # several wait for each other where other processes run
    for classes in CLASSES:
        torch.manual_seed(0)
        model = DetectionModel(description("yolov8.yaml", nc=classes), verbose=False)
        model.names = {number: f"thing {number}" for number in range(classes)}
        model.task = "detect"
        save(lively(model), folder / f"yolov8-{classes}.pt")
        if classes == 3:
            model.names = {0: "thing 0", 1: "thing 1"}
            save(model, folder / "odd-names.pt")
    torch.manual_seed(0)
    model = PoseModel(description("yolov8-pose.yaml", nc=1, kpt_shape=[3, 3]), verbose=False)
    model.names, model.task = {0: "person"}, "pose"
    save(lively(model), folder / "pose.pt")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
