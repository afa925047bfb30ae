"""The classes and keypoints of a data set against what a device decodes."""

from __future__ import annotations

from collections import defaultdict

from edgecask.data.dataset import Dataset
from edgecask.data.findings import Finding, finding_of
from edgecask.errors import DatasetError
from edgecask.target.target import Target
from edgecask.task.task import TASKS


def require_taken(dataset: Dataset, target: Target) -> None:
    """Raise DatasetError where a network that learns from these labels is none that the target takes."""
    if dataset.task not in target.tasks:
        taken = " and ".join(TASKS[name].noun for name in target.tasks)
        raise DatasetError(
            f"{dataset.path} is labelled for {TASKS[dataset.task].noun}; {target.name} takes {taken} models alone.",
            advice="`invoke targets` says which targets take them.",
        )
    for finding in check_classes(dataset, target.for_task(dataset.task)):
        raise DatasetError(f"{dataset.path}: {finding.what}.", advice=finding.advice)


def check_names(dataset: Dataset) -> list[Finding]:
    """Classes that nobody can tell apart by name."""
    numbers: defaultdict[str, list[int]] = defaultdict(list)
    for number, name in enumerate(dataset.classes):
        numbers[name].append(number)
    twice = [f"{name}: {', '.join(map(str, found))}" for name, found in numbers.items() if len(found) > 1]
    return finding_of(
        "warning",
        f"{'name stands' if len(twice) == 1 else 'names stand'} for several classes",
        twice,
        "Give them one number in names and in the label files, or different names.",
    )


def check_classes(dataset: Dataset, target: Target | None) -> list[Finding]:
    """Classes and keypoints against what a device decodes; without a target what holds for all of them."""
    found: list[Finding] = []
    classes = len(dataset.classes)
    if not dataset.keypoints:
        return [] if target is None else check_detected_classes(classes, target)
    if target is None:
        if classes != 1:
            advice = "Every target decodes exactly one class: keep one, and give all people the class 0."
            found.append(Finding(severity="warning", what=f"there are {classes} classes", advice=advice))
        return found
    wanted = target.model
    if classes != wanted.classes:
        what = f"there are {classes} classes, {target.name} decodes {wanted.classes}"
        found.append(Finding(severity="error", what=what, advice="Keep one class, and give all people the class 0."))
    if wanted.keypoints is not None and dataset.keypoints != wanted.keypoints:
        what = f"there are {dataset.keypoints} keypoints, {target.name} decodes {wanted.keypoints}"
        found.append(Finding(severity="error", what=what, advice="Choose a target that takes any number of keypoints."))
    if dataset.keypoint_dimensions != wanted.keypoint_dimensions:
        what = (
            f"keypoints have {dataset.keypoint_dimensions} values, "
            f"{target.name} decodes {wanted.keypoint_dimensions} (x, y, visibility)"
        )
        found.append(Finding(severity="error", what=what, advice="Add a visibility of 2 to every keypoint."))
    return found


def check_detected_classes(classes: int, target: Target) -> list[Finding]:
    """How many classes there are against what a device's detection decodes."""
    if "detect" not in target.tasks:
        what = f"labels are boxes without keypoints, and {target.name} takes no detection models"
        return [Finding(severity="error", what=what, advice="`invoke targets` says which targets take them.")]
    model = target.for_task("detect").model
    if model.max_classes and classes > model.max_classes:
        what = f"there are {classes} classes, {target.name} decodes at most {model.max_classes}"
        return [Finding(severity="error", what=what, advice="Leave some out, or choose another target.")]
    if classes in model.refused_classes:
        what = f"there are {classes} classes, of all numbers the one that {target.name} cannot decode"
        return [Finding(severity="error", what=what, advice="Add a class, which may be empty, or leave one out.")]
    return []
