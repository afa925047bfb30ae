"""`invoke check-data`: what would go wrong in training, found before an hour is spent on it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from edgecask.data.class_check import check_classes, check_names
from edgecask.data.dataset import Dataset, description_problems, label_path, misplaced_labels, read_dataset
from edgecask.data.findings import Finding, Place, finding_of
from edgecask.data.image_folder import describe_left_out
from edgecask.data.images import ImageFile, inspect
from edgecask.data.label_check import check_labels, check_orphans
from edgecask.data.label_files import Label
from edgecask.files import is_named_file
from edgecask.runner.executor import Execution
from edgecask.target.target import Target
from edgecask.task.task import TASKS
from edgecask.task.words import Words

FEWEST_IMAGES = 10
"""Below this a split is no data set; Ultralytics trains on fewer and learns nothing from it."""
FEW_IMAGES = 100


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
    findings += check_classes(dataset, target) + check_names(dataset)
    images = sorted({image for split in dataset.splits.values() for image in split})
    present = [image for image in images if is_named_file(image)]
    findings += finding_of(
        "error", "images are missing", place.all(set(images) - set(present)), "Copy them, or take them off the list."
    )
    inspections = inspect(execution, present, training=True, reader=reader)
    findings += finding_of(
        "error",
        "images cannot be used",
        [f"{place(image)}: {inspections[image].problem}" for image in present if inspections[image].problem],
        "Replace or remove them.",
    )
    labels, label_findings = check_labels(dataset, images, place)
    findings += label_findings + check_orphans(images, place)
    findings += finding_of(
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
        *finding_of(
            "error",
            "images are in more than one of train, val and test",
            shared,
            "Take them out of one: validation would only say what was learnt by heart.",
        ),
        *finding_of("warning", "images are there more than once", twice, "Remove the copies."),
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
