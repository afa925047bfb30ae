"""The stage that trains."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from edgecask.plan.program import Program
from edgecask.plan.stage import Stage
from edgecask.store.result import Blob


def training_stage(*, gpus: bool, inputs: Mapping[str, Blob], parameters: Mapping[str, Any]) -> Stage:
    """A training; what it leaves is the user's, not the store's, so it has no outputs. See pipeline/train."""
    return Stage(
        name="train",
        program=Program(name="train", environment="train-gpu" if gpus else "train", gpus=gpus),
        inputs=inputs,
        outputs=(),
        parameters=parameters,
    )
