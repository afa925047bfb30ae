"""What an unpacked export of a labelling tool holds: COCO JSONs with their pictures, or a data.yaml.

Roboflow's zips have README.dataset.txt and a folder for each split. In its COCO flavour `train/_annotations.coco.json`
lies among the pictures; in its YOLO flavours a data.yaml leads to `train/images` and `train/labels`. A split of
validation is called `valid`. Exports of other tools (CVAT: annotations/instances_default.json) are found the same way.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from edgecask.data.coco import convert
from edgecask.data.coco_format import Document, read_document
from edgecask.data.conversion import Conversion, ConvertRequest, Inspect, Source
from edgecask.data.dataset import SPLITS
from edgecask.data.image_folder import IMAGE_SUFFIXES
from edgecask.data.yolo import convert_described
from edgecask.errors import DatasetError

SUFFIXES = IMAGE_SUFFIXES | {".json", ".txt", ".yaml", ".yml"}
DESCRIPTIONS = ("data.yaml", "data.yml")
ADVICE = "Export it as COCO JSON or YOLO (Roboflow's names), which a COCO JSON or a data.yaml in it shows."
_SPLIT = re.compile(r"(?<![a-z])(train|val|test)", re.IGNORECASE)


def convert_exported(folder: Path, request: ConvertRequest, inspect: Inspect) -> Conversion:
    """Make a data set of an unpacked export; see coco.py and yolo.py, which say what is raised."""
    description = description_in(folder)
    try:
        if description is not None:
            return convert_described(description, folder, request, inspect)
        return convert(replace(request, sources=sources_in(folder)), inspect)
    except DatasetError as error:  # nobody knows the folder it was unpacked to
        raise DatasetError(error.message.replace(f"{folder}/", ""), advice=error.advice) from error


def description_in(folder: Path) -> Path | None:
    """The data.yaml of a YOLO flavour, the one that is least deep; None where there is none."""
    found = [path for name in DESCRIPTIONS for path in folder.rglob(name)]
    return min(found, key=lambda path: (len(path.parts), path), default=None)


def sources_in(folder: Path) -> tuple[Source, ...]:
    """The COCO JSONs with the folders of their pictures, one a split; raises DatasetError where there are none."""
    found = sorted(folder.rglob("*.json"))
    sources = tuple(_source(path, folder) for path in found)
    if not sources:
        raise DatasetError("The archive holds no labels that edgecask reads.", advice=ADVICE)
    said = [source.split for source in sources]
    if len(sources) > 1 and (None in said or len(set(said)) < len(said)):
        names = ", ".join(str(path.relative_to(folder)) for path in found[:4])
        raise DatasetError(
            f"The archive holds {len(found)} JSON files ({names}) and does not say which is of which split.",
            advice="Convert one at a time: --annotations=FILE --images=FOLDER.",
        )
    return tuple(sorted(sources, key=lambda source: _rank(source.split, SPLITS)))


def _rank(split: str | None, order: Sequence[str]) -> int:
    return order.index(split) if split in order else 0


def _split_of(path: Path) -> str | None:
    """By the name of the file, or of the folder that is nearest."""
    for part in (path.stem, *reversed(path.parent.parts)):
        if match := _SPLIT.search(part):
            return match[1].lower()
    return None


def _source(path: Path, folder: Path) -> Source:
    document = read_document(path)
    split = _split_of(path.relative_to(folder))
    return Source(annotations=path, images=_images_of(path, document, folder), split=split, document=document)


def _images_of(path: Path, document: Document, folder: Path) -> Path:
    """The folder that the names of a JSON are relative to: among its pictures, or beside them, in `folder`."""
    names = [image.relative for image in document.images[:1]]
    split = _split_of(path.relative_to(folder)) or "default"
    bases = [base for base in (path.parent, path.parent.parent) if base.is_relative_to(folder)]
    for base in (base / below for base in bases for below in (".", "images", split, f"images/{split}")):
        if any((base / name).is_file() for name in names):
            return base
    return path.parent
