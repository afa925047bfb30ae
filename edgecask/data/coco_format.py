"""COCO's form of data sets; what COCO says of a person's keypoints is in edgecask/task/pose.py.

The format is described at cocodataset.org (Data format: Keypoint detection): an entry of `annotations` has K times
(x, y, visibility) in pixels of the picture, where visibility is 0 (not labelled), 1 (labelled, hidden) or 2 (visible),
and its entry of `categories` names the K keypoints.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Annotated

import msgspec
from msgspec import Meta

from edgecask.errors import DatasetError
from edgecask.files import read_input

ADVICE = "Pass a file of COCO's form, such as instances_val2017.json or person_keypoints_val2017.json."
POSE_ADVICE = "Pass a keypoint file of COCO's form, such as person_keypoints_val2017.json."
LARGEST_FILE = 1 << 30
"""COCO's own file for training has 0.24 GB."""
VISIBILITIES = (0, 1, 2)
ROUNDING = 1.0
"""Pixels by which tools may differ about the edge of a picture."""


Identity = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)] | Annotated[str, Meta(max_length=4096)]
Measure = Annotated[float, Meta(ge=-1e9, le=1e9)]
"""Pixels, or their squares; what is further out is no place in a picture, and sums of it may be no number."""


class ImageEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of `images`; the size in pixels, as the file has it, where it has one."""

    id: Identity
    file_name: str
    width: Measure | None = None
    height: Measure | None = None

    @property
    def size(self) -> tuple[float, float] | None:
        """Width and height where the file has both; tools that know none write null or 0."""
        return (self.width, self.height) if self.width and self.height else None

    @property
    def relative(self) -> PurePosixPath:
        """The file's name with slashes, whichever way they lean in the file."""
        return PurePosixPath(self.file_name.replace("\\", "/"))


class Annotation(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of `annotations`: `bbox` is (left, top, width, height), `keypoints` K times (x, y, visibility)."""

    image_id: Identity
    category_id: Identity = 1
    bbox: list[Measure] | None = None
    area: Measure | None = None
    keypoints: list[Measure] | None = None
    iscrowd: Annotated[int, Meta(ge=0, le=1)] | bool | None = 0

    @property
    def points(self) -> list[tuple[float, float, float]]:
        """The keypoints as (x, y, visibility) in pixels."""
        values = self.keypoints or []
        return [(values[at], values[at + 1], values[at + 2]) for at in range(0, len(values), 3)]

    @property
    def is_labelled(self) -> bool:
        """Whether at least one keypoint is."""
        return any(visibility for _, _, visibility in self.points)

    @property
    def box(self) -> tuple[float, float, float, float]:
        """`bbox`; where there is none, what encloses the labelled keypoints."""
        if self.bbox:
            left, top, width, height = self.bbox
            return left, top, width, height
        across, down = ([point[axis] for point in self.points if point[2]] or [0.0] for axis in (0, 1))
        return min(across), min(down), max(across) - min(across), max(down) - min(down)


class Category(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of `categories`, with the names of its keypoints, and what it is a kind of."""

    id: Identity
    name: str
    supercategory: str | None = None
    keypoints: list[str] | None = None


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """The file; what else is in it is left alone."""

    images: list[ImageEntry]
    annotations: list[Annotation]
    categories: list[Category] = []


def read_document(path: Path) -> Document:
    """A file whose entries fit together; raises DatasetError that says what is wrong in it."""
    content = read_input(path, limit=LARGEST_FILE, error=DatasetError, advice=ADVICE)
    try:
        # With or without the mark that Windows puts before a text, which is not JSON.
        text = content.decode(json.detect_encoding(content))
        document = msgspec.json.decode(text, type=Document)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise DatasetError(f"{path} is no file of COCO's form ({error}).", advice=ADVICE) from error
    _check_images(path, document.images)
    images = {image.id for image in document.images}
    categories = {category.id: category for category in document.categories}
    for number, annotation in enumerate(document.annotations):
        if annotation.image_id not in images:
            raise DatasetError(
                f"{path}: an annotation names the image {annotation.image_id!r:.40}, which is not in the file.",
                advice="Correct the file.",
            )
        _check_annotation(path, number, annotation, categories)
    return document


def _check_images(path: Path, images: Sequence[ImageEntry]) -> None:
    seen: set[int | str] = set()
    names: set[str] = set()
    for image in images:
        if image.id in seen:
            raise DatasetError(f"{path}: two images have the id {image.id!r:.40}.", advice="Correct the file.")
        seen.add(image.id)
        name = image.relative
        if name.is_absolute() or ".." in name.parts or "\0" in image.file_name or not name.name:
            raise DatasetError(
                f"{path} names {image.file_name!r:.80}, which leads elsewhere.", advice="Correct the file."
            )
        if str(name) in names:
            raise DatasetError(
                f"{path} has {image.file_name!r:.80} twice, with two ids.", advice="Put its labels under one id."
            )
        names.add(str(name))


def _check_annotation(path: Path, number: int, annotation: Annotation, known: Mapping[int | str, Category]) -> None:
    """Raise DatasetError where keypoints contradict their category or themselves, or a box is none."""
    what = f"{path}: annotation {number} of the image {annotation.image_id!r:.40}"
    if annotation.bbox and len(annotation.bbox) != 4:
        raise DatasetError(
            f"{what} has a bbox of {len(annotation.bbox)} values.", advice="It is left, top, width, height."
        )
    values = len(annotation.keypoints or ())
    if not values:
        return
    category = known.get(annotation.category_id)
    named = len(category.keypoints or ()) if category is not None else 0
    if category is not None and named and values != 3 * named:
        raise DatasetError(
            f"{what} has {values} keypoint values; {category.name!r:.40} has {named} keypoints, which makes "
            f"{3 * named} values (x, y, visibility).",
            advice="Correct the annotation, or the category's keypoints.",
        )
    if values % 3:
        raise DatasetError(
            f"{what} has {values} keypoint values, which is no multiple of 3.",
            advice="Every keypoint is x, y, visibility.",
        )
    for index, (_, _, visibility) in enumerate(annotation.points):
        if visibility not in VISIBILITIES:
            raise DatasetError(
                f"{what} has the visibility {visibility:g} at keypoint {index}, which is not 0, 1 or 2.",
                advice="Every keypoint is x, y, visibility.",
            )


def check_size(path: Path, image: ImageEntry, people: Sequence[Annotation], size: tuple[int, int]) -> bool:
    """Whether the picture is on its side in the file; raises DatasetError where its labels are for another size.

    `size` is what it has upright: width and height in pixels. Phones store photographs on their side with a note to
    turn them (EXIF), and many tools write the size from before turning beside labels from after it. So the upright size
    holds, as long as everything that is labelled is in the picture.
    """
    if image.size is None or _same(image.size, size):
        return False
    said, found = (f"{width:g} × {height:g}" for width, height in (image.size, size))
    what = f"{path} says that {image.file_name!r:.80} has {said} pixels, upright it has {found}"
    if not _same(image.size, size[::-1]):
        raise DatasetError(f"{what}.", advice="Pass the pictures that were labelled, in their own size.")
    if not all(_inside(annotation, size) for annotation in people):
        raise DatasetError(
            f"{what}, and labels lie outside of it: they are for the picture on its side.",
            advice="Turn the picture in its file as it was labelled, and take its orientation (EXIF) away.",
        )
    return True


def _same(first: tuple[float, float], second: tuple[float, float]) -> bool:
    return all(abs(one - other) <= ROUNDING for one, other in zip(first, second, strict=True))


def _inside(annotation: Annotation, size: tuple[int, int]) -> bool:
    left, top, width, height = annotation.box
    points = [(x, y) for x, y, visibility in annotation.points if visibility]
    return all(x <= size[0] + ROUNDING and y <= size[1] + ROUNDING for x, y in [*points, (left + width, top + height)])


def keypoint_count(documents: Iterable[tuple[Path, Document]]) -> int:
    """How many keypoints everybody has; raises DatasetError where that differs or nobody has any."""
    counts: dict[int, Path] = {}
    path = Path()
    for path, document in documents:
        for annotation in document.annotations:
            if annotation.keypoints:
                counts.setdefault(len(annotation.keypoints) // 3, path)
    if not counts:
        raise DatasetError(f"{path}: nobody in it has keypoints.", advice=POSE_ADVICE)
    if len(counts) > 1:
        raise DatasetError(
            f"{path}: its people have {' and '.join(map(str, sorted(counts)))} keypoints, not all the same number.",
            advice="Convert or evaluate them one at a time.",
        )
    return next(iter(counts))


def id_order(identity: int | str) -> tuple[bool, int | str]:
    """What ids are sorted by: numbers before texts."""
    return isinstance(identity, str), identity


@dataclass(frozen=True, kw_only=True)
class Classes:
    """The categories that become classes, in order; `groups` are those that only say what others are kinds of.

    Categories of one name are one class: labelling tools write several where data sets were put together.
    """

    categories: tuple[Category, ...]
    groups: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the classes in order, each once."""
        return tuple(dict.fromkeys(category.name for category in self.categories))

    @property
    def numbers(self) -> Mapping[int | str, int]:
        """The class of each category."""
        places = {name: number for number, name in enumerate(self.names)}
        return {category.id: places[category.name] for category in self.categories}

    @property
    def merged(self) -> tuple[str, ...]:
        """The names that several categories have."""
        counts = Counter(category.name for category in self.categories)
        return tuple(name for name, count in counts.items() if count > 1)


def box_classes(documents: Iterable[tuple[Path, Document]]) -> Classes:
    """All categories in the order of their ids, but for those that only say what others are kinds of.

    A category of the second kind has no annotation and is the `supercategory` of others, not of itself: every export of
    Roboflow has one. Raises DatasetError where an annotation's category is in no list, or files contradict each other.
    """
    known: dict[int | str, Category] = {}
    used: set[int | str] = set()
    for path, document in documents:
        for category in document.categories:
            if known.setdefault(category.id, category).name != category.name:
                raise DatasetError(
                    f"{path}: the category {category.id!r:.40} is {category.name!r:.40}, and "
                    f"{known[category.id].name!r:.40} in another file or place.",
                    advice="Correct the files: a number has to mean one class.",
                )
        for annotation in document.annotations:
            if annotation.category_id not in known:
                raise DatasetError(
                    f"{path}: an annotation is of the category {annotation.category_id!r:.40}, which is not in the "
                    "file.",
                    advice="Correct the file.",
                )
            used.add(annotation.category_id)
    in_order = [known[identity] for identity in sorted(known, key=id_order)]
    above = {entry.supercategory for entry in in_order if entry.supercategory != entry.name}
    groups = [entry for entry in in_order if entry.id not in used and entry.name in above]
    return Classes(
        categories=tuple(entry for entry in in_order if entry not in groups),
        groups=tuple(entry.name for entry in groups),
    )
