"""What is wrong in label files, and which pictures and label files lack each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from edgecask.data.dataset import Dataset, label_path
from edgecask.data.findings import Finding, Place, finding_of
from edgecask.data.label_files import ClassError, ColumnError, CoordinateError, Label, LabelError, read_lines
from edgecask.errors import DatasetError
from edgecask.files import is_named_file

NOT_LABELS = frozenset({"classes.txt"})  # what labelling tools put beside label files
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
    findings = finding_of("error", "label files cannot be read", unreadable, "Label these pictures again.")
    for kind, (what, advice) in KINDS.items():
        findings += finding_of("error", what, wrong[kind], advice)
    findings += finding_of("warning", "label files hold the same line twice", repeated, "Remove what is too much.")
    findings += finding_of(
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
    findings = finding_of(
        "error", "label files have no image", place.all(orphans), "Add the images, or remove the label files."
    )
    without = sum(not is_named_file(path) for path in expected)
    if without:
        what = f"{without:,} images have no label file: they are trained on as background"
        findings.append(Finding(severity="note", what=what))
    return findings
