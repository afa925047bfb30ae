"""What a task's labels are in a COCO JSON, and as lines of Ultralytics' label files.

The rules are those of Ultralytics (`ultralytics/data/converter.py`: convert_coco): crowds and boxes without size are
left out, and for pose people without any labelled keypoint. What Ultralytics' training would refuse afterwards is
repaired: boxes are cut at the edge of the picture, and keypoints outside of it count as not labelled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from edgecask.data.coco_format import (
    ADVICE,
    Annotation,
    Category,
    Classes,
    Document,
    box_classes,
    id_order,
    keypoint_count,
)
from edgecask.data.conversion import Conversion, cut_box
from edgecask.errors import DatasetError
from edgecask.task.pose import mirrored
from edgecask.task.task import task_of, task_of_labels

Documents = Sequence[tuple[Path, Document]]


class Labelling(Protocol):
    """How labels for a task are read from COCO's form."""

    def classes(self, documents: Documents) -> Classes:
        """The classes; raises DatasetError where the files contradict each other."""
        ...

    def line(self, size: tuple[int, int], annotation: Annotation, number: int, counts: Conversion) -> str | None:
        """The line for an annotation of a class; what is left out is counted."""
        ...

    def description(self, documents: Documents, classes: Classes) -> dict[str, Any]:
        """What a data.yaml says of it beside splits and names."""
        ...


class Keypoints:
    """People with keypoints. See Labelling."""

    def classes(self, documents: Documents) -> Classes:
        """The categories of everybody with keypoints, in the order of their ids."""
        used = {entry.category_id for _, document in documents for entry in document.annotations if entry.keypoints}
        known = {category.id: category for _, document in documents for category in document.categories}
        in_order = sorted(used, key=id_order)
        found = [known.get(identity, Category(id=identity, name=f"category {identity}")) for identity in in_order]
        return Classes(categories=tuple(found))

    def line(self, size: tuple[int, int], annotation: Annotation, number: int, counts: Conversion) -> str | None:
        """Class, box, keypoints."""
        if not annotation.is_labelled:
            counts.without_keypoints += 1
            return None
        counts.without_box += not annotation.bbox
        box = cut_box(annotation.box, size, counts)
        if box is None:
            return None
        width, height = size
        words = [str(number), *(f"{value:.6f}" for value in box)]
        for x, y, visibility in annotation.points:
            labelled = visibility > 0
            if labelled and not (0 <= x <= width and 0 <= y <= height):
                counts.outside += 1
                labelled = False
            shown = (x / width, y / height, visibility) if labelled else (0.0, 0.0, 0)
            words += [f"{shown[0]:.6f}", f"{shown[1]:.6f}", f"{int(shown[2])}"]
        return " ".join(words)

    def description(self, documents: Documents, classes: Classes) -> dict[str, Any]:
        """kpt_shape, and flip_idx where the keypoints have names that pair."""
        keypoints = keypoint_count(documents)
        names = next((entry.keypoints for entry in classes.categories if len(entry.keypoints or ()) == keypoints), None)
        flip = mirrored(names) if names else None
        return {"kpt_shape": [keypoints, 3], **({"flip_idx": flip} if flip is not None else {})}


class Boxes:
    """Boxes of all categories. See Labelling."""

    def classes(self, documents: Documents) -> Classes:
        """All categories of the files in the order of their ids, whether anything is labelled as one or not."""
        classes = box_classes(documents)
        if not any(document.annotations for _, document in documents):
            raise DatasetError(f"{documents[0][0]}: nothing in it is labelled.", advice=ADVICE)
        return classes

    def line(self, size: tuple[int, int], annotation: Annotation, number: int, counts: Conversion) -> str | None:
        """Class and box."""
        if not annotation.bbox:
            counts.boxless += 1
            return None
        box = cut_box(annotation.box, size, counts)
        return None if box is None else " ".join([str(number), *(f"{value:.6f}" for value in box)])

    def description(self, documents: Documents, classes: Classes) -> dict[str, Any]:
        """Nothing."""
        return {}


LABELLINGS: Mapping[str, Labelling] = {"pose": Keypoints(), "detect": Boxes()}


def told_task(documents: Documents) -> str:
    """What the labels are for, where nobody says it: pose where anybody has keypoints."""
    return task_of_labels(any(annotation.keypoints for _, document in documents for annotation in document.annotations))


def label_lines(
    labelling: Labelling,
    size: tuple[int, int],
    annotations: Sequence[Annotation],
    classes: Mapping[int | str, int],
    conversion: Conversion,
) -> list[str]:
    """The label lines of one picture of this width and height; what is left out is counted in `conversion`."""
    lines: dict[str, None] = {}
    for annotation in annotations:
        if annotation.iscrowd:
            conversion.crowds += 1
            continue
        line = labelling.line(size, annotation, classes[annotation.category_id], conversion)
        if line is not None:
            lines[line] = None
    conversion.labelled += len(lines)
    return list(lines)


def things_of(task: str) -> str:
    """What is labelled, for figures."""
    return task_of(task).words.several
