"""What Ultralytics' validator of detection needs; see validators.py."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy
from ultralytics.models.yolo.detect import DetectionValidator

from pipeline.harness import Refused
from pipeline.shared.candidates import Candidates


class Detect:
    """See validators.Kind."""

    validator = DetectionValidator
    metrics: Mapping[str, str] = {"box mAP50": "metrics/mAP50(B)", "box mAP50-95": "metrics/mAP50-95(B)"}

    def __init__(self, parameters: dict[str, Any]) -> None:
        self.classes: list[str] = parameters["classes"]

    def description(self) -> dict[str, Any]:
        """Nothing."""
        return {}

    def values(self, found: Candidates, size: int) -> numpy.ndarray:
        """The score of the class that an anchor shows; the others' are 0, since no firmware shows an anchor twice."""
        assert found.classes is not None
        if found.classes.max(initial=0) >= len(self.classes):
            raise Refused(
                "dataset",
                f"The labels have {len(self.classes)} classes, the model has more.",
                "Evaluate on data that the model was trained for.",
            )
        scores = numpy.zeros((len(found.scores), len(self.classes)))
        scores[numpy.arange(len(scores)), found.classes] = found.scores
        return scores
