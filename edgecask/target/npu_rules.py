"""What the Ethos-U driver asks of a payload before it runs it.

The rules are those of ethosu_dev_verify_optimizer_config and handle_command_stream (edgecask/target/npu_payload.py
names the sources): the product, the MACs and the version of the command stream have to be the chip's, its architecture
may be newer than the file's within the same major version, and custom DMA is refused where the chip has none. The patch
level of the architecture is never compared.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from edgecask.target.model_file import ETHOS_U, ModelFile
from edgecask.target.npu_payload import OPERATOR_TYPE, NpuPayload
from edgecask.target.rules import Row, judge
from edgecask.target.tables import Npu
from edgecask.target.target import Target

VELA_ADVICE = "This firmware runs no plain int8 model: compile it with Vela."
CPU_ADVICE = "The firmware runs it on its CPU, which is many times slower: compile it with Vela."
LEFT_ADVICE = "Each takes its time on the CPU while the NPU waits. `edgecask build` leaves none, of YOLO11 neither."
COMPLETE = "complete"


def npu_rows(model: ModelFile, target: Target) -> Iterator[Row]:
    """The rows of a target with an NPU, or the one that says that it has none."""
    if target.npu is None:
        found = f"{len(model.npu)} {ETHOS_U} operators" if model.npu else "none"
        yield judge("NPU code", not model.npu, found, "none: the device has no Ethos-U")
        return
    found = f"{len(model.npu)} {ETHOS_U} operators" if model.npu else "none"
    if not model.npu and runs_without(model, target):
        yield Row(rule="NPU code", verdict="warn", found=found, needed="compiled by Vela", advice=CPU_ADVICE)
        return
    yield judge("NPU code", bool(model.npu), found, "compiled by Vela", VELA_ADVICE)
    if model.npu:
        yield from _left_rows(model)
        yield from _payload_rows(model.npu, target.npu)


def _left_rows(model: ModelFile) -> Iterator[Row]:
    """What Vela left to the CPU, as the attention of YOLO11 is by its own: the parts for the NPU wait for it."""
    left = Counter(operator.name for operator in model.operators if operator.name != ETHOS_U)
    if left:
        named = ", ".join(f"{count} {name}" for name, count in sorted(left.items()))
        found = f"{named}; {len(model.npu)} part{'s' * (len(model.npu) > 1)} for the NPU"
        yield Row(
            rule="operators on the CPU", verdict="warn", found=found, needed="none, to be as fast as it can",
            advice=LEFT_ADVICE,
        )  # fmt: skip


def runs_without(model: ModelFile, target: Target) -> bool:
    """Whether the firmware's interpreter registers all that a model needs that was not compiled for the NPU."""
    return target.operators is not None and set(model.operator_names) <= set(target.operators.registered)


def _payload_rows(payloads: tuple[NpuPayload, ...], npu: Npu) -> Iterator[Row]:
    yield _row("command stream", payloads, lambda p: p.command_stream, npu.command_stream)
    yield _row("NPU code's parts", payloads, lambda p: p.damage or COMPLETE, COMPLETE)
    yield _row(
        "operator's options", payloads, lambda p: p.operator_type, OPERATOR_TYPE,
        text=f"{OPERATOR_TYPE}, by which TFLite Micro knows Vela's operator",
    )  # fmt: skip
    yield _alignment_row("command stream alignment", [payload.misalignment for payload in payloads], npu)
    yield _alignment_row("weights alignment", [payload.weights_misalignment for payload in payloads], npu)
    told = tuple(payload for payload in payloads if payload.architecture is not None)
    if len(told) < len(payloads):
        yield Row(
            rule="NPU configuration", verdict="warn", found="not given", needed=f"{npu.product}, {npu.architecture}",
            advice="The driver checks nothing of a file that does not say what it was compiled for.",
        )  # fmt: skip
    if told:
        yield from _configuration_rows(told, npu)


def _configuration_rows(payloads: tuple[NpuPayload, ...], npu: Npu) -> Iterator[Row]:
    yield _row("NPU product", payloads, lambda p: p.product, npu.product)
    major, minor = _version(npu.architecture)
    architectures = list(dict.fromkeys(str(payload.architecture) for payload in payloads))
    runs = all(theirs == major and least <= minor for theirs, least in map(_version, architectures))
    needed = f"{major}.0" if minor == 0 else f"{major}.0 to {major}.{minor}"
    yield judge("NPU architecture", runs, ", ".join(architectures), f"{needed}, any patch level")
    yield _row("NPU MACs", payloads, lambda p: p.macs, npu.macs)
    yield _row("command stream version", payloads, lambda p: p.stream_version, npu.stream_version)
    if not npu.custom_dma:
        yield _row(
            "custom DMA", payloads, lambda p: "yes" if p.custom_dma else "no", "no", text="no: the chip has none"
        )


def _alignment_row(rule: str, offsets: list[int], npu: Npu) -> Row:
    worst = max(offset % npu.alignment for offset in offsets)
    return judge(rule, worst == 0, f"{worst} bytes off" if worst else "aligned", f"{npu.alignment} bytes")


def _row(
    rule: str, payloads: tuple[NpuPayload, ...], value: Callable[[NpuPayload], object], wanted: object, text: str = ""
) -> Row:
    """One row for all payloads, which all need the same value; those that are found are all named."""
    found = list(dict.fromkeys(value(payload) for payload in payloads))
    shown = ", ".join("none" if one is None else str(one) for one in found)
    return judge(rule, found == [wanted], shown, text or wanted)


def _version(text: str) -> tuple[int, int]:
    major, minor = text.split(".")[:2]
    return int(major), int(minor)
