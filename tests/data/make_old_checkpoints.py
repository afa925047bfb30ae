"""A checkpoint as a real old release of Ultralytics wrote it: trained by its own trainer, for one epoch.

    pip install --no-deps --target=OLD ultralytics==8.0.81 "setuptools<80" contourpy cycler kiwisolver matplotlib \
        packaging pandas psutil py-cpuinfo pyparsing python-dateutil scipy seaborn sentry-sdk six tqdm
    EXPORT-PYTHON tests/data/make_old_checkpoints.py OLD

with the Python of the environment `export`, whose torch and numpy are newer than the release. It writes
`ultralytics-VERSION.pt.xz` beside this file. Weights have four values, so that the file is small; the network is
YOLOv8-pose at a depth of 0.33 and a width of 0.0625, with three keypoints.
"""

from __future__ import annotations

import importlib.machinery
import lzma
import os
import sys
import tempfile
import types
from pathlib import Path

import numpy
import torch
import yaml
from PIL import Image

OLD = Path(sys.argv[1]).resolve()
SCRATCH = Path(tempfile.mkdtemp())


def module(name: str, **content: object) -> types.ModuleType:
    """A stand-in that can be imported."""
    made = types.ModuleType(name)
    made.__spec__ = importlib.machinery.ModuleSpec(name, None)
    vars(made).update(content)
    sys.modules[name] = made
    return made


def prepare() -> None:
    """What the old release expects of its surroundings, and nothing of it ends in the checkpoint."""
    sys.path[:0] = [str(OLD)]
    os.environ["YOLO_CONFIG_DIR"] = str(SCRATCH)
    module("thop")
    # The environment's torchvision does not fit its CPU build of torch.
    operators = module("torchvision.ops", nms=lambda boxes, scores, threshold: scores.argsort(descending=True)[:10])
    folder = module("torchvision.datasets", ImageFolder=object)
    functional = module("torchvision.transforms.functional")
    transforms = module("torchvision.transforms", functional=functional)
    module("torchvision", __version__="0.15.1", ops=operators, datasets=folder, transforms=transforms)
    load = torch.load
    torch.load = lambda *arguments, **named: load(*arguments, **{"weights_only": False, **named})
    for old, new in (("trapz", "trapezoid"), ("int", "int64"), ("float", "float64"), ("bool", "bool_")):
        if not hasattr(numpy, old):
            setattr(numpy, old, getattr(numpy, new))


def write_data() -> Path:
    """Two pictures with a person each, for training and for validation."""
    for part in ("train", "val"):
        for index in range(2):
            image = SCRATCH / "images" / part / f"{part}{index}.jpg"
            label = SCRATCH / "labels" / part / f"{part}{index}.txt"
            image.parent.mkdir(parents=True, exist_ok=True)
            label.parent.mkdir(parents=True, exist_ok=True)
            Image.linear_gradient("L").convert("RGB").resize((64, 64)).save(image)
            label.write_text("0 0.5 0.5 0.5 0.5" + " 0.4 0.4 2" * 3 + "\n")
    path = SCRATCH / "data.yaml"
    content = {"path": str(SCRATCH), "train": "images/train", "val": "images/val", "names": {0: "person"}, "nc": 1}
    path.write_text(yaml.safe_dump({**content, "kpt_shape": [3, 3]}))
    return path


def coarse(model: torch.nn.Module) -> None:
    """Give every convolution weights of four values; a step of training with a rate of nothing leaves them."""
    torch.manual_seed(0)
    for name, weight in model.named_parameters():
        if weight.ndim == 4 and not name.endswith("dfl.conv.weight"):
            scale = (1 / weight[0].numel()) ** 0.5
            weight.data = torch.randint(0, 4, weight.shape).float().sub(1.5) * scale


def main() -> None:
    prepare()
    import ultralytics
    from ultralytics import YOLO

    version = ultralytics.__version__
    assert Path(ultralytics.__file__).is_relative_to(OLD), ultralytics.__file__
    network = yaml.safe_load(next(Path(ultralytics.__file__).parent.rglob("yolov8-pose.yaml")).read_text())
    network |= {"nc": 1, "kpt_shape": [3, 3], "scales": {"t": [0.33, 0.0625, 128]}, "scale": "t"}
    description = SCRATCH / "yolov8t-pose.yaml"
    description.write_text(yaml.safe_dump(network))
    os.chdir(SCRATCH)
    model = YOLO(str(description))
    coarse(model.model)
    start = SCRATCH / "start.pt"
    torch.save({"model": model.model, "train_args": {"task": "pose"}, "epoch": -1}, start)
    YOLO(str(start)).train(
        data=str(write_data()), epochs=1, imgsz=64, batch=2, workers=0, plots=False, device="cpu", amp=False,
        optimizer="SGD", lr0=1e-12, warmup_bias_lr=0.0, weight_decay=0.0,
        project=str(SCRATCH / "runs"), name="old",
    )  # fmt: skip
    content = (SCRATCH / "runs" / "old" / "weights" / "best.pt").read_bytes()
    path = Path(__file__).with_name(f"ultralytics-{version}.pt.xz")
    path.write_bytes(lzma.compress(content, preset=9 | lzma.PRESET_EXTREME))
    print(path.name, len(content), path.stat().st_size)


if __name__ == "__main__":
    main()
