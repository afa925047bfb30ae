"""The untrained demo checkpoint, in the environment `export`: yolov8-pose one scale below n, from a fixed seed.

Parameters: `seed`. Output `demo.pt`, as the trainer would write it (float16, one class, 17 keypoints).
"""

from __future__ import annotations

import importlib.resources
from typing import Any

import torch
import ultralytics
import yaml
from harness import OUTPUTS
from ultralytics.nn.tasks import PoseModel

# Depth, width and most channels: n is [0.33, 0.25, 1024]. At two bytes a weight this stays under 2 MB.
SCALE = [0.33, 0.125, 512]


def run(parameters: dict[str, Any]) -> dict[str, Any]:
    """Make and save the network."""
    architecture = importlib.resources.files("ultralytics") / "cfg" / "models" / "v8" / "yolov8-pose.yaml"
    configuration = yaml.safe_load(architecture.read_text())
    configuration |= {"nc": 1, "scales": {"demo": SCALE}, "scale": "demo"}
    torch.manual_seed(parameters["seed"])
    model = PoseModel(configuration, ch=3, nc=1, verbose=False)
    model.names = {0: "person"}
    torch.save({"model": model.half(), "train_args": {}}, OUTPUTS / "demo.pt")
    return {
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "versions": {"torch": torch.__version__, "ultralytics": ultralytics.__version__},
    }
