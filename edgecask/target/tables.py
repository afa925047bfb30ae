"""The tables of target.toml: what a device accepts, one class each."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal, TypeVar

import msgspec

from edgecask.common_options import CompressionLevel, Rounding


class Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """A table of target.toml: a misspelt or unknown key is an error."""


VendorTable = TypeVar("VendorTable", bound=Strict)


class Model(Strict, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The network the firmware decodes. Sizes are in pixels; the input is square.

    `task` is what it is for, a module of edgecask/task/, and `head` the form in which the firmware wants its outputs.
    Which networks it decodes is said in the words of the task: of pose exactly so many `classes` and values a keypoint,
    and exactly so many `keypoints` where that is given; of detection at most `max_classes` (0 or none: any number),
    but no number of `refused_classes`.
    """

    task: str = "pose"
    head: str
    classes: int | None = None
    keypoint_dimensions: int | None = None
    image_sizes: list[int]
    default_image_size: int
    image_size_multiple: int | None = None
    keypoints: int | None = None
    max_classes: int | None = None
    refused_classes: list[int] = []


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
        "nearest-float32",
        "nearest-fixed-point",
        "nearest-exact",
        "bilinear-aligned-corners",
        "bilinear-half-pixel",
        "bilinear-half-shift",
        "area-average",
    ]
    dtypes: list[str]
    channels: list[int]
    scale: float
    zero_point: int

    def zero_point_of(self, dtype: str) -> int:
        """The zero point of an input of a type that is taken: `zero_point` is of the first; int8 is uint8 less 128."""
        less = {"int8": 128}
        return self.zero_point + (less.get(self.dtypes[0], 0) - less.get(dtype, 0) if dtype in self.dtypes else 0)


class Outputs(Strict, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The output tensors; `order` are their names, which bind only where `order_matters`."""

    dtypes: list[str]
    order: list[str]
    order_matters: bool


class Nms(Strict, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The firmware's non-maximum suppression and how it prints the result; see pipeline/shared/suppression.py.

    `score` and `iou`, parts of 1, are what holds where nothing was set, and `thresholds` says so: a person takes part
    where "score `score_comparison` threshold" holds, and is removed where the IoU (by `iou_formula`) with a better one
    compares so. With `by_class` a box removes those of its own class alone. `suppression` says so of firmwares that go
    another way (pipeline/shared/other_suppressions.py): a suppression for every class among all boxes, or scores that
    fade, by `sigma` and down to the `least`. Of equal scores the anchor that comes earlier or later is the better one,
    or the one that C++'s std::sort puts first (`ties`). At most `maximum` people are shown; None for any number.
    `not_emulated` names what is different on the board.
    """

    thresholds: str
    score: float
    score_comparison: Literal[">", ">="]
    iou: float
    iou_comparison: Literal[">", ">="]
    iou_formula: Literal["exact", "corner-as-centre", "unclamped", "centre-as-corner"]
    by_class: bool = False
    suppression: Literal["one-by-one", "every-class", "fading"] = "one-by-one"
    sigma: float | None = None
    least: float | None = None
    ties: Literal["earlier", "later", "std-sort"]
    maximum: int | None = None
    rounding: Literal[
        "none", "nearest", "down-twice", "down", "down-held", "down-first", "clipped-first", "input-pixels"
    ]  # fmt: skip
    order: Literal["ascending", "descending", "by-x", "as-left"]
    not_emulated: list[str] = []

    def rules(self) -> dict[str, Any]:
        """What the detect stage is told."""
        unsaid = {"by_class": False, "suppression": "one-by-one", "sigma": None, "least": None}
        return {
            name: value
            for name, value in msgspec.to_builtins(self).items()
            if name not in ("thresholds", "not_emulated") and (name not in unsaid or value != unsaid[name])
        }


class Quantization(Strict, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the quantize stage makes.

    `granularity`: of the weights' scales; `rounding`: "nearest", or "sensitivity", by what it costs decoded people
    (pipeline/rounding); `steps`: of which granularity the device takes scales without being slower, for that rounding.
    `range_search`: activation ranges and biases chosen by what they cost (pipeline/shared/activation_ranges.py);
    `compress_weights`, `max_ms` and `max_flash` (KiB): weights that take fewer bytes (edgecask/analysis/
    weight_levels.py; pipeline/quantize/weight_compression.py with "nearest", where "auto" is "off"); `gptq`: weights
    rounded so that their errors cancel (the same). The options of these names say otherwise
    (edgecask/common_options.py).
    """

    granularity: Literal["per-tensor", "per-channel"]
    input_type: Literal["int8", "uint8", "float32"]
    output_type: Literal["int8", "uint8", "float32"]
    range_search: bool = True
    compress_weights: CompressionLevel = "auto"
    gptq: bool = False
    rounding: Rounding = "nearest"
    max_ms: float | None = None
    max_flash: int | None = None
    steps: list[Literal["per-tensor", "per-channel"]] = []

    @property
    def compressed(self) -> bool:
        """Whether weights were asked for that take fewer bytes than they might."""
        return self.compress_weights in ("smaller", "smallest") or self.limited

    @property
    def limited(self) -> bool:
        """Whether what the device needs chooses how many bytes weights take."""
        return self.max_ms is not None or self.max_flash is not None

    @property
    def made(self) -> Literal["per-tensor", "per-channel"]:
        """The granularity of what is made."""
        if self.rounding == "sensitivity" and "per-channel" in self.steps:
            return "per-channel"
        return self.granularity

    @property
    def taken(self) -> set[str]:
        """The granularities that the device takes without being slower or less accurate."""
        return {self.granularity, *self.steps}


class Compile(Strict, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Vela's options of these names; its configuration is vela_config.ini beside target.toml.

    `silu` says what becomes of an int8 SiLU: LOGISTIC and MUL as in the file, one operator with a table, or a table on
    the convolution before it (never tried on a board where tables share the accumulators' memory, with fewer than 128
    MACs); `zero_copy_concat` whether concatenations do without copies; `prefetch` whether a second file is made whose
    weights are brought ahead, within `sram_limit` KiB where a user says so.
    """

    accelerator: str
    system_config: str
    memory_mode: str
    optimise: str
    cpu_operators: bool
    silu: Literal["separate", "table", "convolution"]
    zero_copy_concat: bool
    prefetch: bool = False
    sram_limit: float | None = None


class Npu(Strict, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the NPU's driver loads (edgecask/target/npu_rules.py); `alignment` in bytes.

    `product`, `architecture`, `macs` (multiplications a cycle), `stream_version` and `custom_dma` are the chip's;
    `flash_bytes_per_cycle` is what flash gives in that time (as vela_config.ini says).
    """

    command_stream: str
    product: str = "Ethos-U55"
    architecture: str
    stream_version: int = 0
    custom_dma: bool = False
    macs: int
    flash_bytes_per_cycle: float
    alignment: int


class Memory(Strict, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Limits in KiB.

    `arena` says who knows how large the tensor arena gets: the Vela file itself, TFLite Micro's interpreter, or
    nobody here. `arena_limits_kib` gives one limit for each image size where the firmware's arena depends on it.
    Vela's figure leaves out what TFLite Micro itself takes of the arena, `interpreter_kib`. From `arena_proven_kib` on
    a model is taken, and the check says how much is left: no larger one is known to have run on a board. Weights that
    are brought ahead leave `application_kib` of that alone, too.
    """

    arena: Literal["vela", "tflite-micro", "unknown"]
    arena_limit_kib: float | None = None
    arena_limits_kib: dict[str, float] = {}
    arena_proven_kib: float | None = None
    interpreter_kib: float = 0.0
    application_kib: float = 0.0
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


class Area(Strict, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something else that has its place in the board's flash: a model that reaches into it is said before."""

    address: int
    size: int
    what: str


class Flash(Strict, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the model goes and how.

    `usb_ids` are vendor:product, `baud_rate` in bits per second; `parts` and `loader` are for STM32CubeProgrammer;
    `areas` are what else lies in the flash; `commands` are what a person types where there is nothing to flash from
    here. `file_name` is what a board that reads its model from a card looks for in the card's root, and `file_systems`
    are those that it reads there, as Linux calls them.
    """

    method: Literal["xmodem", "esptool", "stm32", "copy"]
    address: int = 0
    baud_rate: int = 0
    usb_ids: list[str] = []
    chip: str = ""
    loader: str = ""
    areas: list[Area] = []
    parts: list[Part] = []
    commands: list[str] = []
    file_name: str = ""
    file_systems: list[str] = []


class Console(Strict, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The serial line on which the firmware says what it sees (edgecask/firmware/board/).

    `baud_rate` in bits per second; `reset_line` is the one that resets the board; `ticks_per_millisecond` is the clock
    of the one figure that Himax' apps print. The board is found by [flash] usb_ids.
    """

    baud_rate: int
    reset_line: Literal["rts", "dtr"]
    ticks_per_millisecond: int | None = None


class Change(Strict, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the firmware takes from a day on: a row of [[changes]], which are in the order of their days.

    `source` is the commit, `decoders` and `operators` are what came with it, `arena_limit_kib` the arena from then on.
    `own_build` marks what no firmware that is given out has: it is what `--firmware` calls one that people build with
    it.
    """

    since: date = msgspec.field(name="from")
    source: str
    what: str
    decoders: list[str] = []
    operators: list[str] = []
    arena_limit_kib: float | None = None
    own_build: str = ""
