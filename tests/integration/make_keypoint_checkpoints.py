"""In the environment `export`: make_keypoint_checkpoints.py FOLDER K... writes K.pt for each number of keypoints."""

import importlib.resources
import sys
from pathlib import Path

import torch
import yaml
from ultralytics.nn.tasks import PoseModel

path = importlib.resources.files("ultralytics") / "cfg" / "models" / "v8" / "yolov8-pose.yaml"
torch.set_num_threads(1)
for keypoints in map(int, sys.argv[2:]):
    torch.manual_seed(keypoints)
    changes = {"nc": 1, "kpt_shape": [keypoints, 3], "scales": {"t": [0.33, 0.0625, 128]}, "scale": "t"}
    model = PoseModel(yaml.safe_load(path.read_text()) | changes, verbose=False)
    for layer in model.model[-1].cv4:
        torch.nn.init.normal_(layer[-1].weight)  # values that differ between axes
    torch.save({"model": model.half(), "train_args": {}}, Path(sys.argv[1]) / f"{keypoints}.pt")
