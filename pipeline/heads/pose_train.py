"""How pose networks are trained; see trainings.py."""

from __future__ import annotations

from ultralytics.models.yolo.pose import PoseTrainer
from ultralytics.nn.tasks import PoseModel

from pipeline.shared.architecture import POSE

__all__ = ["DESCRIPTION", "HEAD", "METRICS", "POSE", "PoseModel", "PoseTrainer"]

HEAD = "Pose"
DESCRIPTION = "yolov8-pose.yaml"
METRICS = {
    "pose_map50": "metrics/mAP50(P)",
    "pose_map": "metrics/mAP50-95(P)",
    "box_map50": "metrics/mAP50(B)",
    "box_map": "metrics/mAP50-95(B)",
}
