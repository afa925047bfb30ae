"""Checkpoints for the tests, written in the environment `export`: make_checkpoints.py FOLDER."""

import importlib.resources
import os
import pickle
import sys
from pathlib import Path

import torch
import yaml
from ultralytics.nn.tasks import DetectionModel, PoseModel

FOLDER = Path(sys.argv[1])


def configuration(name, **changes):
    path = importlib.resources.files("ultralytics") / "cfg" / "models" / "v8" / name
    return yaml.safe_load(path.read_text()) | {"nc": 1, "scales": {"t": [0.33, 0.125, 256]}, "scale": "t"} | changes


def save(model, name):
    torch.manual_seed(0)
    torch.save({"model": model.half(), "train_args": {}}, FOLDER / name)


torch.manual_seed(0)
save(PoseModel(configuration("yolov8-pose.yaml", kpt_shape=[5, 3]), verbose=False), "five-keypoints.pt")
save(PoseModel(configuration("yolov8-pose.yaml", kpt_shape=[5, 2]), verbose=False), "two-values.pt")
save(PoseModel(configuration("yolov8-pose.yaml", nc=3), verbose=False), "three-classes.pt")
save(DetectionModel(configuration("yolov8.yaml"), verbose=False), "detection.pt")
save(PoseModel(configuration("yolov8-pose-p6.yaml"), verbose=False), "p6.pt")

torch.save({"weight": torch.zeros(2)}, FOLDER / "state-dict.pt")
(FOLDER / "garbage.pt").write_bytes(os.urandom(2000))
good = (FOLDER / "five-keypoints.pt").read_bytes()
(FOLDER / "truncated.pt").write_bytes(good[: len(good) // 2])


class Evil:
    def __reduce__(self):
        return (os.system, (f"touch {FOLDER / 'pwned'}",))


class BuildsModel:
    """Calls an allowed class with a configuration of the stranger's own, which would load another pickle."""

    def __reduce__(self):
        return (
            PoseModel,
            ({"nc": 1, "backbone": [[-1, 1, "torch_safe_load", [str(FOLDER / "evil.pt")]]], "head": []},),
        )


torch.save({"model": Evil()}, FOLDER / "evil.pt")
torch.save({"model": BuildsModel()}, FOLDER / "constructor.pt")
(FOLDER / "evil-legacy.pt").write_bytes(pickle.dumps(Evil()))
(FOLDER / "pwned").unlink(missing_ok=True)
