"""Which of Ultralytics' validators judges a task, and what it is told; used by pipeline/validate."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy

from pipeline.heads.detect_validator import Detect
from pipeline.heads.pose_validator import Pose
from pipeline.shared.candidates import Candidates


class Kind(Protocol):
    """A task, with the `classes` that are validated; `metrics` are Ultralytics' names of our figures."""

    validator: Any
    metrics: Mapping[str, str]
    classes: list[str]

    def description(self) -> dict[str, Any]:
        """What a data.yaml, and the metadata of an exported model, say of it beside the names."""
        ...

    def values(self, found: Candidates, size: int) -> numpy.ndarray:
        """What follows the box in each row of a decoded output (F, …), in pixels; raises Refused where it differs."""
        ...


VALIDATORS: Mapping[str, Callable[[dict[str, Any]], Kind]] = {"pose": Pose, "detect": Detect}
