"""Ultralytics alone on .tflite files, in the environment `validate`: stock_validator.py pose|detect DATA IOU MODEL…

Nothing of ours is in its way but what lets it run without a network. Of each model a copy gets the metadata that
Ultralytics' exporter would have written. A line a model: its figures, or the error.
"""

import json
import shutil
import sys
import tempfile
import zipfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
from pipeline.shared.ultralytics_offline import prepare_ultralytics

prepare_ultralytics()
from ultralytics.models.yolo.detect import DetectionValidator
from ultralytics.models.yolo.pose import PoseValidator

task, data, iou, *models = sys.argv[1:]
validator, of_task = {
    "pose": (PoseValidator, {"names": {0: "person"}, "kpt_shape": [5, 3]}),
    "detect": (DetectionValidator, {"names": {0: "a", 1: "b", 2: "c"}}),
}[task]
work = Path(tempfile.mkdtemp())
metadata = {"task": task, "batch": 1, "stride": 32, "imgsz": [64, 64], "channels": 3, **of_task}
for model in models:
    copied = work / "model.tflite"
    shutil.copyfile(model, copied)
    with zipfile.ZipFile(copied, "a") as archive:
        archive.writestr("metadata.json", json.dumps(metadata))
    options = {
        "task": task, "mode": "val", "model": str(copied), "data": data, "iou": float(iou), "plots": False,
        "device": "cpu", "project": str(work), "name": "run", "exist_ok": True, "verbose": False,
    }  # fmt: skip
    try:
        answer = {name: round(float(value), 5) for name, value in validator(args=options)().items()}
    except (ValueError, RuntimeError) as error:
        answer = {"error": str(error)}
    print(json.dumps(answer))
shutil.rmtree(work)
