"""Checkpoints for the tests, written in the environment `export`: make_checkpoints.py FOLDER."""

import copy
import importlib.resources
import os
import pathlib
import pickle
import sys
import types
from pathlib import Path

import numpy
import torch
import yaml
from ultralytics import YOLO
from ultralytics.nn.modules.head import Detect
from ultralytics.nn.tasks import DetectionModel, PoseModel

FOLDER = Path(sys.argv[1])
torch.set_num_threads(1)  # several wait for each other where other processes run


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


def small(name=None, folder="v8", channels=3, **changes):
    """A pose network with the attributes that a trainer gives it, as fresh each time."""
    if name is None and channels == 3 and not changes:
        return copy.deepcopy(PLAIN)
    name = name or "yolov8-pose.yaml"
    path = importlib.resources.files("ultralytics") / "cfg" / "models" / folder / name
    table = yaml.safe_load(path.read_text()) | {"nc": 1, "kpt_shape": [3, 3]} | changes
    table |= {"scales": {"t": [0.33, 0.125 if folder == "v8" else 0.25, 256]}, "scale": "t"}
    torch.manual_seed(0)
    model = PoseModel(table, ch=channels, verbose=False)
    model.names, model.args, model.task = {0: "person"}, {"task": "pose"}, "pose"
    return model


PLAIN = small("yolov8-pose.yaml")


def write(name, model, **changes):
    """A checkpoint as a trainer writes it."""
    content = {
        "epoch": -1,
        "best_fitness": 0.5,
        "model": model,
        "ema": None,
        "updates": None,
        "optimizer": None,
        "train_args": {"task": "pose"},
        "date": "2024-01-01",
        "version": "8.1.0",
    }
    torch.save(content | changes, FOLDER / f"{name}.pt")


class Named:
    """Pickled as a class that another module or another Python has under this name, with arguments or a state."""

    def __init__(self, module, name, *arguments, state=None):
        self.module, self.name, self.arguments, self.state = module, name, arguments, state

    def __reduce__(self):
        for module in (self.module.partition(".")[0], self.module):
            sys.modules.setdefault(module, types.ModuleType(module))
        stand_in = sys.modules[self.module]
        if not hasattr(stand_in, self.name):
            made = type(self.name, (), {"__module__": self.module})
            setattr(stand_in, self.name, made)
        return getattr(stand_in, self.name), self.arguments, self.state


# What Ultralytics writes, in one release or another.
write("plain", small().half())
write("fused", small().eval().fuse(verbose=False).half())
write("ema-only", None, ema=small().half())
old = small().half()
old.model[-1].detect = Detect.forward  # what heads up to 8.2.0 hold
write("old-head", old)
write("python313", small().half(), train_args={"data": Named("pathlib._local", "PosixPath", "/", "data", "data.yaml")})
write("windows-path", small().half(), train_args={"data": pathlib.PureWindowsPath("C:/data/data.yaml")})
listed, nameless, odd = small().half(), small().half(), small().half()
listed.names = ["person"]
del nameless.names
odd.names = {0: "per\udc80son\x1b[31m"}
write("names-list", listed)
write("names-missing", nameless)
write("names-odd", odd)
trained = small()
optimizer = torch.optim.AdamW(trained.parameters())
trained(torch.rand(1, 3, 64, 64))["boxes"].sum().backward()
optimizer.step()
write(
    "in-training", trained, ema=small().half(), updates=3, optimizer=optimizer.state_dict(),
    best_fitness=numpy.float64(0.5), train_metrics={"loss": numpy.float32(1.0)},
)  # fmt: skip
saved = YOLO(FOLDER / "plain.pt")
saved.save(FOLDER / "yolo-save.pt")
torch.save(
    {"model": small().half(), "train_args": {}}, FOLDER / "oldest-format.pt", _use_new_zipfile_serialization=False
)

# Networks and files that are not built.
write("yolo11", small("yolo11-pose.yaml", "11").half())
write("yolo12", small("yolo12-pose.yaml", "12").half())
write("yolo26", small("yolo26-pose.yaml", "26").half())
write("gelu", small(activation="torch.nn.GELU()").half())
write("gray", small(channels=1).half())
nan, infinite, overflowing = small(), small(), small()
nan.model[3].conv.weight.data[0, 0, 0, 0] = float("nan")
infinite.model[22].cv4[1][2].bias.data[:] = 1e6  # more than a half holds
overflowing.model[0].conv.weight.data[:] = 60000
overflowing.model[1].conv.weight.data[:] = 60000
for module in overflowing.modules():
    if isinstance(module, torch.nn.BatchNorm2d):
        module.weight.data[:] = 60000
write("nan", nan.half())
write("infinite", infinite.half())
write("overflowing", overflowing.half())
write("yolov5", Named("models.yolo", "Model", state={"yaml": {}}))
write("newer-layer", Named("ultralytics.nn.modules.block", "C9k", state={}))
torch.save(small(), FOLDER / "whole-model.pt")
(FOLDER / "pickled.pt").write_bytes(pickle.dumps({"model": [1, 2, 3]}, protocol=4))

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


class Method:
    """A method looked up in what is let through; its globals lead anywhere."""

    def __init__(self, owner, name):
        self.owner, self.name = owner, name

    def __reduce__(self):
        return getattr, (self.owner, self.name)


torch.save({"model": Evil()}, FOLDER / "evil.pt")
torch.save({"model": Method(Method(torch.nn.Conv2d, "forward"), "__globals__")}, FOLDER / "evil-globals.pt")
torch.save({"model": Method(torch.nn.Conv2d, "__init__")}, FOLDER / "evil-dunder.pt")
torch.save({"model": Method({}, "update")}, FOLDER / "evil-getattr.pt")
torch.save({"model": Named("ultralytics.utils.downloads", "safe_download", "x")}, FOLDER / "evil-function.pt")
torch.save({"model": BuildsModel()}, FOLDER / "constructor.pt")
(FOLDER / "evil-legacy.pt").write_bytes(pickle.dumps(Evil()))
(FOLDER / "pwned").unlink(missing_ok=True)
