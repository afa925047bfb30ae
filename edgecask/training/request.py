"""What a user asks of a training, and how a run remembers it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from edgecask.errors import UsageError
from edgecask.training.run import Run

ACTIVATIONS = ("silu", "relu6")
RUNS = Path("runs")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True, kw_only=True)
class TrainingRequest:
    """What the user asked for; `image_size` in pixels.

    `weights` is a checkpoint, as for a build, or a YAML file that describes a network to train from nothing. None
    stands for what suits the weights; `patience` 0 for no end before `epochs`.
    """

    data: Path
    weights: str = "yolov8n-pose.pt"
    image_size: int = 192
    epochs: int = 50
    batch: int = 16
    seed: int = 0
    patience: int = 0
    activation: str | None = None
    learning_rate: float | None = None
    name: str | None = None
    gpus: bool = False
    output: Path = RUNS

    def check(self) -> None:
        """Raise UsageError where an option makes no sense."""
        if self.image_size < 32 or self.image_size % 32:
            raise UsageError(f"--imgsz={self.image_size} is not a multiple of 32.", advice="Use --imgsz=192.")
        for option, value, least in (
            ("epochs", self.epochs, 1), ("batch", self.batch, 1),
            ("seed", self.seed, 0), ("patience", self.patience, 0),
        ):  # fmt: skip
            if not least <= value < 1 << 31:
                raise UsageError(f"--{option}={value} is not possible.", advice=f"Use a number from {least} on.")
        if self.activation not in (None, *ACTIVATIONS):
            raise UsageError(
                f"There is no activation {self.activation!r}.", advice=f"Use --activation={' or '.join(ACTIVATIONS)}."
            )
        if self.learning_rate is not None and not 0 < self.learning_rate < 1:
            raise UsageError(f"--learning-rate={self.learning_rate} is not between 0 and 1.")
        if self.name is not None and not _NAME.fullmatch(self.name):
            raise UsageError(f"--name={self.name} is not a name for a folder.", advice="Use letters and digits.")

    def settings(self) -> dict[str, Any]:
        """The request as run.json keeps it."""
        return {**asdict(self), "data": str(self.data), "output": str(self.output)}


def request_of(record: Mapping[str, Any], run: Run) -> TrainingRequest:
    """The request that run.json keeps; raises UsageError where it is damaged."""
    try:
        settings = dict(record["request"])
        settings["data"], settings["output"] = Path(settings["data"]), Path(settings["output"])
        request = TrainingRequest(**settings)
        request.check()
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(f"{run.folder}/run.json is damaged ({error}).", advice="Start a new training.") from error
    return request
