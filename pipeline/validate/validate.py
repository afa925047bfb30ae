"""Ultralytics' own validator on a .tflite, run and decoded as on the device, in the environment `validate`.

It is what `yolo pose val` or `yolo detect val` runs: Ultralytics loads and letterboxes the pictures, suppresses
overlapping boxes, matches and averages. Of ours are the interpreter and the firmware's decode, in the place where
Ultralytics has its backends for exported formats. Its own backend for .tflite (nn/backends/litert.py) does not take
most of these models: it expects one output that is already decoded, and does not quantise an input of uint8.

Parameters: `task` and `head` (keys of decoders.DECODERS), `sigmas` (OKS constants, one a keypoint) or the names of
`classes`, and `iou` (IoU of the suppression; null for Ultralytics' default). Inputs `model.tflite`, `ground-truth.json`
(see score.py), and `images-NNNN.tar`. Output `ultralytics.json`: {"images", "people", "image_size", "iou", "maximum",
"figures": {"box mAP50", "box mAP50-95", "pose mAP50", "pose mAP50-95"}}, figures as parts of 1, of detection those of
boxes alone. People, or boxes, are those that Ultralytics counts: also who has no labelled keypoint, but no crowds (as
its converter of COCO's files has it).
"""

from __future__ import annotations

import functools
import json
import os
import time
from pathlib import Path
from typing import Any

import numpy
import torch
import ultralytics
from ultralytics.nn.autobackend import AutoBackend
from ultralytics.nn.backends.base import BaseBackend

from pipeline.harness import INPUTS, OUTPUTS, OWN, Refused
from pipeline.heads.validators import VALIDATORS, Kind
from pipeline.shared.interpreters import candidates, litert, load
from pipeline.shared.ultralytics_offline import prepare_ultralytics
from pipeline.validate.yolo_dataset import unpack_data

DATA = OWN / "data"
SECONDS_BETWEEN_LINES = 0.5


class DeviceBackend(BaseBackend):
    """A .tflite with the firmware's decode, as one of Ultralytics' backends."""

    def __init__(self, weight: Any, device: Any, fp16: bool = False, *, task: str, head: str, kind: Kind) -> None:
        self.decoding, self.kind = (task, head), kind
        super().__init__(weight, device, fp16)

    def load_model(self, weight: Any) -> None:
        """See BaseBackend; the metadata are what Ultralytics' exporter would have put into the file."""
        interpreter = functools.partial(litert, threads=len(os.sched_getaffinity(0)))
        self.network = load(Path(weight), interpreter)
        self.apply_metadata(
            {
                "task": self.decoding[0],
                "batch": 1,
                "stride": 32,
                "imgsz": [self.network.size, self.network.size],
                "names": dict(enumerate(self.kind.classes)),
                **self.kind.description(),
            }
        )

    def forward(self, im: torch.Tensor) -> numpy.ndarray:
        """(1, 3, S, S) RGB in 0–1 → (1, 4 + …, F): cx, cy, w, h and the task's own values, in pixels."""
        pixels = (im[0] * 255).round().to(torch.uint8).permute(1, 2, 0).contiguous().numpy()
        found = candidates(self.network, *self.decoding, pixels)
        size = self.network.size
        low, high = found.boxes[:, :2] * size, found.boxes[:, 2:] * size
        rows = [(low + high) / 2, high - low, self.kind.values(found, size)]
        return numpy.concatenate(rows, 1).T[None].astype(numpy.float32)


class Progress:
    """Prints now and then how many pictures are done: the last line is what the user sees."""

    def __init__(self) -> None:
        self.told = 0.0

    def __call__(self, validator: Any) -> None:
        """After a batch."""
        if time.monotonic() - self.told > SECONDS_BETWEEN_LINES:
            self.told = time.monotonic()
            print(f"{validator.seen} of {len(validator.dataloader.dataset)}", flush=True)


def check_complete(validator: Any, names: list[str]) -> None:
    """Raise Refused where Ultralytics has left a picture out, which it does with a warning only."""
    used = {int(Path(path).stem) for path in validator.dataloader.dataset.im_files}
    for number, name in enumerate(names):
        if number not in used:
            raise Refused(
                "dataset", f"Ultralytics does not take {name}: its picture or its labels.", "Remove or replace it."
            )


def run(parameters: dict[str, Any]) -> dict[str, Any]:
    """Validate the model."""
    prepare_ultralytics()
    kind = VALIDATORS[parameters["task"]](parameters)
    data, names = unpack_data(INPUTS, DATA, kind.classes, kind.description())
    backend = functools.partial(DeviceBackend, task=parameters["task"], head=parameters["head"], kind=kind)
    AutoBackend._BACKEND_MAP = {**AutoBackend._BACKEND_MAP, "litert": backend}
    options = {} if parameters["iou"] is None else {"iou": parameters["iou"]}
    validator = kind.validator(
        args={
            "task": parameters["task"],
            "mode": "val",
            "model": str(INPUTS / "model.tflite"),
            "data": str(data),
            "project": str(OWN),
            "name": "run",
            "exist_ok": True,
            "device": "cpu",
            "plots": False,
            "verbose": False,
            **options,
        }
    )
    validator.add_callback("on_val_start", functools.partial(check_complete, names=names))
    validator.add_callback("on_val_batch_end", Progress())
    found = validator()
    figures = {name: round(float(found[key]), 5) for name, key in kind.metrics.items()}
    (OUTPUTS / "ultralytics.json").write_text(
        json.dumps(
            {
                "images": validator.seen,
                "people": int(validator.metrics.nt_per_class.sum()),
                "image_size": int(validator.args.imgsz[0]),
                "iou": validator.args.iou,
                "maximum": validator.args.max_det,
                "figures": figures,
            },
            sort_keys=True,
        )
    )
    return {**figures, "versions": {"ultralytics": ultralytics.__version__, "torch": torch.__version__}}
