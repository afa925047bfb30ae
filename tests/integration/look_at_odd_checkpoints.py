"""In the environment `export`: look_at_odd_checkpoints.py FOLDER PLAIN.pt writes checkpoints that nobody writes who
means well, lets the first stage of a build look at each, and prints what becomes of them by their names, as JSON.

For each {"built": true} or {"refused": [kind, message, advice]}, and "seconds" of the processor.
"""

import json
import os
import sys
import tempfile
import time
import zipfile
from pathlib import Path

FOLDER, PLAIN = map(Path, sys.argv[1:])
os.environ["YOLO_CONFIG_DIR"] = str(FOLDER)
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import torch

from pipeline.export import export
from pipeline.harness import Refused


def odd(name, change):
    content = torch.load(PLAIN, weights_only=False)
    change(content["model"])
    torch.save(content, FOLDER / f"{name}.pt")


def nested(levels=40):
    value = ["x"] * 9
    for _ in range(levels):
        value = [value] * 9
    return value


def itself(model):
    model.model.add_module("itself", model)


def repeated(model):
    model.model[0].conv.weight = torch.nn.Parameter(torch.zeros(1, dtype=torch.half).expand(10**12))


def on_meta(model):
    model.model[0].conv.weight = torch.nn.Parameter(torch.empty(4, 4, dtype=torch.half, device="meta"))


def wide(model):
    model.model[10].scale_factor = 1e9


def head_set(**values):
    return lambda model: [setattr(model.model[-1], name, value) for name, value in values.items()]


CHANGES = {
    "names-bomb": lambda model: setattr(model, "names", {0: nested()}),
    "names-cycle": lambda model: setattr(model, "names", {0: model}),
    "names-keys": lambda model: setattr(model, "names", {"x": "y"}),
    "itself": itself,
    "repeated": repeated,
    "meta": on_meta,
    "wide": wide,
    "no-layers": lambda model: setattr(model, "model", torch.nn.Sequential()),
    "no-convolutions": lambda model: setattr(model.model[-1], "cv2", torch.nn.ModuleList()),
    "nc": head_set(nc=[1]),
    "nc-bomb": head_set(nc=nested()),
    "shape-bomb": head_set(kpt_shape=nested()),
    "shape-text": head_set(kpt_shape="ab"),
    "shape-none": head_set(kpt_shape=None),
    "shape-huge": head_set(kpt_shape=[10**9, 3], nk=3 * 10**9),
    "from": head_set(f=["a", None, {}]),
    "from-far": head_set(f=[10**6, 1, 2]),
    "from-itself": lambda model: setattr(model.model[3], "f", [3, 3]),
    "stride": lambda model: setattr(model, "stride", None),
    "save": lambda model: setattr(model, "save", 7),
    "sparse": lambda model: setattr(model.model[0].conv, "weight", torch.nn.Parameter(torch.eye(3).to_sparse())),
    "complex": lambda model: setattr(
        model.model[0].conv, "weight", torch.nn.Parameter(model.model[0].conv.weight.to(torch.complex64))
    ),
    "layer-index": lambda model: setattr(model.model[4], "i", None),
}
for name, change in CHANGES.items():
    odd(name, change)
torch.save({"model": torch.zeros(5), "ema": torch.zeros(3)}, FOLDER / "tensor.pt")
torch.save(nested(), FOLDER / "list.pt")
torch.save({"model": {"model": nested(100)}}, FOLDER / "deep.pt")
with zipfile.ZipFile(PLAIN) as plain, zipfile.ZipFile(FOLDER / "zip-bomb.pt", "w") as bomb:
    for member in plain.infolist():
        bomb.writestr(member.filename, plain.read(member), zipfile.ZIP_STORED)
    for number in (9998, 9999):
        bomb.writestr(f"plain/data/{number}", bytes(1 << 20), zipfile.ZIP_DEFLATED)
        bomb.infolist()[-1].file_size = 3 << 30  # as the archive's index has it


def built(path):
    with tempfile.TemporaryDirectory() as folder:
        export.INPUTS = export.OUTPUTS = Path(folder)
        (export.INPUTS / "weights.pt").symlink_to(path)
        started = time.process_time()
        limits = {"classes": 1, "keypoints": None, "keypoint_dimensions": 3}
        parameters = {"task": "pose", "image_size": 64, "head": "raw", "limits": limits}
        try:
            export.run(parameters)
            result = {"built": True}
        except Refused as refusal:
            result = {"refused": [refusal.failure["kind"], refusal.failure["message"], refusal.failure["advice"]]}
        return {**result, "seconds": time.process_time() - started}


print(json.dumps({path.stem: built(path) for path in sorted(FOLDER.glob("*.pt"))}))
