"""What the conversion of a data set is asked for, counts and writes, whatever form its labels come in."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edgecask.data.coco_format import ROUNDING, Document, read_document
from edgecask.data.images import ImageFile
from edgecask.data.output import DESCRIPTION
from edgecask.errors import DatasetError
from edgecask.files import sha256_bytes

MARK = "# Converted by `invoke convert-data`"
MARKS = (MARK, "# Converted from COCO by `invoke convert-data`")
"""What a data set of this command begins with, and one of 0.1."""
Inspect = Callable[[Sequence[Path]], Mapping[Path, ImageFile]]
"""Sizes of pictures, and why they cannot be used: images.inspect in an execution."""
HELD_OUT = ("train", "val")
"""Where the pictures go that no split is said of."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """A COCO JSON and the folder that its file names are relative to; `split` is where its pictures belong, if said.

    `document` is what the JSON says, where somebody has read it already: a large one takes seconds.
    """

    annotations: Path
    images: Path
    split: str | None = None
    document: Document | None = field(default=None, compare=False, repr=False)

    def read(self) -> Document:
        """What the JSON says; raises DatasetError."""
        return self.document or read_document(self.annotations)


@dataclass(frozen=True, kw_only=True)
class ConvertRequest:
    """What is to be converted and where to.

    Without a source for validation the share `validation_share` of the others' pictures is kept for it, chosen by their
    names. `copy` makes copies where links would do; `skip_missing` leaves out pictures that are not there. `task` says
    what the labels are wanted for; without it they say it themselves.
    """

    sources: tuple[Source, ...]
    output: Path
    validation_share: float = 0.1
    copy: bool = False
    skip_missing: bool = False
    task: str | None = None


@dataclass(kw_only=True)
class Conversion:
    """What was converted, and what was left out.

    `labelled` is how many labels there are, of what `noun` says. `without_box` people got theirs from their keypoints,
    and `cut` boxes reached over the edge of their picture; `sideways` are pictures that the file gives the size from
    before they are turned upright. `empty_classes` are those that nothing is labelled as, and `groups` the categories
    that only say what others are kinds of; `merged` are classes of several categories with one name.
    """

    images: dict[str, int] = field(default_factory=dict)
    noun: str = "people"
    labelled: int = 0
    crowds: int = 0
    without_keypoints: int = 0
    without_size: int = 0
    boxless: int = 0
    outside: int = 0
    outside_boxes: int = 0
    missing: int = 0
    unusable: int = 0
    without_box: int = 0
    cut: int = 0
    sideways: list[str] = field(default_factory=list)
    empty_classes: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    merged: tuple[str, ...] = ()
    flip_index: bool = True


def cut_box(
    box: tuple[float, float, float, float],
    size: tuple[float, float],
    conversion: Conversion,
    *,
    tolerance: float = ROUNDING,
) -> tuple[float, float, float, float] | None:
    """Left, top, width, height → centre and size in parts of the picture, cut at its edge; None where nothing is left.

    What is left out, or cut by more than `tolerance`, is counted in `conversion`.
    """
    (left, top, wide, high), (width, height) = box, size
    right, bottom = min(left + wide, width), min(top + high, height)
    left, top = max(left, 0.0), max(top, 0.0)
    shares = (right - left) / width, (bottom - top) / height
    if not min(shares) > 0:  # of what is next to nothing, nothing may be left by the division
        if wide > 0 and high > 0 and not (right > left and bottom > top):
            conversion.outside_boxes += 1
        else:
            conversion.without_size += 1
        return None
    conversion.cut += wide - (right - left) > tolerance or high - (bottom - top) > tolerance
    return (left + right) / 2 / width, (top + bottom) / 2 / height, *shares


def split_images(names: Sequence[str], share: float) -> tuple[set[str], set[str]]:
    """Names for training and for validation: this share of them, chosen by their sha256, so always the same ones."""
    ordered = sorted(names, key=lambda name: sha256_bytes(name.encode()))
    count = min(len(ordered) - 1, max(1, round(share * len(ordered)))) if share > 0 and len(ordered) > 1 else 0
    return set(ordered[count:]), set(ordered[:count])


def parts_of(
    splits: Sequence[str | None], names: Sequence[str], split: str | None, share: float
) -> dict[str, set[str]]:
    """Which of these names, of a source for `split`, go where; `splits` are those of all sources."""
    if split in (None, "train") and "val" not in splits:
        return dict(zip(HELD_OUT, split_images(names, share), strict=True))
    return {split or "train": set(names)}


def usable(
    found: Mapping[str, Path], inspected: Mapping[Path, ImageFile], request: ConvertRequest, conversion: Conversion
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


def write_picture(folder: Path, split: str, name: str, source: Path, lines: Sequence[str], *, copy: bool) -> None:
    """A picture and its label file, where Ultralytics looks for them."""
    image = folder / "images" / split / name
    label = (folder / "labels" / split / name).with_suffix(".txt")
    for path in (image, label):
        path.parent.mkdir(parents=True, exist_ok=True)
    _put(source, image, copy=copy)
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


def write_description(folder: Path, conversion: Conversion, names: Sequence[str], more: Mapping[str, Any]) -> None:
    """The data.yaml: its splits, `more`, and the classes, with flip_idx last where there is one."""
    import yaml

    table: dict[str, Any] = {split: f"images/{split}" for split, count in conversion.images.items() if count}
    flip = {key: value for key, value in more.items() if key == "flip_idx"}
    table |= {key: value for key, value in more.items() if key not in flip}
    table |= {"names": dict(enumerate(names)), **flip}
    text = yaml.safe_dump(table, sort_keys=False, default_flow_style=None, allow_unicode=True)
    (folder / DESCRIPTION).write_text(f"{MARK}.\n{text}", encoding="utf-8")
