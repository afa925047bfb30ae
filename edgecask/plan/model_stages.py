"""From a target to the stages of a build."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from edgecask.plan.graph import Content, Node, Output, Results, Settled
from edgecask.plan.program import Program
from edgecask.target.target import Target

TENSORFLOW_LITE = "tensorflow-lite"
INTERPRETERS = {TENSORFLOW_LITE: "convert", "tflite-micro": "micro"}
"""The environment of each interpreter."""

# For a precision-recall curve; what the firmware shows starts at its own score (targets/*/target.toml).
LOWEST_SCORE = 0.001
MOST_DETECTIONS = 100
ST_OVERLAP = 0.1
BOOTSTRAP_REPLICATES = 400
NOISE_PICTURES = 16


LARGEST_ARENA = 16 * 1024 * 1024
SAMPLES = Node(name="samples", program=Program(name="samples", environment="export"), outputs=("samples.tar",))
CONVERT = Node(
    name="convert", program=Program(name="convert", environment="convert"), outputs=("saved_model.zip", "float.tflite")
)
QUANTIZE = Node(
    name="quantize",
    program=Program(name="quantize", environment="convert"),
    outputs=("model.tflite",),
)
COMPILE = Node(
    name="compile",
    program=Program(name="compile", environment="vela"),
    outputs=("model.tflite", "operators.csv", "timeline.json", "vela_summary.csv"),
)
DETECT = Node(
    name="detect",
    program=Program(name="detect", environment="convert"),
    outputs=(),
)
# What these three draw is chosen when results are there: see report.py, compression_tradeoff.py, overlays.py.
OVERLAYS = Node(
    name="overlays",
    program=Program(name="overlays", environment="evaluate"),
    outputs=("overlays.json",),
    parameters={"visibility": 0.5},
)
FIGURES = Node(
    name="figures",
    program=Program(name="cost_plots", environment="evaluate"),
    outputs=("layers-narrow.svg", "layers-wide.svg", "memory-narrow.svg", "memory-wide.svg"),
)
CURVE = Node(
    name="curve",
    program=Program(name="tradeoff_plot", environment="evaluate"),
    outputs=("curve-narrow.svg", "curve-wide.svg"),
)


def prepare_stage(target: Target, *, image_size: int, images: Content | None = None, most: int | None = None) -> Node:
    """Calibration pictures as the device's camera path would hand them to the network; at most `most` of them."""
    return Node(
        name="prepare",
        program=Program(name="prepare", environment="convert"),
        inputs={"images.tar": images} if images is not None else {},
        outputs=("calibration.npy", "thumbnails.json"),
        parameters={
            "height": image_size,
            "width": image_size,
            "channels": 3,
            "camera": target.view(),
            "random": 0,
            "most": most,
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
            "head": target.model.head,
            "classes": target.model.classes,
            "keypoints": target.model.keypoints,
            "keypoint_dimensions": target.model.keypoint_dimensions,
        },
    )


def convert_stage(*, exported: str = "export") -> Node:
    """ONNX → SavedModel, of what the node `exported` gives; that also says what the outputs are called."""

    def settle(results: Results) -> Settled:
        return Settled(parameters={"outputs": results[exported].report["outputs"]})

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
    if target.npu is not None and target.quantization.compress_weights != "off":
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
            "head": target.model.head,
            "compress_weights": target.quantization.compress_weights,
            "gptq": target.quantization.gptq,
            "macs_per_byte": macs_per_byte,
        },
    )


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
            "prefetch_bytes": prefetch_bytes,
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


def detect_stage(
    target: Target,
    *,
    models: Mapping[str, Content],
    images: Content | None = None,
    interpreter: str = TENSORFLOW_LITE,
    lowest_score: float = LOWEST_SCORE,
) -> Node:
    """What models that have not been through Vela find in pictures, decoded as the firmware does.

    The output NAME.json belongs to the model NAME.
    """
    return replace(
        DETECT,
        program=Program(name="detect", environment=INTERPRETERS[interpreter]),
        inputs={
            **({"images.tar": images} if images is not None else {}),
            **{f"{name}.tflite": model for name, model in models.items()},
        },
        outputs=tuple(f"{name}.json" for name in models),
        parameters={
            "models": sorted(models),
            "interpreter": interpreter,
            "head": target.model.head,
            "camera": target.view(),
            "nms": target.nms.rules(),
            "score": lowest_score,
            "maximum": MOST_DETECTIONS,
            "second_overlap": ST_OVERLAP,
        },
    )


def score_stage(
    *, truth: Content, model: Sequence[Content], reference: Sequence[Content], sigmas: Sequence[float]
) -> Node:
    """Detections, in parts, against labels."""
    return Node(
        name="score",
        program=Program(name="score", environment="evaluate"),
        inputs={
            "truth.json": truth,
            **{f"model-{number:04}.json": blob for number, blob in enumerate(model)},
            **{f"reference-{number:04}.json": blob for number, blob in enumerate(reference)},
        },
        outputs=("figures.json",),
        parameters={"sigmas": list(sigmas), "replicates": BOOTSTRAP_REPLICATES, "seed": 0},
    )


def validate_stage(
    target: Target,
    *,
    model: Content,
    truth: Content,
    images: Sequence[Content],
    sigmas: Sequence[float],
    overlap: float | None = None,
) -> Node:
    """Ultralytics' own validator on a model that has not been through Vela, decoded as the firmware does.

    Without `overlap` its suppression is the one of `yolo pose val`.
    """
    return Node(
        name="validate",
        program=Program(name="validate", environment="validate"),
        inputs={
            "model.tflite": model,
            "truth.json": truth,
            **{f"images-{number:04}.tar": part for number, part in enumerate(images)},
        },
        outputs=("ultralytics.json",),
        parameters={"head": target.model.head, "sigmas": list(sigmas), "overlap": overlap},
    )


def noise_stage(*, model: Content, floating: Content, calibration: Content) -> Node:
    """The integer model's tensors beside those of the float one."""
    return Node(
        name="noise",
        program=Program(name="noise", environment="convert"),
        inputs={"model.tflite": model, "float.tflite": floating, "calibration.npy": calibration},
        outputs=("noise.json",),
        parameters={"pictures": NOISE_PICTURES},
    )
