"""From a target to the stages of a build."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from edgecask.plan.program import Program
from edgecask.plan.stage import Blob, Stage
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
SAMPLES = Stage(name="samples", program=Program(name="samples", environment="export"), outputs=("samples.tar",))
# Stages whose program is started before their inputs are known (see Execution.run).
CONVERT = Stage(
    name="convert", program=Program(name="convert", environment="convert"), outputs=("saved_model.zip", "float.tflite")
)
QUANTIZE = Stage(
    name="quantize",
    program=Program(name="quantize", environment="convert"),
    outputs=("model.tflite",),
)
COMPILE = Stage(
    name="compile",
    program=Program(name="compile", environment="vela"),
    outputs=("model.tflite", "operators.csv", "vela_summary.csv"),
)
DETECT = Stage(
    name="detect",
    program=Program(name="detect", environment="convert"),
    outputs=(),
)
OVERLAYS = Stage(name="overlays", program=Program(name="overlays", environment="evaluate"), outputs=("overlays.json",))
FIGURES = Stage(
    name="figures",
    program=Program(name="cost_plots", environment="evaluate"),
    outputs=("layers-narrow.svg", "layers-wide.svg", "memory-narrow.svg", "memory-wide.svg"),
)


def prepare_stage(target: Target, *, image_size: int, images: Blob, most: int | None = None) -> Stage:
    """Calibration pictures as the device's camera path would hand them to the network; at most `most` of them."""
    return Stage(
        name="prepare",
        program=Program(name="prepare", environment="convert"),
        inputs={"images.tar": images},
        outputs=("calibration.npy", "thumbnails.json"),
        parameters={
            "height": image_size,
            "width": image_size,
            "channels": 3,
            "resize": target.input.resize,
            "random": 0,
            "most": most,
        },
    )


def export_stage(target: Target, *, image_size: int, weights: Blob) -> Stage:
    """Checkpoint → ONNX with the target's head."""
    return Stage(
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


def convert_stage(*, onnx: Blob, reference: Blob, outputs: list[str]) -> Stage:
    """ONNX → SavedModel."""
    return replace(CONVERT, inputs={"model.onnx": onnx, "reference.npz": reference}, parameters={"outputs": outputs})


def quantize_stage(target: Target, *, saved_model: Blob, floating: Blob, calibration: Blob) -> Stage:
    """SavedModel → integer TFLite; `floating` is the same network as float.tflite."""
    # Only where it is used: devices that quantise alike share the result, however fast their flash is.
    macs_per_byte = None
    if target.npu is not None and target.quantization.compact != "off":
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
            "refine": target.quantization.refine,
            "head": target.model.head,
            "compact": target.quantization.compact,
            "compensate": target.quantization.compensate,
            "macs_per_byte": macs_per_byte,
        },
    )


def compile_stage(target: Target, *, model: Blob, vela_config: Blob) -> Stage:
    """Integer TFLite → TFLite for the NPU; the target has a [compile] table."""
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
            "in_place": target.compile.in_place,
        },
    )


def figures_stage(*, data: Blob) -> Stage:
    """The report's plots; `data` is report.plot_data's."""
    return replace(FIGURES, inputs={"figures.json": data})


def compaction_figure_stage(*, data: Blob) -> Stage:
    """The report's curve over the levels of compaction; `data` is compaction_curve.draw's."""
    return Stage(
        name="curve",
        program=Program(name="tradeoff_plot", environment="evaluate"),
        inputs={"curve.json": data},
        outputs=("curve-narrow.svg", "curve-wide.svg"),
    )


def overlays_stage(*, images: Blob, detections: Blob) -> Stage:
    """The report's pictures of what the float and the int8 model see; see edgecask/analysis/overlays.py."""
    return replace(
        OVERLAYS,
        inputs={"images.tar": images, "detections.json": detections},
        parameters={"visibility": 0.5},
    )


def arena_stage(*, model: Blob) -> Stage:
    """How much tensor arena TFLite Micro needs for a model without NPU code."""
    return Stage(
        name="arena",
        program=Program(name="arena", environment="micro"),
        inputs={"model.tflite": model},
        outputs=("allocations.txt",),
        parameters={"largest_arena_bytes": LARGEST_ARENA},
    )


def detect_stage(
    target: Target,
    *,
    models: Mapping[str, Blob],
    images: Blob,
    interpreter: str = TENSORFLOW_LITE,
    lowest_score: float = LOWEST_SCORE,
) -> Stage:
    """What models that have not been through Vela find in pictures, decoded as the firmware does.

    The output NAME.json belongs to the model NAME.
    """
    return replace(
        DETECT,
        program=Program(name="detect", environment=INTERPRETERS[interpreter]),
        inputs={"images.tar": images, **{f"{name}.tflite": model for name, model in models.items()}},
        outputs=tuple(f"{name}.json" for name in models),
        parameters={
            "models": sorted(models),
            "interpreter": interpreter,
            "head": target.model.head,
            "resize": target.input.resize,
            "score": lowest_score,
            "overlap": target.decode.overlap,
            "maximum": MOST_DETECTIONS,
            "second_overlap": ST_OVERLAP,
        },
    )


def score_stage(*, truth: Blob, model: Sequence[Blob], reference: Sequence[Blob], sigmas: Sequence[float]) -> Stage:
    """Detections, in parts, against labels."""
    return Stage(
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
    model: Blob,
    truth: Blob,
    images: Sequence[Blob],
    sigmas: Sequence[float],
    overlap: float | None = None,
) -> Stage:
    """Ultralytics' own validator on a model that has not been through Vela, decoded as the firmware does.

    Without `overlap` its suppression is the one of `yolo pose val`.
    """
    return Stage(
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


def noise_stage(*, model: Blob, floating: Blob, calibration: Blob) -> Stage:
    """The integer model's tensors beside those of the float one."""
    return Stage(
        name="noise",
        program=Program(name="noise", environment="convert"),
        inputs={"model.tflite": model, "float.tflite": floating, "calibration.npy": calibration},
        outputs=("noise.json",),
        parameters={"pictures": NOISE_PICTURES},
    )
