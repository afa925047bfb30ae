"""How much a model still sees: detections as on the device, scored by COCO's own code."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from edgecask.analysis.unlabelled_images import pack_in_parts
from edgecask.data.ground_truth import LabelledImages
from edgecask.data.images import inspected
from edgecask.errors import AccuracyError, ContractError, DatasetError, ModelFileError, UsageError
from edgecask.files import sha256_json
from edgecask.plan import evaluation_stages as plan
from edgecask.plan.data_stages import inspect_node
from edgecask.plan.graph import Content, Node, Output, Results, Step
from edgecask.store.result import Blob, StageResult
from edgecask.store.store import Store
from edgecask.target.model_file import ModelFile, parse_model, read_content, read_model
from edgecask.target.package_tables import Accuracy, ClassScore
from edgecask.target.target import Target
from edgecask.task.task import task_of
from edgecask.wording import counted

SIMULATED = "Ethos-U55"


@dataclass(frozen=True, kw_only=True)
class StoredImages:
    """Labelled pictures in the store: archives as pack_in_parts makes them, and their labels.

    `sha256` stands for both: for the bytes of every picture under its name, and for all that is labelled.
    """

    parts: tuple[Blob, ...]
    ground_truth: Blob
    sha256: str
    labelled: LabelledImages


def ingest(store: Store, labelled: LabelledImages, *, cores: int) -> StoredImages:
    """The pictures in so many parts that every core has one, and the labels; each file is read once.

    Raises DatasetError where one cannot be read.
    """
    parts, digests = pack_in_parts(store, labelled.images, source=labelled.source, cores=cores)
    ground_truth = store.ingest_bytes(labelled.ground_truth_json())
    return StoredImages(
        parts=parts,
        ground_truth=ground_truth,
        sha256=sha256_json({"labels": ground_truth.sha256, "images": digests}),
        labelled=labelled,
    )


def size_nodes(images: StoredImages) -> list[Node | Step]:
    """Whether labels in pixels are for the pictures as they are; the step raises DatasetError where they are not."""
    if not images.labelled.in_pixels:
        return []
    inspect = inspect_node(training=False, reader=False)
    nodes = [
        replace(inspect, inputs={"images.tar": part}).called(f"inspect {number}", line="inspect")
        for number, part in enumerate(images.parts)
    ]

    def look(results: Results) -> None:
        found = list(inspected(results[node.name] for node in nodes))
        problems = [f"{entry.name}: {entry.problem}" for entry in found if entry.problem]
        if problems:
            raise DatasetError(
                f"{len(problems):,} of {len(found):,} pictures of {images.labelled.source} cannot be used; "
                f"{problems[0]}.",
                advice="Replace them, or take them out of the data set.",
            )
        images.labelled.check_sizes({entry.name: (entry.width, entry.height) for entry in found})

    return [*nodes, Step(name="look at sizes", needs=tuple(node.name for node in nodes), run=look)]


def detect_nodes(
    target: Target,
    *,
    label: str,
    model: Content,
    images: StoredImages,
    interpreter: str = plan.TENSORFLOW_LITE,
) -> list[Node]:
    """What the model finds, one node for each part of the pictures, under one line of the display."""
    line = f"detect {label}"
    return [
        plan.detect_stage(target, models={"model": model}, images=part, interpreter=interpreter).called(
            f"{line} {number}", line=line
        )
        for number, part in enumerate(images.parts)
    ]


def detected(nodes: Sequence[Node]) -> list[Output]:
    """What `detect_nodes` will have found."""
    return [Output(node=node.name, file="model.json") for node in nodes]


def score_node(*, images: StoredImages, model: Sequence[Node], reference: Sequence[Node] = ()) -> Node:
    """The figures of the model, and of the float model where its detections are given as `reference`."""
    return plan.score_stage(
        ground_truth=images.ground_truth,
        model=detected(model),
        reference=detected(reference),
        sigmas=images.labelled.sigmas,
        classes=images.labelled.classes,
        task=images.labelled.task,
    )


def figures_of(scored: StageResult) -> dict[str, Any]:
    """What the score stage wrote."""
    figures: dict[str, Any] = json.loads(scored.outputs["figures.json"].path.read_text(encoding="utf-8"))
    return figures


def accuracy_of(scored: StageResult, images: StoredImages) -> Accuracy:
    """The table `accuracy` of the manifest."""
    figures = figures_of(scored)
    accuracy: Accuracy = {
        "data": {
            "images": figures["images"],
            "people": figures["people"],
            "sha256": images.sha256,
            "sigmas": images.labelled.sigmas_source,
        },
        "int8": figures["model"],
    }
    if "classes" in figures:
        classes: list[ClassScore] = []
        for row in figures["classes"]:
            score: ClassScore = {"name": row["name"], "objects": row["objects"], "int8": row["model"]}
            if "reference" in row:
                score["float"] = row["reference"]
            classes.append(score)
        accuracy["classes"] = classes
    if "reference" in figures:
        accuracy |= {"float": figures["reference"], "drop": figures["drop"]}
    return accuracy


def check_labels(labelled: LabelledImages, *, keypoints: int, classes: int | None) -> None:
    """Raise DatasetError where the labels are not for the model's keypoints, or not for as many classes (None: any)."""
    check_keypoints(keypoints, labelled)
    if labelled.classes and classes is not None and len(labelled.classes) != classes:
        labels = counted(len(labelled.classes), "class", "classes")
        raise DatasetError(
            f"{labelled.source} has {labels}, the model has {classes}.",
            advice="Evaluate on data with the classes that the model was trained for, in their order.",
        )


def check_exported(labelled: LabelledImages, exported: Mapping[str, Any]) -> None:
    """The same for the checkpoint as the export stage found it, whose classes have names as well."""
    names = exported["classes"]
    check_labels(labelled, keypoints=exported["keypoints"], classes=len(names))
    if labelled.classes and sorted(labelled.classes) == sorted(names) and list(labelled.classes) != names:
        raise DatasetError(
            f"{labelled.source} has the classes of the model in another order: {', '.join(labelled.classes)[:200]}.",
            advice=f"Bring `names` into the order of the model: {', '.join(names)[:200]}.",
        )


def check_keypoints(keypoints: int, labelled: LabelledImages) -> None:
    """Raise DatasetError where the labels have another number of keypoints than the model."""
    if len(labelled.sigmas) != keypoints:
        raise DatasetError(
            f"{labelled.source} has {len(labelled.sigmas)} keypoints, the model has {keypoints}.",
            advice="Evaluate on data that the model was trained for.",
        )


def keypoints_of(model: ModelFile, target: Target) -> int:
    """How many keypoints a model finds, 0 where its task has none; raises ContractError as counted_of does."""
    return counted_of(model, target).get("keypoints", 0)


def counted_of(model: ModelFile, target: Target) -> dict[str, int]:
    """How many keypoints or classes a model finds, by the name of what its task counts; raises ContractError where its
    outputs are none of it.

    They are those that the decoders in pipeline/heads/ pick.
    """
    task = task_of(target.model.task)
    head = task.heads[target.model.head]
    found = head.counts([tensor.shape for tensor in model.outputs], image_size_of(model))
    if len(set(found)) != 1:
        raise ContractError(
            f"{model.name} does not have the outputs of a {task.noun} model for {target.name}.",
            advice="`invoke check` says what the device needs.",
        )
    return {task.counted: found[0]}


def gate(accuracy: Accuracy, limit: float) -> None:
    """Raise AccuracyError where the integer model is more than `limit` points of AP under the float one."""
    drop = accuracy["drop"]
    if drop["points"] > limit:
        low, high = drop["interval"]
        raise AccuracyError(
            f"The integer model is {drop['points']:.1f} points of AP under the float one "
            f"({100 * accuracy['float']['AP']:.1f} → {100 * accuracy['int8']['AP']:.1f}, "
            f"95 % interval {low:.1f} to {high:.1f}, {accuracy['data']['images']} pictures); "
            f"--max-ap-drop allows {limit:g}.",
            advice="Calibrate with more pictures from the camera; `invoke debug-quantization` shows where it is lost.",
        )


def runnable(store: Store, path: Path) -> tuple[Blob, ModelFile, bool]:
    """The model that stands for the file on this machine, and whether it is another one than the file itself.

    What went through Vela runs on the device alone; the model it was made from computes the same
    (pipeline/compile/silu_lut.py). Raises ModelFileError where that is not in the store.
    """
    content = read_content(path)
    model = parse_model(content, name=str(path))
    blob = store.ingest_bytes(content)
    if not model.npu:
        return blob, model, False
    twin = store.source_of(blob.sha256, output="model.tflite", source="model.tflite")
    if twin is None:
        raise ModelFileError(
            f"{path} went through Vela: it runs on the device alone, and what it was made from is not in the store.",
            advice="Build it again, or pass the model from before Vela.",
        )
    return twin, read_model(twin.path), True


def as_flashed(store: Store, path: Path) -> tuple[Blob, ModelFile, Blob | None]:
    """The file itself, and the model that it was compiled from where that is in the store.

    Raises ModelFileError for a file without code for an Ethos-U55.
    """
    content = read_content(path)
    model = parse_model(content, name=str(path))
    if not model.npu or any(payload.product != SIMULATED for payload in model.npu):
        raise ModelFileError(
            f"{path} holds no code for an {SIMULATED}, which is what is simulated.",
            advice="Leave --simulate-npu out, or pass a file that went through Vela.",
        )
    blob = store.ingest_bytes(content)
    return blob, model, store.source_of(blob.sha256, output="model.tflite", source="model.tflite")


def same_detections(results: Results, one: Sequence[Node], other: Sequence[Node]) -> bool:
    """Whether two models found the same in every picture, to the last digit that is written."""
    return all(
        results[mine.name].outputs["model.json"].sha256 == results[theirs.name].outputs["model.json"].sha256
        for mine, theirs in zip(one, other, strict=True)
    )


def image_size_of(model: ModelFile) -> int:
    """The side of the square input in pixels; raises UsageError where it is none."""
    shape = model.inputs[0].shape
    if len(model.inputs) != 1 or len(shape) != 4 or shape[1] != shape[2]:
        raise UsageError(
            f"{model.name} takes no single square picture.", advice="`invoke check` says what the device needs."
        )
    return int(shape[1])
