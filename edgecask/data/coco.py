"""`invoke convert-data`: COCO's keypoint JSON → an Ultralytics data set.

The rules are those of Ultralytics (`ultralytics/data/converter.py`: convert_coco with use_keypoints): crowds, boxes
without size and people without any labelled keypoint are left out. What Ultralytics' training would refuse afterwards
is repaired: boxes are cut at the edge of the picture, and keypoints outside of it count as not labelled. Unlike there
the size of a picture is its own, upright, and who has no box gets one from the keypoints.
"""

from __future__ import annotations

import os
import shutil
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edgecask.data.coco_format import (
    Annotation,
    Category,
    Document,
    check_size,
    keypoint_count,
    read_document,
)
from edgecask.data.image_folder import IMAGE_SUFFIXES
from edgecask.data.images import ImageFile
from edgecask.data.output import DESCRIPTION, refuse_occupied, replacing
from edgecask.errors import DatasetError
from edgecask.files import sha256_bytes
from edgecask.task.pose import mirrored

MARK = "# Converted from COCO by `invoke convert-data`"
Inspect = Callable[[Sequence[Path]], Mapping[Path, ImageFile]]
"""Sizes of pictures, and why they cannot be used: images.inspect in an execution."""


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
    """What was converted, and what was left out.

    `without_box` people got theirs from their keypoints; `sideways` are pictures that the file gives the size from
    before they are turned upright.
    """

    images: dict[str, int]
    people: int = 0
    crowds: int = 0
    without_keypoints: int = 0
    without_size: int = 0
    outside: int = 0
    missing: int = 0
    unusable: int = 0
    without_box: int = 0
    sideways: list[str] = field(default_factory=list)
    flip_index: bool = True


def label_lines(
    size: tuple[int, int],
    annotations: Sequence[Annotation],
    classes: Mapping[int | str, int],
    conversion: Conversion,
) -> list[str]:
    """The label lines of one picture of this width and height; what is left out is counted in `conversion`."""
    lines: dict[str, None] = {}
    width, height = size
    for annotation in annotations:
        if annotation.iscrowd:
            conversion.crowds += 1
            continue
        if not annotation.is_labelled:
            conversion.without_keypoints += 1
            continue
        conversion.without_box += not annotation.bbox
        left, top, wide, high = annotation.box
        right, bottom = min(left + wide, width), min(top + high, height)
        left, top = max(left, 0.0), max(top, 0.0)
        if not (right > left and bottom > top):
            conversion.without_size += 1
            continue
        box = ((left + right) / 2 / width, (top + bottom) / 2 / height, (right - left) / width, (bottom - top) / height)
        words = [str(classes[annotation.category_id]), *(f"{value:.6f}" for value in box)]
        for x, y, visibility in annotation.points:
            labelled = visibility > 0
            if labelled and not (0 <= x <= width and 0 <= y <= height):
                conversion.outside += 1
                labelled = False
            shown = (x / width, y / height, visibility) if labelled else (0.0, 0.0, 0)
            words += [f"{shown[0]:.6f}", f"{shown[1]:.6f}", f"{int(shown[2])}"]
        lines[" ".join(words)] = None
    conversion.people += len(lines)
    return list(lines)


def split_images(names: Sequence[str], share: float) -> tuple[set[str], set[str]]:
    """Names for training and for validation: this share of them, chosen by their sha256, so always the same ones."""
    ordered = sorted(names, key=lambda name: sha256_bytes(name.encode()))
    count = min(len(ordered) - 1, max(1, round(share * len(ordered)))) if share > 0 and len(ordered) > 1 else 0
    return set(ordered[count:]), set(ordered[:count])


def convert(request: ConvertRequest, inspect: Inspect) -> Conversion:
    """Make the data set, with pictures of the size that `inspect` finds.

    Raises DatasetError that names what is wrong, UsageError where the folder is occupied.
    """
    refuse_occupied(request.output, MARK)
    sources = [request.train, *([request.validation] if request.validation else [])]
    documents = [(source.annotations, read_document(source.annotations)) for source in sources]
    keypoints = keypoint_count(documents)
    categories = _categories(documents)
    classes = {category.id: index for index, category in enumerate(categories)}
    names = next((entry.keypoints for entry in categories if len(entry.keypoints or ()) == keypoints), None)
    flip = mirrored(names) if names else None
    conversion = Conversion(images={}, flip_index=flip is not None)
    present = [
        _present(source, document, request, conversion)
        for source, (_, document) in zip(sources, documents, strict=True)
    ]
    inspected = inspect(sorted({file for found in present for file in found.values()}))
    present = [_usable(found, inspected, request, conversion) for found in present]
    with replacing(request.output, MARK) as folder:
        for number, (source, (_, document)) in enumerate(zip(sources, documents, strict=True)):
            found = present[number]
            if request.validation:
                parts = {("train", "val")[number]: set(found)}
            else:
                train, held = split_images(sorted(found), request.validation_share)
                parts = {"train": train, "val": held}
            sizes = {name: (inspected[file].width, inspected[file].height) for name, file in found.items()}
            _write(folder, source, document, parts, classes, sizes, request, conversion)
        (folder / DESCRIPTION).write_text(_description(conversion, categories, keypoints, flip), encoding="utf-8")
    return conversion


def _categories(documents: Sequence[tuple[Path, Document]]) -> list[Category]:
    """The categories of everybody with keypoints, in the order of their ids."""
    used = {entry.category_id for _, document in documents for entry in document.annotations if entry.keypoints}
    known = {category.id: category for _, document in documents for category in document.categories}
    in_order = sorted(used, key=lambda identity: (isinstance(identity, str), identity))
    return [known.get(identity, Category(id=identity, name=f"category {identity}")) for identity in in_order]


def _usable(
    found: dict[str, Path], inspected: Mapping[Path, ImageFile], request: ConvertRequest, conversion: Conversion
) -> dict[str, Path]:
    """Those of the pictures that can be decoded; raises DatasetError where some cannot."""
    bad = {name: file for name, file in found.items() if inspected[file].problem}
    if bad and not (request.skip_missing and len(bad) < len(found)):
        file = next(iter(bad.values()))
        raise DatasetError(
            f"{len(bad):,} of {len(found):,} pictures cannot be used, for example {file}: {inspected[file].problem}.",
            advice="Replace them, or leave them out with --skip-missing.",
        )
    conversion.unusable += len(bad)
    return {name: file for name, file in found.items() if name not in bad}


def _present(source: Source, document: Document, request: ConvertRequest, conversion: Conversion) -> dict[str, Path]:
    """The pictures by the name they get, with their files; raises DatasetError where some are missing."""
    found: dict[str, Path] = {}
    stems: set[str] = set()
    missing: list[str] = []
    for image in document.images:
        name = image.relative
        if name.suffix.lower() not in IMAGE_SUFFIXES:
            raise DatasetError(
                f"{source.annotations} names {image.file_name!r:.80}, which is no image file.",
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
    classes: Mapping[int | str, int],
    sizes: Mapping[str, tuple[int, int]],
    request: ConvertRequest,
    conversion: Conversion,
) -> None:
    annotations: defaultdict[int | str, list[Annotation]] = defaultdict(list)
    for annotation in document.annotations:
        if annotation.category_id in classes:
            annotations[annotation.image_id].append(annotation)
    for split, names in parts.items():
        conversion.images[split] = len(names)
    for entry in document.images:
        name = str(entry.relative)
        if name not in sizes:
            continue  # it is missing
        people = annotations[entry.id]
        if check_size(source.annotations, entry, people, sizes[name]):
            conversion.sideways.append(name)
        for split, names in parts.items():
            if name in names:
                image = folder / "images" / split / name
                label = (folder / "labels" / split / name).with_suffix(".txt")
                for path in (image, label):
                    path.parent.mkdir(parents=True, exist_ok=True)
                _put(source.images / name, image, copy=request.copy)
                lines = label_lines(sizes[name], people, classes, conversion)
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
