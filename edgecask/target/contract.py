"""Does this .tflite satisfy that target? Every rule of target.toml as one row, for any file, ours or not.

What only one family of firmwares asks for is not here: the caller hands its rows in (edgecask/firmware/family.py).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from edgecask.target.class_count import class_count, joined_rows
from edgecask.target.firmware_changes import decoder_change, is_decoded
from edgecask.target.memory_rules import memory_rows
from edgecask.target.model_file import ModelFile, Tensor
from edgecask.target.npu_rules import npu_rows
from edgecask.target.operator_rules import operator_rows
from edgecask.target.rules import Row, Verdict, judge
from edgecask.target.target import Target
from edgecask.task.head import STRIDES, Channels, Head
from edgecask.task.task import TASKS, Task, task_of
from edgecask.wording import counted

SCALE_TOLERANCE = 0.01
RANKS = {3: "1×N×C each", 4: "1×H×W×C each"}


@dataclass(frozen=True, kw_only=True)
class Report:
    """All rules of one target for one file; `firmware` says which one, by its date where that was asked for."""

    model: str
    target: str
    firmware: str
    rows: tuple[Row, ...]

    @property
    def failures(self) -> tuple[Row, ...]:
        """The rules that are broken."""
        return tuple(row for row in self.rows if row.verdict == "fail")

    @property
    def broken(self) -> str:
        """How many rules that are, for a sentence."""
        return counted(len(self.failures), "rule")

    @property
    def warnings(self) -> tuple[Row, ...]:
        """What the device takes and its user should know."""
        return tuple(row for row in self.rows if row.verdict == "warn")

    def as_json(self) -> dict[str, Any]:
        """The report for machines."""
        return {
            "model": self.model,
            "target": self.target,
            "firmware": self.firmware,
            "passed": not self.failures,
            "rows": [asdict(row) for row in self.rows],
        }


def check(
    model: ModelFile,
    target: Target,
    *,
    family_rows: Iterable[Row] = (),
    arena_bytes: int | None = None,
    claimed_granularity: str | None = None,
) -> Report:
    """Every rule of `target` for `model`.

    `family_rows` are those of the target's firmware family, `arena_bytes` is the tensor arena as TFLite Micro measured
    it, for a file without NPU code, and `claimed_granularity` ("per-tensor" or "per-channel") what the file is said to
    be.
    """
    rows: list[Row] = [Row(rule="identifier", verdict="pass", found="TFL3", needed="TFL3")]
    rows += _decoder_rows(target)
    rows += _input_rows(model, target)
    task = task_of(target.model.task)
    head = task.heads[target.model.head]
    rows += (
        _head_rows(model, target, task, head)
        if len(head.outputs) > 1
        else _single_output_rows(model, target, task, head)
    )
    rows += _output_rows(model, target)
    rows += family_rows
    rows += operator_rows(model, target)
    rows += npu_rows(model, target)
    rows += _granularity_rows(model, target, claimed_granularity)
    rows += memory_rows(model, target, arena_bytes)
    advice = build_advice(target)
    return Report(
        model=model.name,
        target=target.name,
        firmware=target.firmware_named,
        rows=tuple(row if row.verdict == "pass" or row.advice else replace(row, advice=advice) for row in rows),
    )


def build_advice(target: Target) -> str:
    """What to do about a broken rule that has no advice of its own."""
    return f"Build the model with `invoke build --target={target.name}`."


def _decoder_rows(target: Target) -> Iterator[Row]:
    """Whether this firmware has a decoder for the head at all, where that depends on its date."""
    came = decoder_change(target)
    if came is None:
        return
    advice = f"Update the board's firmware, or check against --firmware={came.since}."
    found = f"firmware of {target.firmware_date}" if target.firmware_date else "the newest firmware"
    needed = f"firmware from {came.since} on ({came.what})"
    if came.own_build:
        advice = f"Where you build the firmware yourself with it, check against --firmware={came.own_build}."
        found, needed = target.firmware_named, f"a firmware that you build yourself ({came.what})"
    yield judge("decoder", is_decoded(target), found, needed, advice)


def _shape(tensor: Tensor) -> str:
    return "×".join(map(str, tensor.shape)) or "a scalar"


def _input_rows(model: ModelFile, target: Target) -> Iterator[Row]:
    yield judge("number of inputs", len(model.inputs) == 1, len(model.inputs), 1)
    if not model.inputs:
        return
    tensor = model.inputs[0]
    shape = tensor.shape
    multiple = target.model.image_size_multiple
    square = len(shape) == 4 and shape[0] == 1 and shape[1] == shape[2] and shape[3] in target.input.channels
    channels = " or ".join(map(str, target.input.channels))
    yield judge("input shape", square, _shape(tensor), f"1×S×S×C, square, C {channels}")
    if square:
        size = shape[1]
        if multiple is None:
            sizes = ", ".join(map(str, target.model.image_sizes))
            yield judge("input size", size in target.model.image_sizes, size, f"one of {sizes}")
        else:
            needed = f"a multiple of {multiple}, from {multiple} on"
            yield judge("input size", size >= multiple and size % multiple == 0, size, needed)
    yield judge("input type", tensor.dtype in target.input.dtypes, tensor.dtype, " or ".join(target.input.dtypes))
    if tensor.dtype.startswith("float"):
        return
    scale = tensor.scale
    close = scale is not None and math.isclose(scale, target.input.scale, rel_tol=SCALE_TOLERANCE)
    yield judge("input scale", close, "none" if scale is None else f"{scale:.6f}", f"{target.input.scale:.6f} (1/255)")
    zero_point = target.input.zero_point_of(tensor.dtype)
    yield judge("input zero point", tensor.zero_point == zero_point, tensor.zero_point, zero_point)


def _head_rows(model: ModelFile, target: Target, task: Task, head: Head) -> Iterator[Row]:
    """Several outputs, told apart as the firmwares do it: by shape (el_algorithm_yolo_pose.cpp)."""
    wanted = len(target.outputs.order)
    yield judge("number of outputs", len(model.outputs) == wanted, len(model.outputs), wanted)
    size = model.image_size
    if size is None or size < max(STRIDES):
        return
    (rank,) = {output.rank for output in head.outputs}
    flat = all(len(output.shape) == rank and output.shape[0] == 1 for output in model.outputs)
    yield judge("output rank", flat, ", ".join(map(_shape, model.outputs)), RANKS[rank])
    if not flat:
        return
    outputs = [head.output_of(tensor.shape, size) for tensor in model.outputs]
    roles = [
        output.name if output is not None else f"unknown ({_shape(tensor)})"
        for output, tensor in zip(outputs, model.outputs, strict=True)
    ]
    found = ", ".join(roles)
    complete = sorted(roles) == sorted(target.outputs.order)
    yield judge("outputs by shape", complete, found, ", ".join(target.outputs.order), task.shape_advice)
    if target.outputs.order_matters:
        yield judge("order of outputs", roles == list(target.outputs.order), found, ", ".join(target.outputs.order))
    counts = head.counts([tensor.shape for tensor in model.outputs], size)
    if complete and len(counts) > 1:
        same = len(set(counts)) == 1
        yield judge(f"same {task.counted} in all outputs", same, ", ".join(map(str, counts)), "one number")
    yield from _class_rows(target, task, counts)
    if target.model.keypoints is not None and counts:
        yield judge(f"number of {task.counted}", counts[0] == target.model.keypoints, counts[0], target.model.keypoints)


def _single_output_rows(model: ModelFile, target: Target, task: Task, head: Head) -> Iterator[Row]:
    """One output for all anchors of the input's size, as ST's applications read it."""
    (output,) = head.outputs
    yield judge("number of outputs", len(model.outputs) == 1, len(model.outputs), 1)
    size = model.image_size
    if not model.outputs or size is None:
        return
    count = output.count(model.outputs[0].shape, size)
    good = count is not None
    sides = [_written(output.channels, task), str(output.anchors(size))]
    needed = "×".join(["1", *(sides if output.channels_first else reversed(sides))])
    yield judge("output shape", good, ", ".join(map(_shape, model.outputs)), needed, task.shape_advice)
    yield from _class_rows(target, task, [count] if count is not None else [])
    if good:
        yield from _kind_rows(model, task, size)
    # 4 + C + 3K rows: of 59 the shape alone cannot tell 17 keypoints of 4 classes from 18 of one.
    classes = class_count(model, task)
    if good and classes is not None and target.model.classes is not None:
        advice = "The firmware takes the other classes' scores for a keypoint: train with one class."
        yield judge("number of classes", classes == target.model.classes, classes, target.model.classes, advice)


def _kind_rows(model: ModelFile, task: Task, size: int) -> Iterator[Row]:
    """Whether an output that has the shape of two tasks' is this one's, by the parts that it is joined from."""
    shape = model.outputs[0].shape
    counts = {
        (each.noun, each.counted): count
        for each in TASKS.values()
        for head in each.heads.values()
        if len(head.outputs) == 1 and (count := head.outputs[0].count(shape, size)) is not None
    }
    if len(counts) < 2:
        return
    parts = joined_rows(model)
    needed = f"that of a {task.noun} model"
    readings = " or ".join(f"{count} {counted}" for (_, counted), count in counts.items())
    theirs = [each.noun for each in TASKS.values() if each.classes_of(parts) is not None]
    if not theirs:
        advice = f"Its {shape[1]} rows are {readings}: the file does not tell which, and the firmware does not ask."
        yield Row(rule="kind of output", verdict="unknown", found=readings, needed=needed, advice=advice)
        return
    found = f"that of a {theirs[0]} model (joined from {', '.join(map(str, parts))} rows)"
    advice = f"The firmware reads its {shape[1]} rows as {counts[task.noun, task.counted]} {task.counted}."
    yield judge("kind of output", task.noun in theirs, found, needed, advice)


def _class_rows(target: Target, task: Task, counts: Sequence[int]) -> Iterator[Row]:
    """Of a task that may have any number of classes, whether this firmware takes so many."""
    most, refused = target.model.max_classes or None, target.model.refused_classes
    if "max_classes" not in task.limits or not counts:
        return
    needed = "1 or more" if most is None else f"1 to {most}"
    needed += f", and not {', '.join(map(str, refused))}" if refused else ""
    good = (most is None or max(counts) <= most) and not set(counts) & set(refused)
    yield judge("number of classes", good, counts[0], needed, "Train with another number of classes.")


def _written(channels: Channels, task: Task) -> str:
    each = str(channels.each) if channels.each > 1 else ""
    return f"({channels.fixed}+{each}{task.counted[0].upper()})" if channels.each else str(channels.fixed)


def _output_rows(model: ModelFile, target: Target) -> Iterator[Row]:
    types = sorted({output.dtype for output in model.outputs})
    good = set(types) <= set(target.outputs.dtypes)
    yield judge("output type", good, ", ".join(types) or "none", " or ".join(target.outputs.dtypes))
    integers = [(place, output) for place, output in enumerate(model.outputs) if not output.dtype.startswith("float")]
    if not integers:
        return
    # TFLite Micro takes 0 for the scale where a tensor has no scale or no zero point (micro_allocator.cc).
    wrong = [f"output {place}: {_scale(output)}" for place, output in integers if not _is_scaled(output)]
    needed = "one finite scale above 0 and a zero point each"
    advice = "The firmware takes scale and zero point of every output from the file: quantise it again."
    yield judge("output scale", not wrong, "; ".join(wrong) or "one each, above 0", needed, advice)


def _is_scaled(tensor: Tensor) -> bool:
    scale = tensor.scale
    return scale is not None and 0 < scale < math.inf and tensor.scales == 1 and tensor.zero_point is not None


def _scale(tensor: Tensor) -> str:
    if tensor.scale is None or tensor.zero_point is None:
        return "no scale" if tensor.scale is None else "no zero point"
    return f"{tensor.scales} scales" if tensor.scales > 1 else f"scale {tensor.scale:g}"


def _granularity_rows(model: ModelFile, target: Target, claimed: str | None) -> Iterator[Row]:
    """What the tensors really hold: of ST's own "pc" pose files two hold no per-channel tensor."""
    wanted = " or ".join(sorted(target.quantization.taken, reverse=True))
    if model.npu:
        yield Row(rule="granularity", verdict="unknown", found="inside the NPU's code", needed=wanted,
                  advice="Vela keeps no trace of it; look at the model before Vela.")  # fmt: skip
        return
    really = "per-channel" if model.per_channel_tensors else "per-tensor"
    found = f"{really} ({model.per_channel_tensors} tensors with several scales)"
    if claimed is not None:
        advice = "The file is not what its name or --granularity says: quantise it again."
        yield judge("granularity as claimed", really == claimed, found, claimed, advice)
    if claimed is None or claimed != target.quantization.granularity:
        # A granularity that was asked for is the user's choice; what it costs is in the device's README.
        taken = really in target.quantization.taken
        verdict: Verdict = "pass" if taken else "unknown" if really == claimed else "fail"
        advice = f"{target.title} is made for {wanted}: slower or less accurate otherwise."
        yield Row(rule="granularity", verdict=verdict, found=found, needed=wanted, advice=advice)
