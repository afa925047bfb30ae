"""`invoke convert-data`: COCO's keypoint JSON → an Ultralytics data set.

The rules are those of Ultralytics (`ultralytics/data/converter.py`: convert_coco with use_keypoints): crowds, boxes
without size and people without any labelled keypoint are left out. What Ultralytics' training would refuse afterwards
is repaired: boxes are cut at the edge of the picture, and keypoints outside of it count as not labelled.
"""

from __future__ import annotations

import os
import shutil
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import msgspec

from edgecask.data.dataset import IMAGE_SUFFIXES
from edgecask.data.output import DESCRIPTION, refuse_occupied, replacing
from edgecask.errors import DatasetError
from edgecask.files import sha256_bytes

MARK = "# Converted from COCO by `invoke convert-data`"
ADVICE = "Pass a keypoint file of COCO's form, such as person_keypoints_val2017.json."


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of `images`; the size in pixels."""

    id: int | str
    file_name: str
    width: int | float
    height: int | float


class Annotation(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of `annotations`: `bbox` is (left, top, width, height), `keypoints` K times (x, y, visibility)."""

    image_id: int | str
    category_id: int
    bbox: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    keypoints: list[float] = []
    iscrowd: int | bool = 0


class Category(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of `categories`, with the names of its keypoints."""

    id: int
    name: str
    keypoints: list[str] = []


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """The file; what else is in it is left alone."""

    images: list[Picture]
    annotations: list[Annotation]
    categories: list[Category] = []


@dataclass(frozen=True, kw_only=True)
class Source:
    """A keypoint file and the folder that its file names are relative to."""

    annotations: Path
    images: Path


@dataclass(frozen=True, kw_only=True)
class ConvertRequest:
    """What is to be converted and where to.

    Without `validation` the share `validation_share` of the pictures is kept for it, chosen by their names. `copy`
    makes copies where links would do; `skip_missing` leaves out pictures that are not there.
    """

    train: Source
    output: Path
    validation: Source | None = None
    validation_share: float = 0.1
    copy: bool = False
    skip_missing: bool = False


@dataclass(kw_only=True)
class Conversion:
    """What was converted, and what was left out."""

    images: dict[str, int]
    people: int = 0
    crowds: int = 0
    without_keypoints: int = 0
    without_size: int = 0
    outside: int = 0
    missing: int = 0
    flip_index: bool = True


def read_document(path: Path) -> Document:
    """A keypoint file; raises DatasetError that says what is wrong in it."""
    try:
        document = msgspec.json.decode(path.read_bytes(), type=Document)
    except OSError as error:
        raise DatasetError(f"{path} cannot be read ({error.strerror}).", advice=ADVICE) from error
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise DatasetError(f"{path} is not a COCO keypoint file ({error}).", advice=ADVICE) from error
    seen: set[int | str] = set()
    for picture in document.images:
        if picture.id in seen:
            raise DatasetError(f"{path}: two images have the id {picture.id!r:.40}.", advice="Correct the file.")
        seen.add(picture.id)
        if not (picture.width > 0 and picture.height > 0):
            raise DatasetError(f"{path}: {picture.file_name!r:.80} has no size.", advice="Correct the file.")
    for annotation in document.annotations:
        if annotation.image_id not in seen:
            raise DatasetError(
                f"{path}: an annotation names the image {annotation.image_id!r:.40}, which is not in the file.",
                advice="Correct the file.",
            )
    return document


def keypoint_count(documents: Iterable[tuple[Path, Document]]) -> int:
    """How many keypoints everybody has; raises DatasetError where that differs or nobody has any."""
    counts: dict[int, Path] = {}
    for path, document in documents:
        for annotation in document.annotations:
            if annotation.keypoints:
                values = len(annotation.keypoints)
                if values % 3:
                    raise DatasetError(
                        f"{path}: somebody has {values} keypoint values, which is no multiple of 3.",
                        advice="Every keypoint is x, y, visibility.",
                    )
                counts.setdefault(values // 3, path)
    if not counts:
        raise DatasetError(f"{path}: nobody in it has keypoints.", advice=ADVICE)
    if len(counts) > 1:
        raise DatasetError(
            f"{path}: its people have {' and '.join(map(str, sorted(counts)))} keypoints, not all the same number.",
            advice="Convert them one at a time.",
        )
    return next(iter(counts))


def mirrored(names: Sequence[str]) -> list[int] | None:
    """flip_idx from the names of keypoints, in which left and right change places; None where they do not pair."""
    index = []
    for name in names:
        lower = name.lower()
        swapped = lower.replace("left", "\0").replace("right", "left").replace("\0", "right")
        matches = [at for at, other in enumerate(names) if other.lower() == swapped]
        if len(matches) != 1:
            return None
        index.append(matches[0])
    return index


def label_lines(
    picture: Picture, annotations: Sequence[Annotation], classes: Mapping[int, int], conversion: Conversion
) -> list[str]:
    """The label lines of one picture; what is left out is counted in `conversion`."""
    lines: dict[str, None] = {}
    width, height = float(picture.width), float(picture.height)
    for annotation in annotations:
        if annotation.iscrowd:
            conversion.crowds += 1
            continue
        points = [annotation.keypoints[at : at + 3] for at in range(0, len(annotation.keypoints), 3)]
        if not any(visibility for _, _, visibility in points):
            conversion.without_keypoints += 1
            continue
        left, top, wide, high = annotation.bbox
        right, bottom = min(left + wide, width), min(top + high, height)
        left, top = max(left, 0.0), max(top, 0.0)
        if not (right > left and bottom > top):
            conversion.without_size += 1
            continue
        box = ((left + right) / 2 / width, (top + bottom) / 2 / height, (right - left) / width, (bottom - top) / height)
        words = [str(classes[annotation.category_id]), *(f"{value:.6f}" for value in box)]
        for x, y, visibility in points:
            labelled = visibility > 0
            if labelled and not (0 <= x <= width and 0 <= y <= height):
                conversion.outside += 1
                labelled = False
            shown = (x / width, y / height, min(visibility, 2)) if labelled else (0.0, 0.0, 0)
            words += [f"{shown[0]:.6f}", f"{shown[1]:.6f}", f"{int(shown[2])}"]
        lines[" ".join(words)] = None
    conversion.people += len(lines)
    return list(lines)


def split_pictures(names: Sequence[str], share: float) -> tuple[set[str], set[str]]:
    """Names for training and for validation: this share of them, chosen by their sha256, so always the same ones."""
    ordered = sorted(names, key=lambda name: sha256_bytes(name.encode()))
    count = min(len(ordered) - 1, max(1, round(share * len(ordered)))) if share > 0 and len(ordered) > 1 else 0
    return set(ordered[count:]), set(ordered[:count])


def convert(request: ConvertRequest) -> Conversion:
    """Make the data set; raises DatasetError that names what is wrong, UsageError where the folder is occupied."""
    refuse_occupied(request.output, MARK)
    sources = [request.train, *([request.validation] if request.validation else [])]
    documents = [(source.annotations, read_document(source.annotations)) for source in sources]
    keypoints = keypoint_count(documents)
    categories = _categories(documents)
    classes = {category.id: index for index, category in enumerate(categories)}
    flip = next((mirrored(entry.keypoints) for entry in categories if len(entry.keypoints) == keypoints), None)
    conversion = Conversion(images={}, flip_index=flip is not None)
    with replacing(request.output, MARK) as folder:
        for number, (source, (_, document)) in enumerate(zip(sources, documents, strict=True)):
            found = _present(source, document, request, conversion)
            if request.validation:
                parts = {("train", "val")[number]: set(found)}
            else:
                train, held = split_pictures(sorted(found), request.validation_share)
                parts = {"train": train, "val": held}
            _write(folder, source, document, parts, classes, request, conversion)
        (folder / DESCRIPTION).write_text(_description(conversion, categories, keypoints, flip), encoding="utf-8")
    return conversion


def _categories(documents: Sequence[tuple[Path, Document]]) -> list[Category]:
    """The categories of everybody with keypoints, in the order of their ids."""
    used = {entry.category_id for _, document in documents for entry in document.annotations if entry.keypoints}
    known = {category.id: category for _, document in documents for category in document.categories}
    for identity in sorted(used):
        if identity not in known:
            known[identity] = Category(id=identity, name=f"category {identity}")
    return [known[identity] for identity in sorted(used)]


def _present(source: Source, document: Document, request: ConvertRequest, conversion: Conversion) -> dict[str, Path]:
    """The pictures by the name they get, with their files; raises DatasetError where some are missing."""
    found: dict[str, Path] = {}
    stems: set[str] = set()
    missing: list[str] = []
    for picture in document.images:
        name = PurePosixPath(picture.file_name.replace("\\", "/"))
        if name.is_absolute() or ".." in name.parts or "\0" in picture.file_name:
            raise DatasetError(
                f"{source.annotations} names {picture.file_name!r:.80}, which leads elsewhere.",
                advice="Correct the file.",
            )
        if name.suffix.lower() not in IMAGE_SUFFIXES:
            raise DatasetError(
                f"{source.annotations} names {picture.file_name!r:.80}, which is no image file.",
                advice="Correct the file.",
            )
        stem = str(name.with_suffix(""))
        if stem in stems:
            raise DatasetError(
                f"{source.annotations} names two pictures {stem!r:.80}, which would share their labels.",
                advice="Rename one of them.",
            )
        stems.add(stem)
        if (source.images / name).is_file():
            found[str(name)] = source.images / name
        else:
            missing.append(str(name))
    if missing and not (request.skip_missing and found):
        raise DatasetError(
            f"{len(missing):,} of {len(document.images):,} pictures are not in {source.images}, "
            f"for example {missing[0]!r:.80}.",
            advice="Correct --images, or leave them out with --skip-missing.",
        )
    conversion.missing += len(missing)
    return found


def _write(
    folder: Path,
    source: Source,
    document: Document,
    parts: Mapping[str, set[str]],
    classes: Mapping[int, int],
    request: ConvertRequest,
    conversion: Conversion,
) -> None:
    annotations: defaultdict[int | str, list[Annotation]] = defaultdict(list)
    for annotation in document.annotations:
        if annotation.category_id in classes:
            annotations[annotation.image_id].append(annotation)
    for split, names in parts.items():
        conversion.images[split] = len(names)
    for picture in document.images:
        name = picture.file_name.replace("\\", "/")
        name = str(PurePosixPath(name))
        for split, names in parts.items():
            if name in names:
                image = folder / "images" / split / name
                label = (folder / "labels" / split / name).with_suffix(".txt")
                for path in (image, label):
                    path.parent.mkdir(parents=True, exist_ok=True)
                _put(source.images / name, image, copy=request.copy)
                lines = label_lines(picture, annotations[picture.id], classes, conversion)
                label.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def _put(source: Path, destination: Path, *, copy: bool) -> None:
    """A hard link, or a copy where it is asked for or links cannot be made (another disk, another owner)."""
    if not copy:
        try:
            os.link(source.resolve(), destination)
            return
        except OSError:
            pass
    shutil.copyfile(source, destination)


def _description(conversion: Conversion, categories: Sequence[Category], keypoints: int, flip: list[int] | None) -> str:
    import yaml

    table: dict[str, Any] = {split: f"images/{split}" for split, count in conversion.images.items() if count}
    table |= {"kpt_shape": [keypoints, 3], "names": {index: entry.name for index, entry in enumerate(categories)}}
    if flip is not None:
        table["flip_idx"] = flip
    return f"{MARK}.\n{yaml.safe_dump(table, sort_keys=False, default_flow_style=None, allow_unicode=True)}"
