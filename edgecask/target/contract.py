"""Does this .tflite satisfy that target? Every rule of target.toml as one row, for any file, ours or not."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Literal

from edgecask.target.model_file import ETHOS_U, ModelFile, Tensor
from edgecask.target.target import Target

Verdict = Literal["pass", "fail", "unknown"]
STRIDES = (8, 16, 32)
BOX_CHANNELS = 64
"""Four sides of sixteen bins each (el_algorithm_yolo_pose.cpp)."""
BOX_ROWS = 5
"""cx, cy, w, h and the score of the decoded head."""
KIBIBYTE = 1024
SCALE_TOLERANCE = 0.01
BUILD_ADVICE = "Build the model with `invoke build --target={target}`."


@dataclass(frozen=True, kw_only=True)
class Row:
    """One rule: what was found, what the device needs, and what to do where they differ."""

    rule: str
    verdict: Verdict
    found: str
    needed: str
    advice: str = ""


@dataclass(frozen=True, kw_only=True)
class Report:
    """All rules of one target for one file."""

    model: str
    target: str
    rows: tuple[Row, ...]

    @property
    def failures(self) -> tuple[Row, ...]:
        """The rules that are broken."""
        return tuple(row for row in self.rows if row.verdict == "fail")

    def as_json(self) -> dict[str, Any]:
        """The report for machines."""
        return {
            "model": self.model,
            "target": self.target,
            "passed": not self.failures,
            "rows": [asdict(row) for row in self.rows],
        }


def check(
    model: ModelFile, target: Target, *, arena_bytes: int | None = None, claimed_granularity: str | None = None
) -> Report:
    """Every rule of `target` for `model`.

    `arena_bytes` is the tensor arena as TFLite Micro measured it, for a file without NPU code; `claimed_granularity`
    ("per-tensor" or "per-channel") what the file is said to be.
    """
    rows: list[Row] = [Row(rule="identifier", verdict="pass", found="TFL3", needed="TFL3")]
    rows += _input_rows(model, target)
    rows += _raw_head_rows(model, target) if target.model.head == "raw" else _decoded_head_rows(model, target)
    rows += _output_type_rows(model, target)
    rows += _operator_rows(model, target)
    rows += _float_rows(model)
    rows += _npu_rows(model, target)
    rows += _granularity_rows(model, target, claimed_granularity)
    rows += _memory_rows(model, target, arena_bytes)
    advice = BUILD_ADVICE.format(target=target.name)
    return Report(
        model=model.name,
        target=target.name,
        rows=tuple(
            row
            if row.verdict == "pass" or row.advice
            else Row(rule=row.rule, verdict=row.verdict, found=row.found, needed=row.needed, advice=advice)
            for row in rows
        ),
    )


def granularity_in_name(file_name: str) -> str | None:
    """What ST's naming claims: {name}_quant_{pc|pt}_…; None where the name claims nothing."""
    found = re.search(r"_quant_(pc|pt)_", file_name)
    return {"pc": "per-channel", "pt": "per-tensor"}[found[1]] if found else None


def _row(rule: str, good: bool, found: object, needed: object, advice: str = "") -> Row:
    return Row(
        rule=rule,
        verdict="pass" if good else "fail",
        found=str(found),
        needed=str(needed),
        advice="" if good else advice,
    )


def _shape(tensor: Tensor) -> str:
    return "×".join(map(str, tensor.shape)) or "a scalar"


def _input_rows(model: ModelFile, target: Target) -> Iterator[Row]:
    yield _row("number of inputs", len(model.inputs) == 1, len(model.inputs), 1)
    if not model.inputs:
        return
    tensor = model.inputs[0]
    shape = tensor.shape
    multiple = target.model.image_size_multiple
    square = len(shape) == 4 and shape[0] == 1 and shape[1] == shape[2] and shape[3] in target.input.channels
    channels = " or ".join(map(str, target.input.channels))
    yield _row("input shape", square, _shape(tensor), f"1×S×S×C, square, C {channels}")
    if square:
        size = shape[1]
        if multiple is None:
            sizes = ", ".join(map(str, target.model.image_sizes))
            yield _row("input size", size in target.model.image_sizes, size, f"one of {sizes}")
        else:
            needed = f"a multiple of {multiple}, from {multiple} on"
            yield _row("input size", size >= multiple and size % multiple == 0, size, needed)
    yield _row("input type", tensor.dtype in target.input.dtypes, tensor.dtype, " or ".join(target.input.dtypes))
    if tensor.dtype.startswith("float"):
        return
    scale = tensor.scale
    close = scale is not None and math.isclose(scale, target.input.scale, rel_tol=SCALE_TOLERANCE)
    yield _row("input scale", close, "none" if scale is None else f"{scale:.6f}", f"{target.input.scale:.6f} (1/255)")
    yield _row(
        "input zero point", tensor.zero_point == target.input.zero_point, tensor.zero_point, target.input.zero_point
    )


def _image_size(model: ModelFile) -> int | None:
    shape = model.inputs[0].shape if model.inputs else ()
    return shape[1] if len(shape) == 4 and shape[1] == shape[2] and shape[1] > 0 else None


def _raw_head_rows(model: ModelFile, target: Target) -> Iterator[Row]:
    """The firmware's own way of telling the outputs apart: by shape (el_algorithm_yolo_pose.cpp)."""
    wanted = len(target.outputs.order)
    yield _row("number of outputs", len(model.outputs) == wanted, len(model.outputs), wanted)
    size = _image_size(model)
    if size is None or size < max(STRIDES):
        return
    flat = all(len(output.shape) == 3 and output.shape[0] == 1 for output in model.outputs)
    yield _row("output rank", flat, ", ".join(map(_shape, model.outputs)), "1×N×C each")
    if not flat:
        return
    lengths = {(size // stride) ** 2: stride for stride in STRIDES}
    anchors = sum(lengths)
    roles: list[str] = []
    for output in model.outputs:
        _, length, last = output.shape
        if last in (1, BOX_CHANNELS) and length in lengths:
            roles.append(f"{'score' if last == 1 else 'box'}_s{lengths[length]}")
        elif last % target.model.keypoint_dimensions == 0 and length == anchors and last > 0:
            roles.append("keypoints")
        else:
            roles.append(f"unknown ({_shape(output)})")
    found = ", ".join(roles)
    complete = sorted(roles) == sorted(target.outputs.order)
    yield _row("outputs by shape", complete, found, ", ".join(target.outputs.order), "The model needs one class.")
    if target.outputs.order_matters:
        yield _row("order of outputs", roles == list(target.outputs.order), found, ", ".join(target.outputs.order))
    if target.model.keypoints is not None and "keypoints" in roles:
        keypoints = model.outputs[roles.index("keypoints")].shape[2] // target.model.keypoint_dimensions
        yield _row("number of keypoints", keypoints == target.model.keypoints, keypoints, target.model.keypoints)


def _decoded_head_rows(model: ModelFile, target: Target) -> Iterator[Row]:
    """One output (1, 5 + 3K, F) with F anchors for the input's size, as ST's applications read it."""
    yield _row("number of outputs", len(model.outputs) == 1, len(model.outputs), 1)
    size = _image_size(model)
    if not model.outputs or size is None:
        return
    shape = model.outputs[0].shape
    anchors = sum((size // stride) ** 2 for stride in STRIDES)
    values = target.model.keypoint_dimensions
    rows = shape[1] - BOX_ROWS if len(shape) == 3 else 0
    good = len(shape) == 3 and shape[0] == 1 and shape[2] == anchors and rows > 0 and rows % values == 0
    needed = f"1×(5+{values}K)×{anchors}"
    yield _row("output shape", good, ", ".join(map(_shape, model.outputs)), needed, "The model needs one class.")


def _output_type_rows(model: ModelFile, target: Target) -> Iterator[Row]:
    types = sorted({output.dtype for output in model.outputs})
    good = set(types) <= set(target.outputs.dtypes)
    yield _row("output type", good, ", ".join(types) or "none", " or ".join(target.outputs.dtypes))


def _operator_rows(model: ModelFile, target: Target) -> Iterator[Row]:
    if target.operators is None:
        return
    registered = set(target.operators.registered)
    foreign = [name for name in model.operator_names if name not in registered]
    yield _row(
        "operators",
        not foreign,
        f"not registered: {', '.join(foreign)}" if foreign else ", ".join(model.operator_names),
        f"only what {target.firmware} registers ({', '.join(sorted(registered))})",
        'Anything else is "Invoke failed" on the device. '
        + ("Compile the model with Vela first." if target.compile is not None and not model.npu else ""),
    )
    newer = sorted(
        {
            f"{operator.name} version {operator.version}"
            for operator in model.operators
            if operator.version > target.operators.versions.get(operator.name, operator.version)
        }
    )
    limits = ", ".join(f"{name} ≤ {version}" for name, version in sorted(target.operators.versions.items()))
    if limits:
        yield _row("operator versions", not newer, ", ".join(newer) or "within the limits", limits)


def _float_rows(model: ModelFile) -> Iterator[Row]:
    """Float operators left in a model that should compute in integers; passing to and from real numbers is none."""
    floating = sorted({operator.name for operator in model.operators if operator.computes_in_float})
    yield _row("integer operators only", not floating, ", ".join(floating) or "no float operator", "no float operator")


def _npu_rows(model: ModelFile, target: Target) -> Iterator[Row]:
    if target.npu is None:
        found = f"{len(model.npu)} {ETHOS_U} operators" if model.npu else "none"
        yield _row("NPU code", not model.npu, found, "none: the device has no Ethos-U")
        return
    yield _row(
        "NPU code", bool(model.npu), f"{len(model.npu)} {ETHOS_U} operators" if model.npu else "none",
        "compiled by Vela", "This firmware runs no plain int8 model: compile it with Vela.",
    )  # fmt: skip
    for payload in model.npu:
        npu = target.npu
        yield _row(
            "command stream", payload.command_stream == npu.command_stream, payload.command_stream, npu.command_stream
        )
        yield _row("NPU architecture", payload.architecture == npu.architecture, payload.architecture, npu.architecture)
        yield _row("NPU MACs", payload.macs == npu.macs, payload.macs, npu.macs)
        aligned = payload.misalignment % npu.alignment == 0
        found = "aligned" if aligned else f"{payload.misalignment} bytes off"
        yield _row("command stream alignment", aligned, found, f"{npu.alignment} bytes")


def _granularity_rows(model: ModelFile, target: Target, claimed: str | None) -> Iterator[Row]:
    """What the tensors really hold: of ST's own "pc" pose files two hold no per-channel tensor."""
    wanted = target.quantization.granularity
    if model.npu:
        yield Row(rule="granularity", verdict="unknown", found="inside the NPU's code", needed=wanted,
                  advice="Vela keeps no trace of it; look at the model before Vela.")  # fmt: skip
        return
    really = "per-channel" if model.per_channel_tensors else "per-tensor"
    found = f"{really} ({model.per_channel_tensors} tensors with several scales)"
    if claimed is not None:
        advice = "The file is not what its name or --granularity says: quantise it again."
        yield _row("granularity as claimed", really == claimed, found, claimed, advice)
    if claimed is None or claimed != wanted:
        # A granularity that was asked for is the user's choice; what it costs is in the device's README.
        verdict: Verdict = "pass" if really == wanted else "unknown" if really == claimed else "fail"
        advice = f"{target.title} is made for {wanted}: slower or less accurate otherwise."
        yield Row(rule="granularity", verdict=verdict, found=found, needed=wanted, advice=advice)


def _memory_rows(model: ModelFile, target: Target, arena_bytes: int | None) -> Iterator[Row]:
    memory = target.memory
    kibibytes = model.size / KIBIBYTE
    yield _row(
        "flash", kibibytes <= memory.flash_limit_kib, f"{kibibytes:.1f} KiB", f"at most {memory.flash_limit_kib:g} KiB"
    )
    limit = memory.arena_limits_kib.get(str(_image_size(model)), memory.arena_limit_kib)
    if memory.arena == "unknown":
        yield Row(rule="tensor arena", verdict="unknown", found="not measured", needed=memory.arena_note,
                  advice="The vendor's tool reports it.")  # fmt: skip
    if limit is None:
        return
    if model.npu:
        arena_bytes = max(payload.scratch_bytes for payload in model.npu)
    if arena_bytes is None:
        yield Row(rule="tensor arena", verdict="unknown", found="not measured", needed=f"at most {limit:g} KiB",
                  advice="--arena measures it.")  # fmt: skip
        return
    used = arena_bytes / KIBIBYTE
    yield _row("tensor arena", used <= limit, f"{used:.1f} KiB", f"at most {limit:g} KiB", "Use a smaller --imgsz.")
