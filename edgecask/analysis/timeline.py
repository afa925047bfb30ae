"""What an event timeline says: how long the NPU computes, how long it waits, and for what (pipeline/npu/clock.py)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from edgecask.errors import ModelFileError, UsageError
from edgecask.store.store import Store
from edgecask.target.model_file import ModelFile
from edgecask.target.target import Target, load_target, target_names

U55 = "Ethos-U55"


@dataclass(frozen=True, kw_only=True)
class Wait:
    """A time in which no kernel runs, in milliseconds from the start, and the kernel that comes after it."""

    start: float
    length: float
    before: str


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """Milliseconds in all, by kind of kernel and by kind of transfer, and bytes by the latter; longest waits first.

    `sensitivity` has the milliseconds in all of chips that are others, by what is other about them.
    """

    total: float
    kernels: Mapping[str, float]
    transfers: Mapping[str, float]
    transferred: Mapping[str, int]
    waits: tuple[Wait, ...]
    sensitivity: Mapping[str, float]
    clock_hz: float
    macs_per_cycle: int
    flash_bytes_per_second: float

    @property
    def waiting(self) -> float:
        """Milliseconds in which no kernel runs."""
        return self.total - sum(self.kernels.values())


def read_timeline(text: str) -> Timeline:
    """What the stage `timeline`, or `compile`, wrote as timeline.json."""
    found: dict[str, Any] = json.loads(text)
    kernels: Counter[str] = Counter()
    transfers: Counter[str] = Counter()
    transferred: Counter[str] = Counter()
    waits = []
    free = 0.0
    for kind, name, start, end, size in found["spans"]:
        if kind == "transfer":
            transfers[name] += end - start
            transferred[name] += size
            continue
        kernels[_kind(name)] += end - start
        if start > free:
            waits.append(Wait(start=free, length=start - free, before=name))
        free = max(free, end)
    if found["total_ms"] > free:
        waits.append(Wait(start=free, length=found["total_ms"] - free, before="the end"))
    return Timeline(
        total=found["total_ms"],
        kernels=dict(kernels),
        transfers=dict(transfers),
        transferred=dict(transferred),
        waits=tuple(sorted(waits, key=lambda wait: (-wait.length, wait.start))),
        sensitivity=found["sensitivity"],
        clock_hz=found["core_clock_hz"],
        macs_per_cycle=found["macs_per_cycle"],
        flash_bytes_per_second=found["flash_bytes_per_second"],
    )


def _kind(name: str) -> str:
    """The kind of a kernel out of its name, such as "depthwise convolution 3×3 → 24×24×64"."""
    words = []
    for word in name.split():
        if not word.isalpha():
            break
        words.append(word)
    return " ".join(words)


@dataclass(frozen=True, kw_only=True)
class NpuEstimates:
    """How long the NPU needs for a file, in milliseconds, as far as the store knows: by Vela, and by the timeline."""

    vela: float | None = None
    timeline: float | None = None

    def facts(self) -> dict[str, float]:
        """Those that are known, under the names of the manifest."""
        named = {"npu_ms": self.vela, "timeline_ms": self.timeline}
        return {name: value for name, value in named.items() if value is not None}


def known_estimates(store: Store, sha256: str) -> NpuEstimates:
    """What a build or `edgecask timeline` said of the file with this digest; nothing runs."""
    found = NpuEstimates()
    for record in store.records():
        if record.outputs.get("model.tflite") == sha256 and record.made_from.stage in ("compile", "prefetch"):
            metrics = record.report.get("metrics", {})
            return NpuEstimates(vela=metrics.get("npu_ms"), timeline=metrics.get("timeline_ms"))
        if record.made_from.stage == "timeline" and record.made_from.inputs.get("model.tflite") == sha256:
            found = NpuEstimates(timeline=record.report["timeline"]["total_ms"])
    return found


def refuse_other_files(model: ModelFile) -> None:
    """Raise ModelFileError for a file without NPU code, or for another NPU than an Ethos-U55."""
    if not model.npu:
        raise ModelFileError(
            f"{model.name} holds no NPU code, so there is nothing to put on a timeline.",
            advice="Pass a file that went through Vela, such as dist/TARGET/model.tflite.",
        )
    others = [payload.product for payload in model.npu if payload.product != U55]
    if others:
        raise ModelFileError(
            f"{model.name} is compiled for an {others[0] or 'NPU that it does not name'}.",
            advice="The timeline knows the Ethos-U55 alone.",
        )


def target_of(name: str | None, model: ModelFile) -> Target:
    """The target whose chip the timeline is of: the one asked for, or the first with as many multipliers as the file.

    Raises UsageError where there is none, or where nothing is compiled for it.
    """
    macs = model.npu[0].macs
    if name is not None:
        target = load_target(name)
        if target.compile is None:
            raise UsageError(f"{target.name} has no Ethos-U.", advice="Name a target with one, or none.")
        return target
    for known in target_names():
        target = load_target(known)
        if target.compile is not None and target.npu is not None and target.npu.macs == macs:
            return target
    raise UsageError(
        f"No target has an NPU with {macs} multipliers a cycle, as {model.name} wants.",
        advice="Name one with --target=FOLDER: its vela_config.ini says how fast chip and memories are.",
    )
