"""A data set with a data.yaml, as an export gives it → one that `invoke convert-data` makes: checked, and tidy.

Its labels are written anew: outlines become their boxes where boxes are wanted, and keypoints are left out there. What
makes no sense is an error that names the file and the line.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from edgecask.data.coco_labels import things_of
from edgecask.data.conversion import (
    MARKS,
    Conversion,
    ConvertRequest,
    Inspect,
    cut_box,
    parts_of,
    usable,
    write_description,
    write_picture,
)
from edgecask.data.dataset import Dataset, label_path, load_dataset
from edgecask.data.label_files import TOLERANCE, Label, read_labels
from edgecask.data.output import refuse_occupied, replacing

WHOLE = (1.0, 1.0)
"""Coordinates are parts of the picture already."""


def convert_described(description: Path, within: Path, request: ConvertRequest, inspect: Inspect) -> Conversion:
    """Make the data set of the data.yaml `description`, which leads to nothing outside of the folder `within`.

    Raises DatasetError that names what is wrong, UsageError where the folder is occupied.
    """
    refuse_occupied(request.output, *MARKS)
    dataset = load_dataset(description, within=within)
    task = request.task or dataset.task
    points = POINTS[task](dataset)
    conversion = Conversion(noun=things_of(task), flip_index=not points or dataset.flip_index is not None)
    inspected = inspect(sorted({image for images in dataset.splits.values() for image in images}))
    used: set[int] = set()
    with replacing(request.output, *MARKS) as folder:
        for split, images in dataset.splits.items():
            common = Path(os.path.commonpath([image.parent for image in images]))
            named = {image.relative_to(common).as_posix(): image for image in images}
            found = usable(named, inspected, request, conversion)
            parts = parts_of(list(dataset.splits), sorted(found), split, request.validation_share)
            for part, names in parts.items():
                conversion.images[part] = conversion.images.get(part, 0) + len(names)
                for name in sorted(names):
                    labels = _labels(dataset, found[name])
                    lines = _lines(labels, points, conversion)
                    used |= {label.class_index for label in labels}
                    write_picture(folder, part, name, found[name], lines, copy=request.copy)
        conversion.empty_classes = tuple(name for number, name in enumerate(dataset.classes) if number not in used)
        write_description(folder, conversion, dataset.classes, _more(dataset) if points else {})
    return conversion


def _keypoints_of(dataset: Dataset) -> int:
    dataset.require_keypoints()
    return dataset.keypoint_dimensions


def _no_keypoints(dataset: Dataset) -> int:
    return 0


POINTS = {"pose": _keypoints_of, "detect": _no_keypoints}
"""How many values of each keypoint the lines of a task have."""


def _labels(dataset: Dataset, image: Path) -> list[Label]:
    return read_labels(label_path(image), dataset.keypoints, dataset.keypoint_dimensions, len(dataset.classes))


def _lines(labels: Sequence[Label], points: int, conversion: Conversion) -> list[str]:
    lines: dict[str, None] = {}
    for label in labels:
        x, y, width, height = label.box
        box = cut_box((x - width / 2, y - height / 2, width, height), WHOLE, conversion, tolerance=TOLERANCE)
        if box is None:
            continue
        words = [str(label.class_index), *(f"{value:.6f}" for value in box)]
        for point in label.keypoints if points else ():
            # Roundings of a tool that reach over the edge; further out is an error.
            words += [f"{min(max(value, 0.0), 1.0):.6f}" for value in point[:2]]
            words += [f"{int(value)}" for value in point[2:points]]
        lines[" ".join(words)] = None
    conversion.labelled += len(lines)
    return list(lines)


def _more(dataset: Dataset) -> dict[str, Any]:
    more: dict[str, Any] = {"kpt_shape": [dataset.keypoints, dataset.keypoint_dimensions]}
    if dataset.sigmas is not None:
        more["kpt_oks_sigmas"] = list(dataset.sigmas)
    if dataset.flip_index is not None:
        more["flip_idx"] = list(dataset.flip_index)
    return more
