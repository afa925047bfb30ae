"""What a user asks of a build."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

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

if TYPE_CHECKING:
    from edgecask.target.target import Target
    from edgecask.training.request import TrainingRequest


@dataclass(frozen=True, kw_only=True)
class AccuracyLimit(DataOption):
    """What a build measures on images, and when it fails."""

    GROUP: ClassVar[str] = "Accuracy"

    max_ap_drop: float | None = option(
        None,
        help="fail where the quantized model is more points of AP than this under the float model (with --data)",
        minimum=-100,
        maximum=100,
        example="1.0",
    )

    min_agreement: float | None = option(
        None,
        help="fail where the quantized model agrees with the float one by less than so many points of AP (no labels "
        "needed)",
        minimum=0,
        maximum=100,
        example="75",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.max_ap_drop is not None and self.data is None:
            raise UsageError("--max-ap-drop needs labelled images.", advice="Pass --data as well.")


@dataclass(frozen=True, kw_only=True)
class BuildOptions(
    PackagesOption,
    CompileOptions,
    NumberFormatOptions,
    QuantizationOptions,
    AccuracyLimit,
    CropOption,
    CalibrationOptions,
):
    """How to build, whatever is built for whichever device."""

    sign_key: Path | None = option(
        None,
        help="sign the package with this SSH key, or with one that an agent holds, by its public file",
        placeholder="FILE",
    )


@dataclass(frozen=True, kw_only=True)
class BuildRequest(BuildOptions, ImageSizeOption, WeightsOption, TargetOption):
    """What the user asked for. None stands for what the target says.

    With `data` (see edgecask/data/ground_truth.py) the build is evaluated.
    """

    def asked(self) -> dict[str, Any]:
        """What was asked for beyond the target's own, but for files and folders: those are known by their contents."""
        values = {field.name: getattr(self, field.name) for field in fields(BuildRequest)}
        return {name: value for name, value in values.items() if value is not None and not isinstance(value, Path)}


@dataclass(frozen=True, kw_only=True)
class TrainedBuildRequest(BuildRequest):
    """A build whose weights may be trained before it."""

    epochs: int | None = option(
        None, help="train the weights on --data first, for so many epochs", minimum=1, maximum=2**31 - 1, example="50"
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.epochs is not None and self.data is None:
            raise UsageError("--epochs needs images to train on.", advice="Pass --data=data.yaml as well.")

    def training(self, target: Target) -> TrainingRequest | None:
        """The training that comes first, on the data that is built for and at its size; None where none is asked for.

        Raises UsageError where the target does not take the size, and DatasetError where it would not take what is
        learned.
        """
        if self.epochs is None or self.data is None:
            return None
        from edgecask.data.class_check import require_taken
        from edgecask.data.dataset import read_dataset
        from edgecask.training.request import TrainingRequest

        dataset = read_dataset(self.data)
        require_taken(dataset, target)
        size = target.for_task(dataset.task).image_size(self.image_size)
        return TrainingRequest(data=self.data, weights=self.weights, image_size=size, epochs=self.epochs)
