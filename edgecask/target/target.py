"""What a device accepts: targets/NAME/target.toml, read and validated."""

from __future__ import annotations

import re
import tomllib
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import msgspec

from edgecask.common_options import CompileOptions, CompressionLevel, NumberFormatOptions, QuantizationOptions
from edgecask.directories import bundled
from edgecask.errors import TargetError, UsageError
from edgecask.options import Request, did_you_mean, shorten

TARGETS = bundled("targets")
FILE = "target.toml"
OLD_KEYS = {
    "quantization": {"refine": "range_search", "compact": "compress_weights", "compensate": "gptq"},
    "compile": {"in_place": "zero_copy_concat"},
}
"""Keys of 0.1 by their tables, with what they are called now; they go with the release after this one."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
"""Of a target: it becomes the name of a folder of packages, and stands in the files that vendors' tools read."""


class Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """A table of target.toml: a misspelt or unknown key is an error."""


class Model(Strict, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The network the firmware decodes. Sizes are in pixels; the input is square."""

    head: str
    classes: int
    keypoint_dimensions: int
    image_sizes: list[int]
    default_image_size: int
    image_size_multiple: int | None = None
    keypoints: int | None = None


class Camera(Strict, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the firmware's camera hands over by default.

    `frame` is its [width, height] in pixels and `sees` says what of the scene that is; `colour` is the form it has on
    its way (pipeline/shared/camera.py); `crop` is how much of a picture evaluation and calibration take: all of it
    ("none"), or what the camera would see of it ("camera"). `not_emulated` names what is different on the board.
    """

    frame: tuple[int, int]
    sees: str
    colour: Literal["rgb", "yuv422", "rgb565", "rgb565-replicated"]
    crop: Literal["none", "camera"]
    not_emulated: list[str]


class Input(Strict, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The input tensor: real value = scale · (stored value − zero_point), in 0–1.

    `resize` is how the firmware makes the square of the frame (pipeline/shared/camera.py).
    """

    resize: Literal[
        "nearest-float32", "nearest-fixed-point", "bilinear-aligned-corners", "bilinear-half-pixel", "area-average"
    ]
    dtypes: list[str]
    channels: list[int]
    scale: float
    zero_point: int


class Outputs(Strict, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The output tensors; `order` are their names, which bind only where `order_matters`."""

    dtypes: list[str]
    order: list[str]
    order_matters: bool


class Nms(Strict, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The firmware's non-maximum suppression and how it prints the result; see pipeline/shared/suppression.py.

    `score` and `iou` are its defaults, as parts of 1: a person takes part where "score `score_comparison` threshold"
    holds, and is removed where the IoU (by `iou_formula`) with a better one compares so. Of equal scores the anchor
    that comes earlier or later is the better one (`ties`). At most `maximum` people are shown; None for any number.
    `not_emulated` names what is different on the board.
    """

    score: float
    score_comparison: Literal[">", ">="]
    iou: float
    iou_comparison: Literal[">", ">="]
    iou_formula: Literal["exact", "corner-as-centre", "unclamped"]
    ties: Literal["earlier", "later"]
    maximum: int | None = None
    rounding: Literal["none", "nearest", "down-twice"]
    order: Literal["ascending", "descending"]
    not_emulated: list[str] = []

    def rules(self) -> dict[str, Any]:
        """What the detect stage is told."""
        return {name: value for name, value in msgspec.to_builtins(self).items() if name != "not_emulated"}


class Quantization(Strict, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the quantize stage makes.

    `range_search`: activation ranges and biases chosen by what they cost (pipeline/shared/activation_ranges.py);
    `compress_weights`: weights that take fewer bytes (pipeline/quantize/weight_compression.py); `gptq`: weights rounded
    so that their errors cancel (the same). The options of these names say otherwise (edgecask/common_options.py).
    """

    granularity: Literal["per-tensor", "per-channel"]
    input_type: Literal["int8", "uint8", "float32"]
    output_type: Literal["int8", "uint8", "float32"]
    range_search: bool = True
    compress_weights: CompressionLevel = "off"
    gptq: bool = False


class Compile(Strict, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Vela's options of these names; its configuration is vela_config.ini beside target.toml.

    `silu` says what becomes of an int8 SiLU: LOGISTIC and MUL as in the file, one operator with a table, or a table on
    the convolution before it (never tried on a board); `zero_copy_concat` whether concatenations do without
    copies.
    """

    accelerator: str
    system_config: str
    memory_mode: str
    optimise: str
    cpu_operators: bool
    silu: Literal["separate", "table", "convolution"]
    zero_copy_concat: bool


class Npu(Strict, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the NPU's driver loads; `alignment` in bytes.

    `macs` are multiplications a cycle, `flash_bytes_per_cycle` what flash gives in that time (as vela_config.ini says).
    """

    command_stream: str
    architecture: str
    macs: int
    flash_bytes_per_cycle: float
    alignment: int


class Memory(Strict, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Limits in KiB.

    `arena` says who knows how large the tensor arena gets: the Vela file itself, TFLite Micro's interpreter, or
    nobody here. `arena_limits_kib` gives one limit for each image size where the firmware's arena depends on it.
    """

    arena: Literal["vela", "tflite-micro", "unknown"]
    arena_limit_kib: float | None = None
    arena_limits_kib: dict[str, float] = {}
    arena_note: str = ""
    flash_limit_kib: float


class Operators(Strict, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The operators the firmware's interpreter registers; with `versions`, the highest version of some."""

    registered: list[str]
    versions: dict[str, int] = {}


class Part(Strict, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One file for STM32CubeProgrammer; no address where the file holds its own."""

    file: str
    address: int | None = None


class Flash(Strict, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the model goes and how.

    `usb_ids` are vendor:product, `baud_rate` in bits per second; `parts` and `loader` are for STM32CubeProgrammer;
    `commands` are what a person types where there is nothing to flash from here.
    """

    method: Literal["xmodem", "esptool", "stm32", "copy"]
    address: int = 0
    baud_rate: int = 0
    usb_ids: list[str] = []
    chip: str = ""
    loader: str = ""
    parts: list[Part] = []
    commands: list[str] = []


class Sscma(Strict, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the catalogue of Seeed's web tool calls the device and the model."""

    device: str
    algorithm: str
    category: str


class St(Strict, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What ST's tools call the device: stedgeai's --target and the deployment service's hardware_setup."""

    use_case: str
    stedgeai_target: str
    stedgeai_options: list[str]
    series: str
    board: str


class Target(Strict, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One folder of targets/."""

    title: str
    firmware: str
    model: Model
    camera: Camera
    input: Input
    outputs: Outputs
    nms: Nms
    quantization: Quantization
    memory: Memory
    flash: Flash
    operators: Operators | None = None
    compile: Compile | None = None
    npu: Npu | None = None
    sscma: Sscma | None = None
    st: St | None = None
    name: str = ""
    folder: str = ""

    def quantized_as(self, options: QuantizationOptions | NumberFormatOptions) -> Target:
        """This target with another quantization where `options` ask for one; raises UsageError where two contradict."""
        quantization = msgspec.structs.replace(self.quantization, **_asked(options, Quantization))
        if quantization.compress_weights != "off" and self.compile is None:
            raise UsageError(
                f"{self.name} reads its weights as they are, so it gains nothing from --compress-weights.",
                advice="Leave it out.",
            )
        for option, chosen in (
            ("--compress-weights", quantization.compress_weights != "off"),
            ("--gptq", quantization.gptq),
        ):
            if chosen and not quantization.range_search:
                raise UsageError(f"{option} and --no-range-search exclude each other.", advice="Leave one of them out.")
        return msgspec.structs.replace(self, quantization=quantization)

    def compiled_as(self, options: CompileOptions) -> Target:
        """This target with other choices of [compile] where `options` ask for some; raises UsageError without Vela."""
        asked = _asked(options, Compile)
        if not asked:
            return self
        if self.compile is None:
            raise UsageError(
                f"Nothing is compiled for {self.name} here, so there is nothing to choose about "
                f"{'SiLU' if 'silu' in asked else 'copies'}.",
                advice="Leave the option out.",
            )
        return msgspec.structs.replace(self, compile=msgspec.structs.replace(self.compile, **asked))

    def seen_with(self, crop: Literal["none", "camera"] | None) -> Target:
        """This target with another [camera] crop where one is asked for."""
        if crop is None:
            return self
        return msgspec.structs.replace(self, camera=msgspec.structs.replace(self.camera, crop=crop))

    def view(self) -> dict[str, Any]:
        """How a picture becomes the network's input, for the stages (see pipeline/shared/camera.py, view)."""
        return {
            "resize": self.input.resize,
            "colour": self.camera.colour,
            "frame": list(self.camera.frame) if self.camera.crop == "camera" else None,
        }

    @cached_property
    def vela_config(self) -> Path:
        """The configuration file for Vela."""
        return Path(self.folder) / "vela_config.ini"

    def image_size(self, requested: int | None) -> int:
        """The image size to build for; raises UsageError where the firmware does not take the one requested."""
        size = requested if requested is not None else self.model.default_image_size
        multiple = self.model.image_size_multiple
        if size in self.model.image_sizes:
            return size
        tested = ", ".join(map(str, self.model.image_sizes))
        if multiple is None:
            raise UsageError(
                f"The firmware of {self.name} takes no image of {size} × {size} pixels.",
                advice=f"Use --imgsz with one of {tested}.",
            )
        if size < multiple or size % multiple:
            raise UsageError(
                f"An image size of {size} pixels is not a multiple of {multiple}, which {self.name} needs.",
                advice=f"Use --imgsz with one of {tested}, or another multiple of {multiple}.",
            )
        return size


def _asked(options: Request, table: type[Strict]) -> dict[str, Any]:
    """What `options` say otherwise than a table of target.toml, by the table's own keys."""
    found = {name: getattr(options, name, None) for name in table.__struct_fields__}
    return {name: value for name, value in found.items() if value is not None}


def target_names() -> list[str]:
    """All targets, sorted."""
    return sorted(path.parent.name for path in TARGETS.glob("*/target.toml"))


def _with_new_names(table: dict[str, Any]) -> dict[str, Any]:
    """The file's content with keys by their new names: a device of somebody's own may have those of 0.1 still."""
    for name, keys in OLD_KEYS.items():
        inner = table.get(name)
        if isinstance(inner, dict):
            table[name] = {keys.get(key, key): value for key, value in inner.items()}
    return table


def target_folder(name: str, targets: Path = TARGETS) -> Path:
    """The folder of a target: one of `targets` by its name, or any other by its path.

    Raises TargetError where there is none.
    """
    if name != Path(name).name or name.startswith((".", "~")):
        try:
            folder = Path(name).expanduser().absolute()
        except RuntimeError:  # ~somebody, and there is no such user
            folder = Path(name).absolute()
        folder = folder.parent if folder.name == FILE else folder
        if (folder / FILE).is_file() and _NAME.fullmatch(folder.name):
            return folder
        advice = f"--target takes a name, such as grove, or a folder with a {FILE}; the folder's name is the target's."
        raise TargetError(f"There is no target in {folder}.", advice=advice)
    if name and (targets / name / FILE).is_file():
        return targets / name
    known = sorted(found.parent.name for found in targets.glob(f"*/{FILE}"))
    closest = did_you_mean(name, known)
    raise TargetError(
        f"There is no target {shorten(name)!r}.",
        advice=closest or f"Use --target with one of {', '.join(known)}, or with a folder that has a {FILE}.",
    )


def load_target(name: str, targets: Path = TARGETS) -> Target:
    """The target `name`, see target_folder; raises TargetError where it is unknown or its file is not valid."""
    folder = target_folder(name, targets)
    path = folder / FILE
    try:
        table = _with_new_names(tomllib.loads(path.read_text()))
        target = msgspec.convert({**table, "name": folder.name, "folder": str(folder)}, Target)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise TargetError(
            f"{path} is not valid: {error}.", advice="Compare it with targets/grove/target.toml."
        ) from error
    if target.compile is not None and not target.vela_config.is_file():
        raise TargetError(f"{target.vela_config} is missing.", advice="A target with a [compile] table needs it.")
    return target
