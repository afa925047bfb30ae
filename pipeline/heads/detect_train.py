"""How detection networks are trained; see trainings.py."""

from __future__ import annotations

from ultralytics.models.yolo.detect import DetectionTrainer
from ultralytics.nn.tasks import DetectionModel

from pipeline.heads.detect_torch import WANTED

__all__ = ["DESCRIPTION", "HEAD", "METRICS", "WANTED", "DetectionModel", "DetectionTrainer"]

HEAD = "Detect"
DESCRIPTION = "yolov8.yaml"
METRICS = {"box_map50": "metrics/mAP50(B)", "box_map": "metrics/mAP50-95(B)"}
