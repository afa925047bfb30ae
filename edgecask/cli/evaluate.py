"""`edgecask evaluate`: how much a model still sees, and what it lost against the float one."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

from edgecask.common_options import CropOption, DataOption, JsonOption, RunnerOption, target_option
from edgecask.errors import UsageError
from edgecask.options import option
from edgecask.target.package_tables import Accuracy
from edgecask.wording import counted

FIGURES = ("AP", "AP50", "AP75", "AR", "ST AP0.5")


@dataclass(frozen=True, kw_only=True)
class Evaluate(JsonOption, RunnerOption, CropOption, DataOption):
    """A model, and what it is evaluated on."""

    model: Path = option(
        help="a .tflite file, such as dist/TARGET/model.tflite, or the folder of a package", positional=True
    )
    target: str | None = target_option(
        None, help="the device: a name that `edgecask targets` lists, or a folder with a target.toml (default: that of "
        "the package)",
    )  # fmt: skip
    images: Path | None = option(
        None,
        help="folder of a COCO JSON's images, where they are not beside it; without --data, images without labels for "
        "--against",
        placeholder="FOLDER",
    )
    against: str | None = option(
        None,
        help="checkpoint, or float for the one that a package was made from: also evaluate the float model, and say "
        "how far they agree and what was lost",
        placeholder="float|FILE|NAME",
    )
    interpreter: Literal["tensorflow-lite", "tflite-micro"] = option("tensorflow-lite", help="what runs the model")
    simulate_npu: int | None = option(
        None,
        help="run the file itself, as the chip would, on so many of the pictures: some seconds each",
        minimum=1,
        maximum=1_000_000,
        example="10",
    )
    validator: Literal["ultralytics"] | None = option(
        None, help="also the mAP of Ultralytics' own validator, of boxes and poses"
    )
    iou: float | None = option(
        None,
        help="IoU threshold of that validator's NMS (default: that of `yolo val`)",
        minimum=0.001,
        maximum=1,
        example="0.45",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.data is None and (self.images is None or self.against is None):
            raise UsageError(
                "--data is missing.",
                advice="Pass a data.yaml of Ultralytics, a COCO JSON, or a folder with one of them; or "
                "--images=FOLDER --against=float to measure, without labels, how far it agrees with the float model.",
            )
        if self.data is None and self.validator is not None:
            raise UsageError("Ultralytics' validator needs labels.", advice="Pass --data, or leave --validator out.")
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
    """Evaluate the model on images, and print the figures."""
    from edgecask.analysis.accuracy import counted_of, image_size_of
    from edgecask.analysis.agreement import describe as describe_agreement
    from edgecask.analysis.agreement import warning
    from edgecask.analysis.evaluation import Evaluation, Validator
    from edgecask.build_nodes import float_nodes
    from edgecask.calibration_nodes import Job
    from edgecask.cli.session import make_execution
    from edgecask.data.ground_truth import load_labelled
    from edgecask.data.weights import find_weights, ingest_weights
    from edgecask.directories import user_directories
    from edgecask.files import readable_json
    from edgecask.firmware.emulation import what_is_taken_of_images
    from edgecask.package.evaluated import FLOAT, find_evaluated, find_flashed, made_from, target_at
    from edgecask.plan.evaluation_stages import SIMULATED_NPU
    from edgecask.plan.graph import Node
    from edgecask.progress import PlainDisplay, make_display
    from edgecask.store.in_use import keep_in_use
    from edgecask.store.store import Store
    from edgecask.target.forms import form_of
    from edgecask.target.target import load_target

    # Ultralytics' validator looks at whole images, and its figures are to be compared.
    target = load_target(request.target or target_at(request.model))
    target = target.seen_with(request.crop or ("none" if request.validator else None))
    directories = user_directories()
    keep_in_use(directories)
    store = Store(directories.store)
    simulated = request.simulate_npu is not None
    find = find_flashed if simulated else find_evaluated
    evaluated = find(store, request.model, target=target.name)
    target = form_of(evaluated.model, target)
    counted = counted_of(evaluated.model, target)
    converted: list[Node] = []
    if request.against is not None:
        weights = (
            made_from(store, evaluated) if request.against == FLOAT else find_weights(directories, request.against)
        )
        job = Job(
            store=store,
            target=target,
            image_size=image_size_of(evaluated.model),
            weights=weights,
            weights_blob=ingest_weights(store, weights),
        )
        converted = float_nodes(job)
    display = PlainDisplay(sys.stderr) if request.json else make_display()
    if evaluated.twin:
        display.note(f"{evaluated.name} runs on the device alone: the model it was compiled from stands in for it")
    evaluation = Evaluation(
        execution=make_execution(request.runner, display, require_isolation=request.require_isolation),
        target=target,
        model=evaluated.blob,
        label=str(request.model),
        keypoints=counted.get("keypoints", 0),
        classes=counted.get("classes"),
        converted=converted,
        interpreter=SIMULATED_NPU if simulated else request.interpreter,
        before=evaluated.before,
        most=request.simulate_npu,
    )
    figures: dict[str, Any] = {}
    if request.data is not None:
        labelled = load_labelled(request.data, images=request.images, task=target.model.task)
        validator = Validator(iou=request.iou) if request.validator else None
        figures |= evaluation.on_labels(labelled, validator)
    elif request.images is not None:
        figures["agreement"] = evaluation.without_labels(request.images)
    figures["view"] = target.view()
    if request.json:
        print(readable_json(figures).decode(), end="")
        return
    lines = [what_is_taken_of_images(target)]
    if simulated:
        lines.insert(0, f"{evaluated.name} itself, on a simulated Ethos-U55, with transfers and kernels late by a seed")
    if "int8" in figures:
        accuracy = cast("Accuracy", figures)
        lines += [*describe(accuracy), *describe_validation(accuracy)]
    if "agreement" in figures:
        lines += describe_agreement(figures["agreement"])
        if text := warning(figures["agreement"]):
            display.warn(text)
    for line in lines:
        display.note(line)


def describe(accuracy: Accuracy) -> list[str]:
    """The figures as lines: percent, and the difference in points where there is something to compare with."""
    data = accuracy["data"]
    classes = accuracy.get("classes")
    lines = [f"{data['images']} pictures with {data['people']} people; OKS constants: {data['sigmas']}"]
    if classes is not None:
        named = counted(len(classes), "class", "classes")
        lines = [f"{data['images']} pictures with {data['people']} boxes of {named}"]
    columns = [("model", accuracy["int8"])]
    if "float" in accuracy:
        columns.insert(0, ("float", accuracy["float"]))
    lines.append(f"{'':<10}" + "".join(f"{name:>8}" for name, _ in columns))
    lines += [
        f"{name:<10}" + "".join(f"{100 * figures[name]:8.1f}" for _, figures in columns)
        for name in FIGURES
        if name in columns[0][1]
    ]
    for row in classes or ():
        known = [row[kind] for kind in ("float", "int8") if kind in row]
        values = "".join(f"{'–' if value is None else f'{100 * value:.1f}':>8}" for value in known)
        lines.append(f"{row['name'][:9]:<10}{values}  AP, {row['objects']} labelled")
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
    if found["people"] != data["people"] and "classes" not in accuracy:
        lines.append(
            f"Ultralytics counts {found['people']} people: those without a labelled keypoint are missed poses to it, "
            "COCO's code leaves them out"
        )
    return lines
