"""What Ultralytics' validator of pose needs; see validators.py."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy
from ultralytics.models.yolo.pose import PoseValidator

from pipeline.harness import Refused
from pipeline.shared.candidates import Candidates


class Pose:
    """See validators.Kind."""

    validator = PoseValidator
    metrics: Mapping[str, str] = {
        "box mAP50": "metrics/mAP50(B)",
        "box mAP50-95": "metrics/mAP50-95(B)",
        "pose mAP50": "metrics/mAP50(P)",
        "pose mAP50-95": "metrics/mAP50-95(P)",
    }

    def __init__(self, parameters: dict[str, Any]) -> None:
        self.sigmas: list[float] = parameters["sigmas"]
        self.classes = ["person"]

    def description(self) -> dict[str, Any]:
        """kpt_shape and the OKS constants."""
        return {"kpt_shape": [len(self.sigmas), 3], "kpt_oks_sigmas": self.sigmas}

    def values(self, found: Candidates, size: int) -> numpy.ndarray:
        """The score, then K × (x, y, visibility)."""
        keypoints = len(self.sigmas)
        if found.keypoints.shape[1] != keypoints:
            raise Refused(
                "dataset",
                f"The labels have {keypoints} keypoints, the model has {found.keypoints.shape[1]}.",
                "Evaluate on data that the model was trained for.",
            )
        points = found.keypoints * [size, size, 1]
        return numpy.concatenate([found.scores[:, None], points.reshape(len(found.scores), -1)], 1)
