"""`edgecask check-data`: a data set's counts, what is wrong with it, and some of its pictures with their labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from edgecask.common_options import RunnerOption, target_option
from edgecask.errors import DatasetError
from edgecask.options import option

if TYPE_CHECKING:
    from edgecask.data.check import DatasetReport
    from edgecask.data.findings import Finding

EXAMPLES = 5
MOST_CLASSES = 100
"""Of which it is said how often they are labelled."""


@dataclass(frozen=True, kw_only=True)
class CheckData(RunnerOption):
    """A data set, and what it is for."""

    data: Path = option(help="the data.yaml of a data set", positional=True)
    target: str | None = target_option(None, help="also check against what this device decodes")
    sheet: Path = option(Path("contact-sheet.png"), help="where a picture of some images with their labels is written")


REQUEST = CheckData


def run(request: CheckData) -> None:
    """Print what was found and write the contact sheet; raises DatasetError where something has to be repaired."""
    from edgecask.cli.session import make_execution
    from edgecask.data.check import check_dataset
    from edgecask.data.dataset import read_dataset
    from edgecask.data.findings import Place
    from edgecask.data.images import draw_contact_sheet
    from edgecask.files import copy_whole
    from edgecask.progress import make_display
    from edgecask.target.target import load_target

    path = request.data
    target = load_target(request.target) if request.target else None
    read_dataset(path)  # before an engine is asked for
    display = make_display()
    execution = make_execution(request.runner, display, require_isolation=request.require_isolation)
    report = check_dataset(execution, path, target)
    place = Place(path.absolute().parent)
    captions = {image: place(image) for image in report.labels}
    drawn = draw_contact_sheet(execution, report.dataset, labels=report.labels, images=report.images, captions=captions)
    for line in describe(report):
        display.note(line)
    if drawn is not None:
        copy_whole(drawn.path, request.sheet)
        display.note(f"{'pictures':<12}{request.sheet}  (left of a pair red, right blue, hidden ones as rings)")
    if report.errors:
        raise DatasetError(
            f"{path} has {len(report.errors)} kind{'s' if len(report.errors) > 1 else ''} of errors.",
            advice="They stand above, each with what to do.",
        )
    display.note("no error was found")


def describe(report: DatasetReport) -> list[str]:
    """The report as lines."""
    dataset = report.dataset
    values = "x, y, visibility" if dataset.keypoint_dimensions == 3 else "x, y"
    count = len(dataset.classes)
    names = ", ".join(dataset.classes[:10]) + (", …" if count > 10 else "")
    lines = [f"{'classes':<12}{count} ({names})"]
    if dataset.keypoints:
        lines.append(f"{'keypoints':<12}{dataset.keypoints} with {values}")
    labelled = "people" if dataset.keypoints else "boxes"
    lines.append(f"{'split':<12}{'images':>10}{labelled:>10}{f'no {labelled}':>12}{'no label file':>16}")
    for name, split in report.splits.items():
        lines.append(
            f"{name:<12}{split.images:>10,}{split.people:>10,}{split.background:>12,}{split.without_label_file:>16,}"
        )
    lines += describe_keypoints(report) if dataset.keypoints else describe_classes(report)
    for finding in report.findings:
        lines += describe_finding(finding)
    return lines


def describe_classes(report: DatasetReport) -> Iterator[str]:
    """How often each class is labelled, in all splits together."""
    counts = Counter(label.class_index for labels in report.labels.values() for label in labels)
    yield f"{'class':<20}{'boxes':>10}"
    for index, name in enumerate(report.dataset.classes[:MOST_CLASSES]):
        yield f"{f'{index} {name}':<20}{counts[index]:>10,}"
    if len(report.dataset.classes) > MOST_CLASSES:
        yield f"{'':<20}{f'and {len(report.dataset.classes) - MOST_CLASSES:,} more':>10}"


def describe_keypoints(report: DatasetReport) -> Iterator[str]:
    """For every keypoint how often it is visible, hidden and not labelled, in all splits together."""
    from edgecask.task.pose import COCO_NAMES

    yield f"{'keypoint':<20}{'visible':>10}{'hidden':>10}{'not labelled':>14}"
    for index in range(report.dataset.keypoints):
        counts = [sum(split.keypoints[index][value] for split in report.splits.values()) for value in range(3)]
        name = COCO_NAMES[index].replace("_", " ") if report.dataset.keypoints == len(COCO_NAMES) else ""
        yield f"{f'{index} {name}':<20}{counts[2]:>10,}{counts[1]:>10,}{counts[0]:>14,}"


def describe_finding(finding: Finding) -> Iterator[str]:
    """What it is and what to do, then the first places."""
    yield f"{finding.severity:<12}{finding.what}. {finding.advice}".rstrip()
    for place in finding.places[:EXAMPLES]:
        yield f"{'':<12}  {place}"
    if len(finding.places) > EXAMPLES:
        yield f"{'':<12}  and {len(finding.places) - EXAMPLES:,} more"
