"""`edgecask evaluate`: how much a model still sees, and what it lost against the float one."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from edgecask.common_options import CropOption, DataOption, JsonOption, RunnerOption, TargetOption, weights_option
from edgecask.errors import UsageError
from edgecask.options import option
from edgecask.target.package_tables import Accuracy

FIGURES = ("AP", "AP50", "AP75", "AR", "ST AP0.5")


@dataclass(frozen=True, kw_only=True)
class Evaluate(JsonOption, RunnerOption, CropOption, DataOption, TargetOption):
    """A model, and what it is evaluated on."""

    model: Path = option(help="a .tflite file, such as dist/TARGET/model.tflite", positional=True)
    images: Path | None = option(
        None, help="folder of a COCO JSON's images, where they are not beside it", placeholder="FOLDER"
    )
    against: str | None = weights_option(None, help="checkpoint: also evaluate the float model, and say what was lost")
    interpreter: Literal["tensorflow-lite", "tflite-micro"] = option("tensorflow-lite", help="what runs the model")
    simulate_npu: int | None = option(
        None,
        help="run the file itself, as the chip would, on so many of the pictures: some seconds each",
        minimum=1,
        maximum=1_000_000,
        example="10",
    )
    validator: Literal["ultralytics"] | None = option(
        None, help="also the box and pose mAP of Ultralytics' own validator"
    )
    iou: float | None = option(
        None,
        help="IoU threshold of that validator's NMS (default: that of `yolo pose val`)",
        minimum=0.001,
        maximum=1,
        example="0.45",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.data is None:
            raise UsageError(
                "--data is missing.",
                advice="Pass a data.yaml of Ultralytics, a COCO keypoint JSON, or a folder with one of them.",
            )
        if self.crop == "camera" and self.validator is not None:
            raise UsageError("Ultralytics' validator looks at whole images.", advice="Leave --crop or --validator out.")
        if self.simulate_npu is not None:
            others = {"--interpreter": self.interpreter != "tensorflow-lite", "--validator": bool(self.validator)}
            for name in (name for name, given in others.items() if given):
                raise UsageError(f"--simulate-npu and {name} exclude each other.", advice="Leave one of them out.")
        if self.iou is not None and self.validator is None:
            raise UsageError(
                "--iou is of Ultralytics' validator.", advice="Add --validator=ultralytics, or leave it out."
            )


REQUEST = Evaluate


def run(request: Evaluate) -> None:
    """Evaluate the model on labelled images, and print the figures."""
    from edgecask.analysis.accuracy import (
        accuracy_of,
        as_flashed,
        check_keypoints,
        detect_nodes,
        image_size_of,
        ingest,
        keypoints_of,
        runnable,
        same_detections,
        score_node,
        size_nodes,
    )
    from edgecask.analysis.ultralytics_validator import validation_nodes, validation_of
    from edgecask.build_nodes import FLOAT, Job, float_nodes
    from edgecask.cli.session import make_execution
    from edgecask.data.ground_truth import load_labelled
    from edgecask.data.weights import find_weights, ingest_weights
    from edgecask.directories import user_directories
    from edgecask.files import readable_json
    from edgecask.firmware.emulation import what_is_taken_of_pictures
    from edgecask.plan.evaluation_stages import SIMULATED_NPU
    from edgecask.plan.graph import Content, Graph, Node, Step
    from edgecask.progress import PlainDisplay, make_display
    from edgecask.store.in_use import keep_in_use
    from edgecask.store.store import Store
    from edgecask.target.target import load_target

    assert request.data is not None
    # Ultralytics' validator looks at whole images, and its figures are to be compared.
    target = load_target(request.target).seen_with(request.crop or ("none" if request.validator else None))
    directories = user_directories()
    keep_in_use(directories)
    store = Store(directories.store)
    labelled = load_labelled(request.data, images=request.images)
    if request.simulate_npu is not None:
        blob, parsed, source = as_flashed(store, request.model)
        labelled = labelled.some(request.simulate_npu)
        twin, interpreter = False, SIMULATED_NPU
    else:
        blob, parsed, twin = runnable(store, request.model)
        source, interpreter = None, request.interpreter
    keypoints = keypoints_of(parsed, target)
    check_keypoints(keypoints, labelled)
    weights = find_weights(directories, request.against) if request.against else None
    display = PlainDisplay(sys.stderr) if request.json else make_display()
    if twin:
        display.note(f"{request.model.name} runs on the device alone: the model it was compiled from stands in for it")
    execution = make_execution(request.runner, display)
    pictures = ingest(store, labelled, cores=os.cpu_count() or 1)
    nodes: list[Node | Step] = [*size_nodes(pictures)]
    reference: list[Node] = []
    if weights is not None:
        job = Job(
            store=store,
            target=target,
            image_size=image_size_of(parsed),
            weights=weights,
            weights_blob=ingest_weights(store, weights),
        )
        reference = detect_nodes(target, label="float", model=FLOAT, pictures=pictures)
        look = Step(
            name="look at keypoints",
            needs=("export",),
            run=lambda results: check_keypoints(results["export"].report["keypoints"], labelled),
        )
        nodes += [*float_nodes(job), look, *reference]
    found = [
        replace(node, names={"{model}": str(request.model)})
        for node in detect_nodes(target, label="model", model=blob, pictures=pictures, interpreter=interpreter)
    ]
    before = (
        detect_nodes(target, label="before Vela", model=source, pictures=pictures, interpreter="tflite-micro")
        if source
        else []
    )
    nodes += [*found, *before, score_node(pictures=pictures, model=found, reference=reference)]
    if request.validator:
        models: dict[str, Content] = {"int8": blob} if weights is None else {"float": FLOAT, "int8": blob}
        nodes += validation_nodes(target, models=models, pictures=pictures, iou=request.iou)
    results = execution.run_graph(Graph(nodes))
    accuracy = accuracy_of(results["score"], pictures)
    if request.validator:
        accuracy[request.validator] = validation_of(results, list(models))
    accuracy["view"] = target.view()
    if before:
        accuracy["as_before_vela"] = same_detections(results, found, before)
    if request.json:
        print(readable_json(accuracy).decode(), end="")
        return
    if request.simulate_npu is not None:
        display.note(
            f"{request.model.name} itself, on a simulated Ethos-U55, with transfers and kernels late by a seed"
        )
    for line in [what_is_taken_of_pictures(target), *describe(accuracy), *describe_validation(accuracy)]:
        display.note(line)


def describe(accuracy: Accuracy) -> list[str]:
    """The figures as lines: percent, and the difference in points where there is something to compare with."""
    data = accuracy["data"]
    lines = [f"{data['images']} pictures with {data['people']} people; OKS constants: {data['sigmas']}"]
    columns = [("model", accuracy["int8"])]
    if "float" in accuracy:
        columns.insert(0, ("float", accuracy["float"]))
    lines.append(f"{'':<10}" + "".join(f"{name:>8}" for name, _ in columns))
    lines += [f"{name:<10}" + "".join(f"{100 * figures[name]:8.1f}" for _, figures in columns) for name in FIGURES]
    if "as_before_vela" in accuracy:
        same = "the same" if accuracy["as_before_vela"] else "NOT the same"
        lines.append(f"to the last digit {same} detections as TFLite Micro's on the model that it was compiled from")
    if "drop" in accuracy:
        low, high = accuracy["drop"]["interval"]
        lines.append(
            f"{'lost':<10}{accuracy['drop']['points']:8.1f} points of AP (95 % interval {low:.1f} to {high:.1f})"
        )
    return lines


def describe_validation(accuracy: Accuracy) -> list[str]:
    """What Ultralytics' validator found, where it was asked, and why its figures are others."""
    if "ultralytics" not in accuracy:
        return []
    found, data = accuracy["ultralytics"], accuracy["data"]
    side = found["image_size"]
    lines = [
        f"Ultralytics {found['version']}, its own validator: pictures letterboxed to {side} × {side}, "
        f"overlapping boxes suppressed above an IoU of {found['iou']:g}"
    ]
    columns = [(title, found[key]) for title, key in (("float", "float"), ("model", "int8")) if key in found]
    lines.append(f"{'':<14}" + "".join(f"{name:>8}" for name, _ in columns))
    lines += [
        f"{name:<14}" + "".join(f"{100 * figures[name]:8.1f}" for _, figures in columns) for name in columns[0][1]
    ]
    if found["people"] != data["people"]:
        lines.append(
            f"Ultralytics counts {found['people']} people: those without a labelled keypoint are missed poses to it, "
            "COCO's code leaves them out"
        )
    return lines
