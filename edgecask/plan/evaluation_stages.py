"""The stages of an evaluation: what models find in images, and what that is worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from edgecask.plan.graph import Content, Node
from edgecask.plan.program import Program
from edgecask.target.target import Target
from edgecask.task.task import task_of

TENSORFLOW_LITE = "tensorflow-lite"
TFLITE_MICRO = "tflite-micro"
SIMULATED_NPU = "simulated-npu"
INTERPRETERS = {TENSORFLOW_LITE: "convert", TFLITE_MICRO: "micro", SIMULATED_NPU: "npu"}
"""The environment of each interpreter."""

# For a precision-recall curve; what the firmware shows starts at its own score (targets/*/target.toml).
LOWEST_SCORE = 0.001
MOST_DETECTIONS = 100
ST_IOU = 0.1
BOOTSTRAP_REPLICATES = 400
NOISE_IMAGES = 16
SPLIT_LAYERS = 10
"""Of how many layers it is said what weights and activations cost alone."""
AGREEMENT = {
    "sure": {"score": 0.25, "iou": 0.45, "maximum": None},
    "candidates": {"score": LOWEST_SCORE, "iou": 0.65, "maximum": 20},
}
"""Whom the float model is taken at its word for, and what of another model is held against that: see agreement_stage.
COCO's code looks at 20 detections an image."""
VISIBLE = 0.5
"""Visibility above which a keypoint of the float model counts; the firmwares draw from there on, too."""
DETECT = Node(
    name="detect",
    program=Program(name="detect", environment="convert"),
    outputs=(),
)
OVERLAYS = Node(
    name="overlays",
    program=Program(name="overlays", environment="evaluate"),
    outputs=("overlays.json",),
    parameters={"visibility": 0.5},
)
"""Which images are shown is known when both models have been run: see edgecask/analysis/overlays.py."""


def detect_stage(
    target: Target,
    *,
    models: Mapping[str, Content],
    images: Content | None = None,
    interpreter: str = TENSORFLOW_LITE,
    lowest_score: float = LOWEST_SCORE,
) -> Node:
    """What models find in pictures, decoded as the firmware does.

    Those that went through Vela run on a simulated NPU alone, the others in the other interpreters.

    The output NAME.json belongs to the model NAME.
    """
    return replace(
        DETECT,
        program=Program(
            name="detect_on_npu" if interpreter == SIMULATED_NPU else "detect", environment=INTERPRETERS[interpreter]
        ),
        inputs={
            **({"images.tar": images} if images is not None else {}),
            **{f"{name}.tflite": model for name, model in models.items()},
        },
        outputs=tuple(f"{name}.json" for name in models),
        parameters={
            "models": sorted(models),
            "interpreter": interpreter,
            "task": target.model.task,
            "head": target.model.head,
            "camera": target.view(),
            "nms": target.nms.rules(),
            "score": lowest_score,
            "maximum": MOST_DETECTIONS,
            "second_iou": ST_IOU,
            "agreement": AGREEMENT,
        },
    )


def score_stage(
    *,
    ground_truth: Content,
    model: Sequence[Content],
    reference: Sequence[Content],
    sigmas: Sequence[float] = (),
    classes: Sequence[str] = (),
    task: str = "pose",
) -> Node:
    """Detections, in parts, against labels: of people with as many OKS constants, or of boxes of these classes."""
    judged = {"sigmas": list(sigmas)} if sigmas else {"classes": list(classes)}
    return Node(
        name="score",
        program=Program(name=task_of(task).score_program, environment="evaluate"),
        inputs={
            "ground-truth.json": ground_truth,
            **{f"model-{number:04}.json": blob for number, blob in enumerate(model)},
            **{f"reference-{number:04}.json": blob for number, blob in enumerate(reference)},
        },
        outputs=("figures.json",),
        parameters={**judged, "replicates": BOOTSTRAP_REPLICATES, "seed": 0},
    )


def agreement_stage(
    *,
    reference: Sequence[Content],
    model: Sequence[Content],
    sigmas: Sequence[float] | None = None,
    task: str = "pose",
) -> Node:
    """How far a model agrees with the float one, whose detections are `reference`, both in parts.

    Without `sigmas` somebody settles them. See pipeline/agreement.
    """
    return Node(
        name="agreement",
        program=Program(name=task_of(task).agreement_program, environment="evaluate"),
        inputs={
            **{f"reference-{number:04}.json": blob for number, blob in enumerate(reference)},
            **{f"model-{number:04}.json": blob for number, blob in enumerate(model)},
        },
        outputs=("agreement.json",),
        parameters={
            "visibility": VISIBLE,
            "replicates": BOOTSTRAP_REPLICATES,
            "seed": 0,
            **({"sigmas": list(sigmas)} if sigmas is not None else {}),
        },
    )


def validate_stage(
    target: Target,
    *,
    model: Content,
    ground_truth: Content,
    images: Sequence[Content],
    sigmas: Sequence[float],
    classes: Sequence[str] = (),
    iou: float | None = None,
) -> Node:
    """Ultralytics' own validator on a model that has not been through Vela, decoded as the firmware does.

    Without `iou` its suppression is the one of `yolo val`. `classes` are the names of boxes without keypoints.
    """
    return Node(
        name="validate",
        program=Program(name="validate", environment="validate"),
        inputs={
            "model.tflite": model,
            "ground-truth.json": ground_truth,
            **{f"images-{number:04}.tar": part for number, part in enumerate(images)},
        },
        outputs=("ultralytics.json",),
        parameters={
            "task": target.model.task,
            "head": target.model.head,
            **({"classes": list(classes)} if classes else {"sigmas": list(sigmas)}),
            "iou": iou,
        },
    )


def noise_stage(
    target: Target,
    *,
    model: Content,
    floating: Content,
    calibration: Content,
    sigmas: Sequence[float] | None = None,
) -> Node:
    """The integer model's tensors beside those of the float one, and what each layer costs the keypoints.

    Without `sigmas` somebody settles them.
    """
    return Node(
        name="noise",
        program=Program(name="noise", environment="convert"),
        inputs={"model.tflite": model, "float.tflite": floating, "calibration.npy": calibration},
        outputs=("noise.json",),
        parameters={
            "images": NOISE_IMAGES,
            "task": target.model.task,
            "head": target.model.head,
            "sure": AGREEMENT["sure"],
            "visibility": VISIBLE,
            "split": SPLIT_LAYERS,
            **({"sigmas": list(sigmas)} if sigmas is not None else {}),
        },
    )
