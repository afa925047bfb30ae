"""Options that several commands share, each declared here once; a request inherits the groups that it needs."""

from __future__ import annotations

from dataclasses import MISSING, dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

from edgecask.errors import UsageError
from edgecask.options import Request, option
from edgecask.task.head import STRIDES

STRIDE = STRIDES[-1]
"""YOLOv8's coarsest grid: an input's side is a multiple of it."""
MAX_IMAGE_SIZE = 1280
"""Far above what the devices hold; YOLOv8's own largest models (P6) are trained at it."""
CALIBRATION_COUNT = 200
"""Images for calibration at most: more of them change the activation ranges little and cost time."""


CompressionLevel = Literal["auto", "off", "smaller", "smallest"]
Rounding = Literal["nearest", "sensitivity"]
"""How coarse weights get so that they take fewer bytes, by their names for users."""


def target_option(default: Any = MISSING, *, help: str) -> Any:  # noqa: A002 - see option
    """The one declaration of `--target`; load_target reads the value."""
    return option(default, help=help, placeholder="NAME|FOLDER")


@dataclass(frozen=True, kw_only=True)
class TargetOption(Request):
    """The device."""

    target: str = target_option(help="the device: a name that `edgecask targets` lists, or a folder with a target.toml")


def weights_option(default: str | None, *, help: str) -> Any:  # noqa: A002 - see option
    """The one declaration of options that name a checkpoint; find_weights reads the value."""
    return option(default, help=help, placeholder="FILE|NAME")


@dataclass(frozen=True, kw_only=True)
class WeightsOption(Request):
    """The checkpoint."""

    weights: str = weights_option(
        "yolov8n-pose.pt", help="checkpoint: a .pt file, yolov8n-pose.pt (fetched once), demo, or demo-detect"
    )


def image_size_option(
    default: int | None,
    *,
    help: str,  # noqa: A002 - see option
    minimum: int = STRIDE,
    maximum: int = MAX_IMAGE_SIZE,
) -> Any:
    """The one declaration of `--imgsz`, Ultralytics' name for the side of a square in pixels."""
    return option(
        default, name="imgsz", help=help, minimum=minimum, maximum=maximum, multiple=STRIDE, example=str(default or 192)
    )


@dataclass(frozen=True, kw_only=True)
class ImageSizeOption(Request):
    """The side of the network's square input, in pixels."""

    image_size: int | None = image_size_option(None, help="side of the input in pixels (default: the target's)")


@dataclass(frozen=True, kw_only=True)
class DataOption(Request):
    """Labelled images."""

    data: Path | None = option(None, help="labelled images: a data.yaml, a COCO JSON, or a folder with one of them")


@dataclass(frozen=True, kw_only=True)
class CalibrationOption(Request):
    """The images that activation ranges are taken from."""

    calibration: Path | None = option(
        None, help="folder with images that look like what the camera will see", placeholder="FOLDER"
    )


@dataclass(frozen=True, kw_only=True)
class CalibrationOptions(CalibrationOption):
    """These images, and how many of them."""

    calibration_count: int = option(
        CALIBRATION_COUNT,
        help="of more images than this, take so many that differ most",
        minimum=1,
        maximum=1_000_000,
        example="200",
    )


@dataclass(frozen=True, kw_only=True)
class CropOption(Request):
    """How much of every image calibration and evaluation take; None stands for what the target's [camera] says."""

    crop: Literal["none", "camera"] | None = option(
        None, help="whole images, or what the device's camera would see of them (default: the target's)"
    )


@dataclass(frozen=True, kw_only=True)
class QuantizationOptions(Request):
    """How the model is quantized; None stands for what the target's [quantization] says."""

    GROUP: ClassVar[str] = "Quantization"

    range_search: bool | None = option(
        None,
        help="leave activation ranges and biases as TensorFlow Lite finds them, instead of searching for those that "
        "cost least",
        negative=True,
        old_names=("refine",),
    )
    gptq: bool | None = option(
        None,
        help="round weights so that their errors cancel (GPTQ): more accurate, some seconds more",
        old_names=("compensate",),
    )
    rounding: Rounding | None = option(
        None,
        help="weights rounded to the nearest code, or by what that costs people's keypoints (sensitivity): more "
        "accurate at the same size, and some seconds more (default: the target's)",
    )
    fast: bool = option(
        False,
        help="build in less time: ranges and codes as TensorFlow Lite finds them, and no second file with weights "
        "brought ahead",
    )
    compress_weights: CompressionLevel | None = option(
        None,
        help="weights that take fewer bytes: the fewest within half a point of agreement of the best (auto), within 2 "
        "(smaller) or 5 (smallest), or as many as there are (off); the default is auto",
        old_names=("compact",),
    )
    max_ms: float | None = option(
        None,
        help="the finest weights with which the NPU takes no longer than this, by the timeline",
        minimum=0,
        maximum=1_000_000,
        example="40",
    )
    max_flash: int | None = option(
        None,
        help="the finest weights with which the model takes no more flash than this",
        placeholder="KIB",
        minimum=1,
        maximum=65536,
        example="1700",
    )


@dataclass(frozen=True, kw_only=True)
class NumberFormatOptions(Request):
    """Another number format than the target's [quantization] says."""

    GROUP: ClassVar[str] = "Number formats"

    granularity: Literal["per-tensor", "per-channel"] | None = option(
        None, help="scales of the weights (default: the target's)"
    )
    input_type: Literal["int8", "uint8", "float32"] | None = option(
        None, help="type of the input (default: the target's)"
    )
    output_type: Literal["int8", "uint8", "float32"] | None = option(
        None, help="type of the outputs (default: the target's)"
    )


@dataclass(frozen=True, kw_only=True)
class CompileOptions(Request):
    """What Vela is given; None stands for what the target's [compile] says."""

    GROUP: ClassVar[str] = "Compilation for the NPU"

    zero_copy_concat: bool | None = option(
        None,
        help="copy the parts of each concatenation together, instead of writing them where they belong",
        negative=True,
        old_names=("in-place",),
    )
    fuse_silu: bool | None = option(
        None, help="leave each SiLU two operators, instead of one with a table (bit-exact)", negative=True
    )
    prefetch: bool | None = option(
        None, help="make no second file with weights brought ahead of their layers", negative=True
    )
    sram_limit: int | None = option(
        None,
        help="SRAM in KiB that weights brought ahead leave the model within (default: the target's)",
        placeholder="KIB",
        minimum=1,
        maximum=65536,
        example="640",
    )
    experimental_fuse_into_conv: bool | None = option(
        None, help="let the convolution before it carry each SiLU: no board has run this yet"
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.experimental_fuse_into_conv and self.fuse_silu is False:
            raise UsageError(
                "--no-fuse-silu and --experimental-fuse-into-conv exclude each other.", advice="Leave one of them out."
            )

    @property
    def silu(self) -> Literal["separate", "table", "convolution"] | None:
        """What becomes of a SiLU, as [compile] says it; None where nothing was asked for."""
        if self.experimental_fuse_into_conv:
            return "convolution"
        return None if self.fuse_silu is None else "table" if self.fuse_silu else "separate"


@dataclass(frozen=True, kw_only=True)
class RunnerOption(Request):
    """Where stages run."""

    runner: Literal["auto", "docker", "venv"] = option(
        "auto", help="where stages run: auto takes containers where an engine answers, else virtual environments"
    )
    require_isolation: bool = option(
        False, help="run nothing where stages could reach your files: in virtual environments that takes bubblewrap"
    )


@dataclass(frozen=True, kw_only=True)
class PackagesOption(Request):
    """Where packages are."""

    output: Path = option(
        Path("dist"), name="dist", help="folder of the packages, with one folder for each target", placeholder="FOLDER"
    )


@dataclass(frozen=True, kw_only=True)
class PortOption(Request):
    """Where the board is."""

    port: str | None = option(
        None, help="the serial port (default: the board is looked for)", placeholder="PORT", example="/dev/ttyACM0"
    )


@dataclass(frozen=True, kw_only=True)
class BoardOrRecordingOption(PortOption):
    """A board, and whether what passes is kept, or the recording of one."""

    record: Path | None = option(
        None, help="write what passes to this file, for a report of a fault", placeholder="FILE.jsonl"
    )
    replay: Path | None = option(None, help="take a recording instead of a board", placeholder="FILE.jsonl")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.replay is not None and (self.record is not None or self.port is not None):
            raise UsageError("--replay takes a recording: neither a board nor another one.", advice="Leave one out.")


@dataclass(frozen=True, kw_only=True)
class JsonOption(Request):
    """Output for machines."""

    json: bool = option(False, help="print JSON, for machines")
