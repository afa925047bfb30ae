"""What a user asks of a training, and how a run remembers it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from edgecask.common_options import image_size_option, weights_option
from edgecask.errors import UsageError
from edgecask.options import Request, option
from edgecask.training.run import Run

RUNS = Path("runs")
MAX_COUNT = 2**31 - 1
"""Of epochs and the like: PyTorch's own limit for a seed's upper end, and no count is near it."""
NAME_PATTERN = r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}"
NAME_EXPECTED = "made of letters, digits, dots, hyphens and underscores"


@dataclass(frozen=True, kw_only=True)
class TrainingOptions(Request):
    """How a network is trained; None stands for what suits the weights."""

    weights: str = weights_option(
        "yolov8n-pose.pt",
        help="where to start: a .pt file, yolov8n-pose.pt (fetched once), demo, demo-detect, or a .yaml to train from "
        "nothing",
    )
    image_size: int = image_size_option(192, help="side of the input in pixels")
    epochs: int = option(50, help="training epochs", minimum=1, maximum=MAX_COUNT, example="50")
    batch: int = option(16, help="images in a step", minimum=1, maximum=MAX_COUNT, example="16")
    seed: int = option(0, help="another seed gives another training", minimum=0, maximum=MAX_COUNT)
    patience: int = option(
        0, help="stop after so many epochs without improvement (0: never before --epochs)", minimum=0, maximum=MAX_COUNT
    )
    activation: Literal["silu", "relu6"] | None = option(
        None, help="activation function (default: that of the weights)"
    )
    learning_rate: float | None = option(
        None,
        help="learning rate of the first epoch (default: what suits the weights)",
        minimum=1e-9,
        maximum=0.999,
        example="0.0001",
    )
    name: str | None = option(
        None, help="the folder of runs/ that is made", pattern=NAME_PATTERN, expected=NAME_EXPECTED, example="my-run"
    )
    gpus: bool = option(False, help="train on the engine's GPUs")


@dataclass(frozen=True, kw_only=True)
class TrainingRequest(TrainingOptions):
    """What the user asked for.

    `weights` is a checkpoint, as for a build, or a YAML file that describes a network to train from nothing.
    """

    data: Path
    output: Path = RUNS

    def settings(self) -> dict[str, Any]:
        """The request as run.json keeps it."""
        return {**asdict(self), "data": str(self.data), "output": str(self.output)}


def request_of(record: Mapping[str, Any], run: Run) -> TrainingRequest:
    """The request that run.json keeps; raises UsageError where it is damaged."""
    try:
        settings = dict(record["request"])
        settings["data"], settings["output"] = Path(settings["data"]), Path(settings["output"])
        request = TrainingRequest(**settings)
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(f"{run.folder}/run.json is damaged ({error}).", advice="Start a new training.") from error
    return request
