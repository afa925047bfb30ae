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
from edgecask.options import Request
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
from edgecask.task.task import TASKS
from edgecask.wording import did_you_mean, shorten

TARGETS = bundled("targets")
FILE = "target.toml"
MAX_BYTES = 1 << 20
ALSO = "also"
OLD_KEYS = {
    "quantization": {"refine": "range_search", "compact": "compress_weights", "compensate": "gptq"},
    "compile": {"in_place": "zero_copy_concat"},
}
"""Keys of 0.1 by their tables, with what they are called now; they go with the release after this one."""
COMPILE_CHOICES = {
    "silu": "SiLU",
    "zero_copy_concat": "copies",
    "prefetch": "weights brought ahead",
    "sram_limit": "SRAM",
}
"""What options for Vela are about, by the keys of [compile]."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
"""Of a target: it becomes the name of a folder of packages, and stands in the files that vendors' tools read."""


class Target(Strict, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One folder of targets/.

    `tasks` are what networks for the device may be for, its usual one first: the tables above [task] are about that,
    and [task.NAME.TABLE] says what is different for another one (see for_task). [[task.NAME.also]] are further forms
    that the firmware decodes, which are checked and not built. `family` names a module of edgecask/firmware/, and
    `vendor` is what that family's own tools want to be told. The tables say what the newest firmware takes; `as_of`
    gives an older one. `name`, `folder`, `firmware_date` (None for the newest) and `firmware_build` (one of one's own)
    do not stand in the file.
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

    def as_of(self, text: str) -> Target:
        """This target with the firmware of a day, written 2024-12-07 or as the board says it, 2024.12.07.

        Or with one that people build themselves, by the name that [[changes]] have for it.

        Raises UsageError where it is no day, the target has no table of them, or no firmware is that old.
        """
        if not self.changes:
            raise UsageError(
                f"Nothing is known of {self.name}'s firmware by its date ({self.firmware}).",
                advice="Leave --firmware out.",
            )
        builds = sorted({change.own_build for change in self.changes} - {""})
        if text in builds:
            return msgspec.structs.replace(self, firmware_build=text)
        try:
            day = date.fromisoformat(text.replace(".", "-"))
        except ValueError as error:
            of_builds = f", or {' or '.join(builds)} for one that you build yourself" if builds else ""
            raise UsageError(
                f"--firmware={text} is no date.", advice=f"Write it like --firmware=2024-12-07{of_builds}."
            ) from error
        given_out = [change for change in self.changes if not change.own_build]
        later = [change for change in given_out if change.since > day]
        earlier = given_out[: len(given_out) - len(later)]
        if not earlier:
            raise UsageError(
                f"There was no {self.firmware} on {day}: the first known is of {self.changes[0].since}.",
                advice="`AT+VER?` on the board's serial line says which one it has.",
            )
        memory, operators = self.memory, self.operators
        arenas = [change.arena_limit_kib for change in earlier if change.arena_limit_kib is not None]
        if arenas:
            memory = msgspec.structs.replace(memory, arena_limit_kib=arenas[-1])
        if operators is not None:
            missing = {name for change in later for name in change.operators}
            known = [name for name in operators.registered if name not in missing]
            operators = msgspec.structs.replace(operators, registered=known)
        return msgspec.structs.replace(self, memory=memory, operators=operators, firmware_date=day)

    def last_change(self, kind: Literal["decoders", "operators", "arena_limit_kib"]) -> Change | None:
        """The last change of a kind up to this firmware's day; None where none is known."""
        return next(
            (change for change in reversed(self.changes) if getattr(change, kind) and self._has(change)),
            None,
        )

    def brought_by(self, kind: Literal["decoders", "operators"], name: str) -> Change | None:
        """The change that a decoder or an operator came with, be it before or after this firmware's day."""
        return next((change for change in self.changes if name in getattr(change, kind)), None)

    @property
    def decoder(self) -> Change | None:
        """The change that the decoder of the head came with; None where the firmware always had it.

        [[changes]] call it by task and head, "detect-raw", or by the head alone, which is of the first task.
        """
        model = self.model
        of_first = self.brought_by("decoders", model.head) if model.task == self.tasks[0] else None
        return self.brought_by("decoders", f"{model.task}-{model.head}") or of_first

    @property
    def is_decoded(self) -> bool:
        """Whether this firmware knows the head; a target without a table of changes always did."""
        return self.decoder is None or self._has(self.decoder)

    def _has(self, change: Change) -> bool:
        if change.own_build:
            return change.own_build == self.firmware_build
        return self.firmware_date is None or change.since <= self.firmware_date

    def quantized_as(self, options: QuantizationOptions | NumberFormatOptions) -> Target:
        """This target with another quantization where `options` ask for one; raises UsageError where two contradict."""
        asked = _asked(options, Quantization)
        if getattr(options, "fast", False):
            asked = _fast(asked)
        if "granularity" in asked:  # by the user, who means it
            asked["steps"] = []
        if asked.get("gptq") or asked.get("range_search") is False:  # another way than the target's
            asked = {"rounding": "nearest", **asked}
        quantization = msgspec.structs.replace(self.quantization, **asked)
        if quantization.compressed and self.compile is None:
            raise UsageError(
                f"{self.name} reads its weights as they are, so it gains nothing from coarser ones.",
                advice="Leave it out.",
            )
        for option, chosen in (
            ("--compress-weights", quantization.compress_weights in ("smaller", "smallest")),
            ("--gptq", quantization.gptq),
            ("--rounding=sensitivity", quantization.rounding == "sensitivity"),
        ):
            if chosen and not quantization.range_search:
                raise UsageError(f"{option} and --no-range-search exclude each other.", advice="Leave one of them out.")
        if quantization.limited and quantization.rounding != "sensitivity":
            raise UsageError(
                "--max-ms and --max-flash choose among weights that --rounding=sensitivity makes.",
                advice="Leave them out, or --rounding=nearest, --gptq, --fast and --no-range-search.",
            )
        if quantization.limited and quantization.compress_weights != "auto":
            raise UsageError(
                "--max-ms and --max-flash choose how far weights are compressed, and so does --compress-weights.",
                advice="Leave one of them out.",
            )
        if quantization.gptq and quantization.rounding == "sensitivity":
            raise UsageError(
                "--gptq and --rounding=sensitivity exclude each other.",
                advice="Leave --gptq out: errors cancel with --rounding=sensitivity, too.",
            )
        return msgspec.structs.replace(self, quantization=quantization)

    def compiled_as(self, options: CompileOptions) -> Target:
        """This target with other choices of [compile] where `options` ask for some; raises UsageError without Vela."""
        asked = _asked(options, Compile)
        if getattr(options, "fast", False) and self.compile is not None:
            asked.setdefault("prefetch", False)
        if not asked:
            return self
        if self.compile is None:
            subjects = " and ".join(words for name, words in COMPILE_CHOICES.items() if name in asked)
            raise UsageError(
                f"Nothing is compiled for {self.name} here, so there is nothing to choose about {subjects}.",
                advice="Leave the option out.",
            )
        return msgspec.structs.replace(self, compile=msgspec.structs.replace(self.compile, **asked))

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


def _asked(options: Request, table: type[Strict]) -> dict[str, Any]:
    """What `options` say otherwise than a table of target.toml, by the table's own keys."""
    found = {name: getattr(options, name, None) for name in table.__struct_fields__}
    return {name: value for name, value in found.items() if value is not None}


def _fast(asked: dict[str, Any]) -> dict[str, Any]:
    """What `--fast` asks of [quantization] besides; raises UsageError where it contradicts the rest."""
    slow = {"gptq": True, "range_search": True, "rounding": "sensitivity"}
    named = [name.replace("_", "-") for name, value in slow.items() if asked.get(name) == value]
    if asked.get("compress_weights", "off") not in ("auto", "off"):
        named.append("compress-weights")
    if named:
        raise UsageError(f"--fast and --{named[0]} exclude each other.", advice="Leave one of them out.")
    return {**asked, "range_search": False}


def target_names() -> list[str]:
    """All targets, sorted."""
    return sorted(path.parent.name for path in TARGETS.glob("*/target.toml"))


def _with_new_names(table: dict[str, Any], path: Path) -> dict[str, Any]:
    """The file's content with keys by their new names: a device of somebody's own may have those of 0.1 still.

    Raises TargetError where it lacks what 0.1 did not ask for.
    """
    for name, keys in OLD_KEYS.items():
        inner = table.get(name)
        if isinstance(inner, dict):
            table[name] = {keys.get(key, key): value for key, value in inner.items()}
    if "decode" in table:
        raise TargetError(
            f"{path} is of edgecask 0.1: thresholds in [decode] are now in [nms], with the firmware's rules beside "
            "them, and [camera] says what the camera delivers.",
            advice="Write [nms], [camera] and the names of `resize` as a target of the same firmware has them "
            f"({TARGETS}).",
        )
    if "family" not in table:
        table["family"] = "sscma" if "sscma" in table else "himax"
        table["vendor"] = table.pop("sscma", {})
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
    content = read_input(path, limit=MAX_BYTES, error=TargetError, advice="Compare it with targets/grove/target.toml.")
    try:
        table = _with_new_names(tomllib.loads(content.decode()), path)
        own = {"name": folder.name, "folder": str(folder), "firmware_date": None}
        target = msgspec.convert({**table, **own}, Target)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise TargetError(
            f"{path} is not valid: {error}.", advice="Compare it with targets/grove/target.toml."
        ) from error
    target = msgspec.structs.replace(target, tasks=target.tasks or [target.model.task])
    _check_tasks(target, path)
    for form in target.forms():
        _check_head(form, path)
    problem = _contradiction(target)
    if problem:
        raise TargetError(f"{path} is not valid: {problem}.", advice="Correct [[changes]], or take them out.")
    if target.compile is not None and not target.vela_config.is_file():
        raise TargetError(f"{target.vela_config} is missing.", advice="A target with a [compile] table needs it.")
    return target


def _check_tasks(target: Target, path: Path) -> None:
    """Raise TargetError where there are no such tasks, or tables for others."""
    unknown = [name for name in (*target.tasks, target.model.task) if name not in TASKS]
    if unknown:
        raise TargetError(
            f"{path} is not valid: there is no task {unknown[0]!r:.60}.",
            advice=f"It has to be one of {', '.join(TASKS)}.",
        )
    if target.tasks[0] != target.model.task or set(target.task) - set(target.tasks):
        raise TargetError(
            f"{path} is not valid: `tasks` are {', '.join(target.tasks)}, its tables are about "
            f"{', '.join([target.model.task, *target.task])}.",
            advice="`tasks` begin with the one that [model] is about, and name each that has tables in [task].",
        )


def _check_head(target: Target, path: Path) -> None:
    """Raise TargetError where there is no such task, or the task has no such head."""
    model = target.model
    known = TASKS[model.task].heads if model.task in TASKS else TASKS
    key, value = ("head", model.head) if model.task in TASKS else ("task", model.task)
    if value not in known:
        raise TargetError(
            f"{path} is not valid: `{key}` in [model] is {value!r:.60}.",
            advice=f"It has to be one of {', '.join(known)}.",
        )
    missing = [name for name in TASKS[model.task].required if getattr(model, name) is None]
    if missing:
        raise TargetError(
            f"{path} is not valid: [model] lacks {missing[0]}.", advice="Compare it with targets/grove/target.toml."
        )


def _contradiction(target: Target) -> str:
    """What [[changes]] say against the tables above them, or nothing."""
    days = [change.since for change in target.changes]
    if days != sorted(days):
        return "[[changes]] are not in the order of their days"
    last, arena = target.last_change("arena_limit_kib"), target.memory.arena_limit_kib
    if last is not None and last.arena_limit_kib != arena:
        return f"arena_limit_kib is {arena:g} in [memory] and {last.arena_limit_kib:g} in the last of [[changes]]"
    registered = target.operators.registered if target.operators is not None else []
    foreign = [name for change in target.changes for name in change.operators if name not in registered]
    return f"[[changes]] name {', '.join(foreign)}, which [operators] do not register" if foreign else ""
