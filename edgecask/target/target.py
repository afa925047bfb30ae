"""What a device accepts: targets/NAME/target.toml, read and validated."""

from __future__ import annotations

import re
import tomllib
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import msgspec

from edgecask.common_options import CompileOptions, NumberFormatOptions, QuantizationOptions
from edgecask.directories import bundled
from edgecask.errors import TargetError, UsageError
from edgecask.files import read_input
from edgecask.target.old_keys import with_new_names
from edgecask.target.overrides import compile_as_asked, quantization_as_asked
from edgecask.target.package_tables import View
from edgecask.target.tables import (
    Camera,
    Change,
    Compile,
    Console,
    Flash,
    Input,
    Memory,
    Model,
    Nms,
    Npu,
    Operators,
    Outputs,
    Quantization,
    Strict,
    VendorTable,
)
from edgecask.target.validity import check_tables
from edgecask.task.task import TASKS
from edgecask.wording import did_you_mean, shorten

TARGETS = bundled("targets")
FILE = "target.toml"
MAX_BYTES = 1 << 20
ALSO = "also"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
"""Of a target: it becomes the name of a folder of packages, and stands in the files that vendors' tools read."""


class Target(Strict, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One folder of targets/.

    `tasks` are what networks for the device may be for, its usual one first: the tables above [task] are about that,
    and [task.NAME.TABLE] says what is different for another one (see for_task). [[task.NAME.also]] are further forms
    that the firmware decodes, which are checked and not built. `family` names a module of edgecask/firmware/, and
    `vendor` is what that family's own tools want to be told. The tables say what the newest firmware takes; `as_of` of
    firmware_changes.py gives an older one. `name`, `folder`, `firmware_date` (None for the newest) and `firmware_build`
    (one of one's own) do not stand in the file.
    """

    title: str
    firmware: str
    family: str
    model: Model
    camera: Camera
    input: Input
    outputs: Outputs
    nms: Nms
    quantization: Quantization
    memory: Memory
    flash: Flash
    operators: Operators | None = None
    console: Console | None = None
    compile: Compile | None = None
    npu: Npu | None = None
    tasks: list[str] = msgspec.field(default_factory=list)
    task: dict[str, dict[str, Any]] = msgspec.field(default_factory=dict)
    vendor: dict[str, Any] = msgspec.field(default_factory=dict)
    changes: list[Change] = msgspec.field(default_factory=list)
    name: str = ""
    folder: str = ""
    firmware_date: date | None = None
    firmware_build: str = ""

    @property
    def firmware_named(self) -> str:
        """The firmware, by its day where one was asked for."""
        if self.firmware_build:
            return f"{self.firmware}, built by yourself with {self.firmware_build}"
        return self.firmware if self.firmware_date is None else f"{self.firmware} of {self.firmware_date}"

    def for_task(self, name: str | None) -> Target:
        """This target with what holds for a task; as it is for None. Raises TargetError for a task that is not its."""
        if name is None or name == self.model.task:
            return self
        if name not in self.tasks:
            raise TargetError(
                f"{self.name} takes no {TASKS[name].noun if name in TASKS else name} models: {self.title} decodes "
                f"{' and '.join(TASKS[task].noun for task in self.tasks)}.",
                advice="`invoke targets` says which targets take what.",
            )
        return self._with(name, {key: value for key, value in self.task.get(name, {}).items() if key != ALSO})

    def forms(self) -> list[Target]:
        """Every form of outputs that the firmware decodes: of each task the one that is built, then the others."""
        found = []
        for name in self.tasks:
            built = self.for_task(name)
            also = self.task.get(name, {}).get(ALSO, [])
            found += [built, *(built._with(name, tables) for tables in also)]
        return found

    def _with(self, task: str, tables: dict[str, Any]) -> Target:
        """With other values in some tables; what only the former task is asked about in [model] goes."""
        whole = msgspec.to_builtins(self)
        if task != self.model.task:
            for limit in TASKS[self.model.task].limits:
                whole["model"].pop(limit, None)
            whole["model"]["task"] = task
        try:
            return msgspec.convert(_merged(whole, tables), Target)
        except msgspec.ValidationError as error:
            raise TargetError(
                f"{self.folder}/target.toml is not valid: [task.{task}] {error}.",
                advice="Compare it with targets/grove/target.toml.",
            ) from error

    def vendor_as(self, table: type[VendorTable]) -> VendorTable:
        """The [vendor] table as its family reads it; raises TargetError where it is not what that wants."""
        try:
            return msgspec.convert(self.vendor, table)
        except msgspec.ValidationError as error:
            raise TargetError(
                f"{self.folder}/target.toml is not valid: [vendor] {error}.",
                advice=f"Compare it with another target of the family {self.family}.",
            ) from error

    def quantized_as(self, options: QuantizationOptions | NumberFormatOptions) -> Target:
        """This target with another quantization where `options` ask for one; raises UsageError where two contradict."""
        quantization = quantization_as_asked(
            self.quantization, options, target=self.name, is_compiled=self.compile is not None
        )
        return msgspec.structs.replace(self, quantization=quantization)

    def compiled_as(self, options: CompileOptions) -> Target:
        """This target with other choices of [compile] where `options` ask for some; raises UsageError without Vela."""
        chosen = compile_as_asked(self.compile, options, target=self.name)
        return self if chosen is self.compile else msgspec.structs.replace(self, compile=chosen)

    def seen_with(self, crop: Literal["none", "camera"] | None) -> Target:
        """This target with another [camera] crop where one is asked for."""
        if crop is None:
            return self
        return msgspec.structs.replace(self, camera=msgspec.structs.replace(self.camera, crop=crop))

    def view(self) -> View:
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

    @property
    def arenas_kib(self) -> dict[str, float]:
        """What the arena has for a network, in KiB, by the side of its image where that matters, "" for others."""
        memory = self.memory
        limits = {"": memory.arena_limit_kib, **memory.arena_limits_kib}
        return {side: limit - memory.interpreter_kib for side, limit in limits.items() if limit is not None}

    def prefetch_limit_kib(self, image_size: int) -> float | None:
        """How much SRAM weights may be brought ahead into, in KiB; None where that is not done.

        What the user says, or the arena for this image size without what the interpreter and the application keep.
        """
        if self.compile is None or not self.compile.prefetch:
            return None
        if self.compile.sram_limit is not None:
            return self.compile.sram_limit
        memory = self.memory
        arena = memory.arena_limits_kib.get(str(image_size)) or memory.arena_proven_kib or memory.arena_limit_kib
        return arena - memory.interpreter_kib - memory.application_kib if arena is not None else None

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


def _merged(table: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """A table with the values of another; tables in both are merged likewise."""
    both = {
        key: _merged(table[key], value) if isinstance(value, dict) and isinstance(table.get(key), dict) else value
        for key, value in other.items()
    }
    return {**table, **both}


def target_names() -> list[str]:
    """All targets, sorted."""
    return sorted(path.parent.name for path in TARGETS.glob("*/target.toml"))


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
    content = read_input(path, limit=MAX_BYTES, error=TargetError, advice="Compare it with targets/grove/target.toml.")
    try:
        table = with_new_names(tomllib.loads(content.decode()), path)
        own = {"name": folder.name, "folder": str(folder), "firmware_date": None}
        target = msgspec.convert({**table, **own}, Target)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise TargetError(
            f"{path} is not valid: {error}.", advice="Compare it with targets/grove/target.toml."
        ) from error
    target = msgspec.structs.replace(target, tasks=target.tasks or [target.model.task])
    check_tables(target, path)
    if target.compile is not None and not target.vela_config.is_file():
        raise TargetError(f"{target.vela_config} is missing.", advice="A target with a [compile] table needs it.")
    return target
