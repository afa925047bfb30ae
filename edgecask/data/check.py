"""`invoke check-data`: what would go wrong in training, found before an hour is spent on it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from edgecask.data.dataset import Dataset, description_problems, label_path, misplaced_labels, read_dataset
from edgecask.data.image_folder import describe_left_out
from edgecask.data.images import ImageFile, inspect
from edgecask.data.label_files import ClassError, ColumnError, CoordinateError, Label, LabelError, read_lines
from edgecask.errors import DatasetError
from edgecask.files import is_named_file
from edgecask.runner.executor import Execution
from edgecask.target.target import Target
from edgecask.task.task import TASKS
from edgecask.task.words import Words

Severity = Literal["error", "warning", "note"]
FEWEST_IMAGES = 10
"""Below this a split is no data set; Ultralytics trains on fewer and learns nothing from it."""
FEW_IMAGES = 100
NOT_LABELS = frozenset({"classes.txt"})  # what labelling tools put beside label files


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something about a data set: how bad it is, what it is, where (every place), and what to do."""

    severity: Severity
    what: str
    advice: str = ""
    places: tuple[str, ...] = ()


@dataclass(kw_only=True)
class SplitReport:
    """What a split holds; `keypoints` counts for every keypoint how often it is not labelled, hidden and visible."""

    images: int = 0
    people: int = 0
    background: int = 0
    without_label_file: int = 0
    keypoints: list[list[int]] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class DatasetReport:
    """All that was found; `labels` are the persons of every image that could be decoded, by image file."""

    dataset: Dataset
    splits: Mapping[str, SplitReport]
    findings: tuple[Finding, ...]
    labels: Mapping[Path, tuple[Label, ...]]
    images: Mapping[Path, ImageFile]

    @property
    def errors(self) -> list[Finding]:
        """What has to be repaired."""
        return [finding for finding in self.findings if finding.severity == "error"]


def check_dataset(
    execution: Execution, path: Path, target: Target | None = None, *, reader: bool = True
) -> DatasetReport:
    """Everything about the data set at `path`; raises DatasetError where its description cannot be read at all.

    With `reader` every picture is also decoded as Ultralytics does in training.
    """
    dataset = read_dataset(path)
    place = Place(path.absolute().parent)
    findings = [
        Finding(severity="error", what=problem, advice="Correct the data.yaml.")
        for problem in description_problems(dataset)
    ]
    findings += check_classes(dataset, target)
    images = sorted({image for split in dataset.splits.values() for image in split})
    present = [image for image in images if is_named_file(image)]
    findings += _finding(
        "error", "images are missing", place.all(set(images) - set(present)), "Copy them, or take them off the list."
    )
    inspections = inspect(execution, present, training=True, reader=reader)
    findings += _finding(
        "error",
        "images cannot be used",
        [f"{place(image)}: {inspections[image].problem}" for image in present if inspections[image].problem],
        "Replace or remove them.",
    )
    labels, label_findings = check_labels(dataset, images, place)
    findings += label_findings + check_orphans(images, place)
    findings += _finding(
        "error",
        "label files lie beside their pictures, in a folder images: labels are looked for in labels",
        place.all(misplaced_labels(images)),
        "Move them to the folder labels.",
    )
    if dataset.left_out:
        what = f"pictures that Ultralytics does not look at are left out: {describe_left_out(dataset.left_out)}"
        findings.append(Finding(severity="warning", what=what, advice="Save them as JPEG or PNG."))
    findings += check_duplicates(dataset, {image: inspections[image].sha256 for image in present}, place)
    splits = {name: summarise(dataset, split, labels) for name, split in dataset.splits.items()}
    findings += check_amounts(splits, TASKS[dataset.task].words)
    usable = {
        image: people for image, people in labels.items() if image in inspections and not inspections[image].problem
    }
    order = ("error", "warning", "note")
    findings.sort(key=lambda finding: order.index(finding.severity))
    return DatasetReport(dataset=dataset, splits=splits, findings=tuple(findings), labels=usable, images=inspections)


class Place:
    """File names as a user wants to read them: relative to the data.yaml where they are below it."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()

    def __call__(self, path: Path) -> str:
        """The name of one file, without anything that could move a terminal's cursor."""
        name = str(path.relative_to(self._root) if path.is_relative_to(self._root) else path)
        return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in name)

    def all(self, paths: Iterable[Path]) -> list[str]:
        """Several, sorted."""
        return [self(path) for path in sorted(paths)]


def _finding(severity: Severity, what: str, places: Sequence[str], advice: str) -> list[Finding]:
    """One finding with the number of places in its text, or none where there are no places."""
    if not places:
        return []
    return [Finding(severity=severity, what=f"{len(places):,} {what}", advice=advice, places=tuple(places))]


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


KINDS: dict[type[LabelError], tuple[str, str]] = {
    ColumnError: ("label lines have a wrong number of columns", "Make kpt_shape and the label files agree."),
    CoordinateError: (
        "label lines have coordinates outside 0–1",
        "Coordinates are fractions of the picture's width and height.",
    ),
    ClassError: ("label lines have a class that does not exist", "Correct the class, or add it to names."),
    LabelError: ("label lines have wrong values", "Correct them."),
}


def check_labels(
    dataset: Dataset, images: Sequence[Path], place: Place
) -> tuple[dict[Path, tuple[Label, ...]], list[Finding]]:
    """The people of every image, and what is wrong in label files."""
    labels: dict[Path, tuple[Label, ...]] = {}
    wrong: defaultdict[type[LabelError], list[str]] = defaultdict(list)
    unreadable: list[str] = []
    repeated: list[str] = []
    at_corner: list[str] = []
    bare = 0
    for image in images:
        path = label_path(image)
        people: list[Label] = []
        try:
            for number, entry in read_lines(path, dataset.keypoints, dataset.keypoint_dimensions, len(dataset.classes)):
                if isinstance(entry, LabelError):
                    wrong[type(entry)].append(f"{place(path)}, line {number}: {entry}")
                else:
                    people.append(entry)
        except DatasetError as error:
            unreadable.append(error.message.rstrip("."))
        if len(set(people)) < len(people):
            repeated.append(place(path))
        if dataset.keypoint_dimensions == 3 and any(
            point[2] and not point[0] and not point[1] for person in people for point in person.keypoints
        ):
            at_corner.append(place(path))
        bare += bool(dataset.keypoints) and sum(not any(point[2] for point in person.keypoints) for person in people)
        labels[image] = tuple(people)
    findings = _finding("error", "label files cannot be read", unreadable, "Label these pictures again.")
    for kind, (what, advice) in KINDS.items():
        findings += _finding("error", what, wrong[kind], advice)
    findings += _finding("warning", "label files hold the same line twice", repeated, "Remove what is too much.")
    findings += _finding(
        "warning",
        "label files have labelled keypoints at (0, 0)",
        at_corner,
        "Give keypoints that are not labelled the visibility 0.",
    )
    if bare:
        findings.append(Finding(severity="note", what=f"{bare:,} people have a box, but no labelled keypoint"))
    return labels, findings


def check_orphans(images: Sequence[Path], place: Place) -> list[Finding]:
    """Label files without image, and images without label file, which Ultralytics takes for background."""
    expected = {label_path(image) for image in images}
    folders = {path.parent for path in expected}
    orphans = []
    for folder in sorted(folders):
        for path in sorted(folder.glob("*.txt")):
            labels_apart = "labels" in folder.parts
            if path not in expected and path.name not in NOT_LABELS and labels_apart:
                orphans.append(path)
    findings = _finding(
        "error", "label files have no image", place.all(orphans), "Add the images, or remove the label files."
    )
    without = sum(not is_named_file(path) for path in expected)
    if without:
        what = f"{without:,} images have no label file: they are trained on as background"
        findings.append(Finding(severity="note", what=what))
    return findings


def check_duplicates(dataset: Dataset, digests: Mapping[Path, str], place: Place) -> list[Finding]:
    """The same content in several splits, or twice in one."""
    splits: defaultdict[str, dict[str, list[Path]]] = defaultdict(dict)
    for name, images in dataset.splits.items():
        for image in images:
            if image in digests:
                splits[digests[image]].setdefault(name, []).append(image)
    shared = sorted(
        " = ".join(place(copies[0]) + f" ({name})" for name, copies in found.items())
        for found in splits.values()
        if len(found) > 1
    )
    twice = sorted(
        " = ".join(map(place, copies)) for found in splits.values() for copies in found.values() if len(copies) > 1
    )
    return [
        *_finding(
            "error",
            "images are in more than one of train, val and test",
            shared,
            "Take them out of one: validation would only say what was learnt by heart.",
        ),
        *_finding("warning", "images are there more than once", twice, "Remove the copies."),
    ]


def summarise(dataset: Dataset, images: Sequence[Path], labels: Mapping[Path, Sequence[Label]]) -> SplitReport:
    """What one split holds."""
    report = SplitReport(images=len(images), keypoints=[[0, 0, 0] for _ in range(dataset.keypoints)])
    for image in images:
        people = labels[image]
        report.people += len(people)
        report.background += not people
        report.without_label_file += not is_named_file(label_path(image))
        for person in people:
            for counts, (_, _, visibility) in zip(report.keypoints, person.keypoints, strict=True):
                counts[2 if visibility > 1 else int(visibility > 0)] += 1
    return report


def check_amounts(splits: Mapping[str, SplitReport], words: Words) -> list[Finding]:
    """Whether there is enough to train and to validate on; `words` are those of the task."""
    findings = []
    for name in ("train", "val"):
        report = splits.get(name)
        if report is None:
            advice = "Training needs train and val."
            findings.append(Finding(severity="error", what=f"{name} is missing", advice=advice))
        elif not report.people:
            what = f"{words.none} is labelled in {name}"
            findings.append(Finding(severity="error", what=what, advice=f"Label {words.several}."))
        elif report.images < FEWEST_IMAGES:
            what = f"{name} has {report.images} images, which are too few"
            findings.append(Finding(severity="error", what=what, advice=f"Take {FEW_IMAGES} or more."))
        elif name == "train" and report.images < FEW_IMAGES:
            what = f"train has only {report.images} images"
            findings.append(Finding(severity="warning", what=what, advice="Some hundred are needed to learn from."))
        if report is not None and report.people:
            never = [index for index, counts in enumerate(report.keypoints) if not counts[1] + counts[2]]
            if never:
                what = f"keypoints {', '.join(map(str, never))} are never labelled in {name}"
                findings.append(Finding(severity="warning", what=what, advice="The model cannot learn them."))
    return findings
