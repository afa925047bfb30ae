"""`invoke evaluate`: how much a model still sees, and what it lost against the float one."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from edgecask.errors import UsageError

FIGURES = ("AP", "AP50", "AP75", "AR", "ST AP0.5")


def evaluate(
    *,
    target: str,
    model: str,
    data: str,
    images: str,
    against: str,
    interpreter: str,
    validator: str,
    iou: str,
    runner: str,
    as_json: bool,
) -> None:
    """Evaluate the model on labelled pictures, and print the figures."""
    from edgecask.analysis.accuracy import (
        accuracy_of,
        check_keypoints,
        detect,
        image_size_of,
        ingest,
        runnable,
        score,
    )
    from edgecask.analysis.ultralytics_validator import overlap_of, validate
    from edgecask.build import Job, export_and_convert
    from edgecask.cli.session import make_execution
    from edgecask.data.ground_truth import load_labelled
    from edgecask.data.weights import find_weights
    from edgecask.directories import user_directories
    from edgecask.files import readable_json
    from edgecask.plan import model_stages as plan
    from edgecask.progress import PlainDisplay, make_display
    from edgecask.store.store import Store
    from edgecask.target.target import load_target

    if interpreter not in plan.INTERPRETERS:
        raise UsageError(
            f"There is no interpreter {interpreter!r}.", advice=f"Use one of {', '.join(sorted(plan.INTERPRETERS))}."
        )
    overlap = overlap_of(iou, validator=validator)
    if not data:
        raise UsageError(
            "Labelled pictures are needed.",
            advice="Pass --data with a data.yaml of Ultralytics, a COCO keypoint JSON, or a folder with one.",
        )
    loaded = load_target(target)
    directories = user_directories()
    store = Store(directories.store)
    path = Path(model)
    blob, parsed, twin = runnable(store, path)
    labelled = load_labelled(Path(data), images=Path(images) if images else None)
    weights = find_weights(directories, against) if against else None
    display = PlainDisplay(sys.stderr) if as_json else make_display()
    if twin:
        display.note(f"{path.name} runs on the device alone: the model it was compiled from stands in for it")
    execution = make_execution(runner, display)
    pictures = ingest(store, labelled, cores=os.cpu_count() or 1)
    reference, floating = [], None
    if weights is not None:
        job = Job(execution=execution, target=loaded, image_size=image_size_of(parsed), weights=weights)
        exported, converted = export_and_convert(job)
        check_keypoints(exported.report["keypoints"], pictures)
        floating = converted.outputs["float.tflite"]
        reference = detect(execution, loaded, name="float", model=floating, pictures=pictures)
    found = detect(execution, loaded, name="model", model=blob, pictures=pictures, interpreter=interpreter)
    accuracy = accuracy_of(score(execution, pictures=pictures, model=found, reference=reference), pictures)
    if validator:
        models = {"int8": blob} if floating is None else {"float": floating, "int8": blob}
        accuracy[validator] = validate(execution, loaded, models=models, pictures=pictures, overlap=overlap)
    if as_json:
        print(readable_json(accuracy).decode(), end="")
        return
    for line in [*describe(accuracy), *describe_validation(accuracy)]:
        display.note(line)


def describe(accuracy: Mapping[str, Any]) -> list[str]:
    """The figures as lines: percent, and the difference in points where there is something to compare with."""
    data = accuracy["data"]
    lines = [f"{data['images']} pictures with {data['people']} people; OKS constants: {data['sigmas']}"]
    columns = [("model", accuracy["int8"])]
    if "float" in accuracy:
        columns.insert(0, ("float", accuracy["float"]))
    lines.append(f"{'':<10}" + "".join(f"{name:>8}" for name, _ in columns))
    lines += [f"{name:<10}" + "".join(f"{100 * figures[name]:8.1f}" for _, figures in columns) for name in FIGURES]
    if "drop" in accuracy:
        low, high = accuracy["drop"]["interval"]
        lines.append(
            f"{'lost':<10}{accuracy['drop']['points']:8.1f} points of AP (95 % interval {low:.1f} to {high:.1f})"
        )
    return lines


def describe_validation(accuracy: Mapping[str, Any]) -> list[str]:
    """What Ultralytics' validator found, where it was asked, and why its figures are others."""
    if "ultralytics" not in accuracy:
        return []
    found, data = accuracy["ultralytics"], accuracy["data"]
    side = found["image_size"]
    lines = [
        f"Ultralytics {found['version']}, its own validator: pictures letterboxed to {side} × {side}, "
        f"overlapping boxes suppressed above an IoU of {found['overlap']:g}"
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
