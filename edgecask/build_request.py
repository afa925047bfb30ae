"""What a user asks of a build."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from edgecask.common_options import (
    CalibrationOptions,
    CompileOptions,
    CropOption,
    DataOption,
    ImageSizeOption,
    NumberFormatOptions,
    PackagesOption,
    QuantizationOptions,
    TargetOption,
    WeightsOption,
)
from edgecask.errors import UsageError
from edgecask.options import option


@dataclass(frozen=True, kw_only=True)
class AccuracyLimit(DataOption):
    """What a build measures on labelled images, and when it fails."""

    GROUP: ClassVar[str] = "Accuracy"

    max_ap_drop: float | None = option(
        None,
        help="fail where the quantized model is more points of AP than this under the float model (with --data)",
        minimum=-100,
        maximum=100,
        example="1.0",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.max_ap_drop is not None and self.data is None:
            raise UsageError("--max-ap-drop needs labelled images.", advice="Pass --data as well.")


@dataclass(frozen=True, kw_only=True)
class BuildRequest(
    PackagesOption,
    CompileOptions,
    NumberFormatOptions,
    QuantizationOptions,
    AccuracyLimit,
    CropOption,
    CalibrationOptions,
    ImageSizeOption,
    WeightsOption,
    TargetOption,
):
    """What the user asked for. None stands for what the target says.

    With `data` (see edgecask/data/ground_truth.py) the build is evaluated.
    """
