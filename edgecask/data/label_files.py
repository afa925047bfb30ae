"""Label files: one line a person, as Ultralytics' pose training reads them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from edgecask.errors import DatasetError
from edgecask.files import read_input
from edgecask.task.pose import LABEL_BOX_COLUMNS

TOLERANCE = 0.01
"""How far outside 0–1 a coordinate may lie: what verify_image_label of Ultralytics forgives roundings."""
SHORTEST_OUTLINE = 7
"""Columns of an outline of three points, which data for detection may have in place of a box."""
LARGEST_FILE = 16 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Label:
    """One person.

    `box` is (centre x, centre y, width, height) and `keypoints` are K times (x, y, visibility), in fractions of the
    picture's width and height; visibility is 0 (not labelled), 1 (hidden) or 2 (visible).
    """

    class_index: int
    box: tuple[float, float, float, float]
    keypoints: tuple[tuple[float, float, float], ...]


class LabelError(ValueError):
    """A line of a label file that makes no sense; says what is wrong without naming the file."""


class ColumnError(LabelError):
    """A line with too few or too many columns."""


class CoordinateError(LabelError):
    """A coordinate outside 0–1, or a box without width or height."""


class ClassError(LabelError):
    """A class that is no whole number, or that the data set does not have."""


def read_labels(path: Path, keypoints: int, dimensions: int, classes: int | None = None) -> list[Label]:
    """The persons of one label file, in its order; raises DatasetError that names the file and the line.

    `keypoints` and `dimensions` are kpt_shape, `classes` is the number of classes where it is to be checked. Points
    without visibility (two dimensions) count as visible, and a file that does not exist means that nobody is in the
    picture, as in Ultralytics.
    """
    labels = []
    for number, label in read_lines(path, keypoints, dimensions, classes):
        if isinstance(label, LabelError):
            raise DatasetError(f"{path}, line {number}: {label}.", advice="Correct or remove the line.") from label
        labels.append(label)
    return labels


def read_lines(
    path: Path, keypoints: int, dimensions: int, classes: int | None = None
) -> Iterator[tuple[int, Label | LabelError]]:
    """Every line of a label file with its number from 1: the person, or what is wrong with the line.

    Raises DatasetError where the file cannot be read at all.
    """
    content = read_content(path)
    if content is not None:
        yield from lines_of(path, content, keypoints, dimensions, classes)


def read_content(path: Path) -> bytes | None:
    """The bytes of a label file, None where there is none; raises DatasetError where it cannot be read."""
    try:
        return read_input(path, limit=LARGEST_FILE, error=DatasetError, advice="It has to be a label file.")
    except DatasetError as error:
        if isinstance(error.__cause__, FileNotFoundError):
            return None
        raise


def lines_of(
    path: Path, content: bytes, keypoints: int, dimensions: int, classes: int | None = None
) -> Iterator[tuple[int, Label | LabelError]]:
    """As read_lines, of what stands in the file."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DatasetError(f"{path} is not a text file.", advice="Label the picture again.") from error
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            try:
                yield number, parse_label(line, keypoints, dimensions, classes)
            except LabelError as error:
                yield number, error


def parse_label(line: str, keypoints: int, dimensions: int, classes: int | None = None) -> Label:
    """One line of a label file; raises LabelError that says what is wrong with it."""
    words = line.split()
    columns = LABEL_BOX_COLUMNS + keypoints * dimensions
    is_outline = not keypoints and len(words) >= SHORTEST_OUTLINE and len(words) % 2
    if len(words) != columns and not is_outline:
        having = f", {keypoints} × {dimensions} keypoints" if keypoints else ""
        raise ColumnError(f"{len(words)} columns instead of {columns} (class, 4 for the box{having})")
    try:
        values = [float(word) for word in words]
    except ValueError:
        raise LabelError(f"{next(word for word in words if not _is_number(word))!r:.40} is not a number") from None
    if not all(map(math.isfinite, values)):
        raise LabelError("a value is not finite")
    if values[0] < 0 or not values[0].is_integer():
        raise ClassError(f"the class {words[0]:.40} is not a whole number")
    if classes is not None and values[0] >= classes:
        raise ClassError(f"the class {words[0]:.40} does not exist (names has {classes})")
    box = _around(values[1:]) if is_outline else (values[1], values[2], values[3], values[4])
    points = tuple(
        (values[at], values[at + 1], values[at + 2] if dimensions == 3 else 2.0)
        for at in (range(LABEL_BOX_COLUMNS, columns, dimensions) if keypoints else ())
    )
    _check_range("box", box)
    if box[2] <= 0 or box[3] <= 0:
        raise CoordinateError(f"the box is {box[2]:g} wide and {box[3]:g} high")
    for index, (x, y, visibility) in enumerate(points):
        _check_range(f"keypoint {index}", (x, y))
        if not 0 <= visibility <= 2:
            raise LabelError(f"the visibility of keypoint {index} is {visibility:g}, not 0, 1 or 2")
    return Label(class_index=int(values[0]), box=box, keypoints=points)


def _around(outline: Sequence[float]) -> tuple[float, float, float, float]:
    """The box of an outline x1, y1, x2, y2 and so on, as Ultralytics takes it in detection (segments2boxes)."""
    _check_range("outline", tuple(outline))
    across, down = outline[::2], outline[1::2]
    left, right, top, bottom = min(across), max(across), min(down), max(down)
    return (left + right) / 2, (top + bottom) / 2, right - left, bottom - top


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def _check_range(name: str, values: tuple[float, ...]) -> None:
    for value in values:
        if not -TOLERANCE <= value <= 1 + TOLERANCE:
            raise CoordinateError(
                f"{name} has the coordinate {value:g}, outside 0–1 (coordinates are fractions of the picture's "
                "width and height, not pixels)"
            )
