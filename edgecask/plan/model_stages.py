"""From a target to the stages of a build."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from edgecask.plan.graph import Content, Node, Output, Results, Settled
from edgecask.plan.program import Program
from edgecask.target.target import Target
from edgecask.task.task import task_of

LARGEST_ARENA = 16 * 1024 * 1024
SAMPLES = Node(name="samples", program=Program(name="samples", environment="export"), outputs=("samples.tar",))
CONVERT = Node(
    name="convert", program=Program(name="convert", environment="convert"), outputs=("saved_model.zip", "float.tflite")
)
FLOAT = Output(node="convert", file="float.tflite")
"""The float model, as the host runs it."""
QUANTIZE = Node(
    name="quantize",
    program=Program(name="quantize", environment="convert"),
    outputs=("model.tflite",),
)
ROUND = Node(name="round", program=Program(name="rounding", environment="export"), outputs=("weights.npz",))
WRITE = Node(name="quantize", program=Program(name="write_weights", environment="convert"), outputs=("model.tflite",))
LEVEL_BITS = (4.75, 4.0, 3.4, 2.9, 2.4)
"""Bits a weight by an ideal coder, with `rounding = "sensitivity"`; Vela's file has some 17 % more."""
ALL_BITS = 8.0
"""Where the device reads every weight as a byte: as fine as they can be."""
COMPILE = Node(
    name="compile",
    program=Program(name="compile", environment="vela"),
    outputs=("model.tflite", "operators.csv", "timeline.json", "vela_summary.csv"),
)


def prepare_stage(
    target: Target,
    *,
    image_size: int,
    images: Content | None = None,
    most: int | None = None,
    held_out: Sequence[str] = (),
) -> Node:
    """Calibration images as the device's camera path would hand them to the network.

    At most `most` of them, and none of the names in `held_out`.
    """
    return prepared(
        shape=(image_size, image_size, 3), camera=target.view(), images=images, most=most, held_out=held_out
    )


def prepared(
    *,
    shape: tuple[int, int, int],
    camera: Any,
    images: Content | None = None,
    random: int = 0,
    most: int | None = None,
    held_out: Sequence[str] = (),
) -> Node:
    """Calibration images of a shape (height, width, channels), or so many `random` ones; see pipeline/prepare."""
    height, width, channels = shape
    return Node(
        name="prepare",
        program=Program(name="prepare", environment="convert"),
        inputs={"images.tar": images} if images is not None else {},
        outputs=("calibration.npy",) if random else ("calibration.npy", "thumbnails.json"),
        parameters={
            "height": height,
            "width": width,
            "channels": channels,
            "camera": camera,
            "random": random,
            "most": most,
            "held_out": list(held_out),
        },
    )


def export_stage(target: Target, *, image_size: int, weights: Content) -> Node:
    """Checkpoint → ONNX with the target's head."""
    return Node(
        name="export",
        program=Program(name="export", environment="export"),
        inputs={"weights.pt": weights},
        outputs=("model.onnx", "reference.npz"),
        parameters={
            "image_size": image_size,
            "task": target.model.task,
            "head": target.model.head,
            "limits": {name: getattr(target.model, name) for name in task_of(target.model.task).limits},
        },
    )


def convert_stage(*, exported: str = "export") -> Node:
    """ONNX → SavedModel, of what the node `exported` gives; that also says what the outputs are called."""

    def settle(results: Results) -> Settled:
        report = results[exported].report
        return Settled(parameters={"task": report["task"], "head": report["head"], "outputs": report["outputs"]})

    return replace(
        CONVERT,
        inputs={
            "model.onnx": Output(node=exported, file="model.onnx"),
            "reference.npz": Output(node=exported, file="reference.npz"),
        },
        settle=settle,
    )


def quantize_stage(target: Target, *, saved_model: Content, floating: Content, calibration: Content) -> Node:
    """SavedModel → integer TFLite; `floating` is the same network as float.tflite."""
    # Only where it is used: devices that quantise alike share the result, however fast their flash is.
    macs_per_byte = None
    compressed = target.quantization.compressed and target.quantization.rounding == "nearest"
    if target.npu is not None and compressed:
        macs_per_byte = target.npu.macs / target.npu.flash_bytes_per_cycle
    return replace(
        QUANTIZE,
        inputs={"saved_model.zip": saved_model, "float.tflite": floating, "calibration.npy": calibration},
        parameters={
            "granularity": target.quantization.granularity,
            "input_type": target.quantization.input_type,
            "output_type": target.quantization.output_type,
            "output_order": target.outputs.order,
            "scale": 1 / 255,
            "offset": 0.0,
            "full_range": True,
            "range_search": target.quantization.range_search,
            "task": target.model.task,
            "head": target.model.head,
            "compress_weights": target.quantization.compress_weights if compressed else "off",
            "gptq": target.quantization.gptq,
            "macs_per_byte": macs_per_byte,
            "depthwise_by_channel": "per-channel" in target.quantization.taken,
            "describe": target.quantization.rounding == "sensitivity",
        },
    )


def quantize_nodes(
    target: Target,
    *,
    saved_model: Content,
    floating: Content,
    calibration: Content,
    sigmas: Callable[[int], Sequence[float]],
    exported: str = "export",
    levels: Sequence[float] = (),
    choose: Callable[[Results], int] = lambda _: 0,
    needs: tuple[str, ...] = (),
) -> list[Node]:
    """SavedModel → integer TFLite, whose last node is `quantize`.

    Weights may take any of `levels` bits, as many as they gain from where none are given; `choose` gives the number of
    the level that is taken, when the nodes of `needs` are done.
    `sigmas` gives the OKS constants for a number of keypoints, which the node `exported` reports.
    """
    first = quantize_stage(target, saved_model=saved_model, floating=floating, calibration=calibration)
    if target.quantization.rounding == "nearest":
        return [first]

    def settle(results: Results) -> Settled | None:
        if results["ranges"].report["not_described"]:
            return None
        return Settled(parameters={"sigmas": list(sigmas(results[exported].report["keypoints"]))})

    described = replace(first.called("ranges"), outputs=(*QUANTIZE.outputs, "network.npz"))
    rounded = replace(
        ROUND,
        inputs={"network.npz": Output(node="ranges", file="network.npz"), "calibration.npy": calibration},
        parameters={
            "levels": list(levels) or [LEVEL_BITS[0] if target.compile is not None else ALL_BITS],
            "per_channel": target.quantization.made == "per-channel",
            "task": target.model.task,
        },
        needs=(exported,),
        settle=settle,
    )

    def chosen(results: Results) -> Settled:
        return replace(_weights(results), parameters={"level": choose(results)})

    return [described, rounded, replace(write_stage(0), needs=("round", *needs), settle=chosen)]


def write_stage(level: int) -> Node:
    """The integer model of the nodes of quantize_nodes with the weights of a level, by its number."""
    return replace(
        WRITE,
        inputs={"model.tflite": Output(node="ranges", file="model.tflite")},
        parameters={"level": level},
        needs=("round",),
        settle=_weights,
    )


def _weights(results: Results) -> Settled:
    """What write_stage takes: nothing of a network that pipeline/rounding does not know."""
    return Settled(inputs={"weights.npz": results["round"].outputs["weights.npz"]} if "round" in results else {})


def compile_stage(target: Target, *, model: Content, vela_config: Content, prefetch_bytes: int | None = None) -> Node:
    """Integer TFLite → TFLite for the NPU; the target has a [compile] table.

    With `prefetch_bytes` weights are brought as far ahead as that much SRAM allows.
    """
    assert target.compile is not None
    return replace(
        COMPILE,
        inputs={"model.tflite": model, "vela_config.ini": vela_config},
        parameters={
            "accelerator": target.compile.accelerator,
            "system_config": target.compile.system_config,
            "memory_mode": target.compile.memory_mode,
            "optimise": target.compile.optimise,
            "silu": target.compile.silu,
            "zero_copy_concat": target.compile.zero_copy_concat,
            "arena_kib": target.arenas_kib,
            "prefetch_bytes": prefetch_bytes,
        },
    )


def timeline_stage(target: Target, *, model: Content, vela_config: Content) -> Node:
    """The event timeline of any file compiled for an Ethos-U55, with the clock and memories of the target's chip."""
    assert target.compile is not None
    return Node(
        name="timeline",
        program=Program(name="timeline", environment="vela"),
        inputs={"model.tflite": model, "vela_config.ini": vela_config},
        outputs=("timeline.json",),
        parameters={"system_config": target.compile.system_config, "memory_mode": target.compile.memory_mode},
    )


def timeline_fit_stage(target: Target, *, models: Mapping[str, tuple[Content, float]], vela_config: Content) -> Node:
    """Which chip would take as long as a board did: files by name, with the milliseconds that it took for each."""
    assert target.compile is not None
    return Node(
        name="fit",
        program=Program(name="timeline_fit", environment="vela"),
        inputs={"vela_config.ini": vela_config, **{f"{name}.tflite": model for name, (model, _) in models.items()}},
        outputs=("fit.json",),
        parameters={
            "system_config": target.compile.system_config,
            "memory_mode": target.compile.memory_mode,
            "measured": {name: milliseconds for name, (_, milliseconds) in models.items()},
        },
    )


def arena_stage(*, model: Content) -> Node:
    """How much tensor arena TFLite Micro needs for a model without NPU code."""
    return Node(
        name="arena",
        program=Program(name="arena", environment="micro"),
        inputs={"model.tflite": model},
        outputs=("allocations.txt",),
        parameters={"largest_arena_bytes": LARGEST_ARENA},
    )
