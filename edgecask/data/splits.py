"""The pictures that a data.yaml names: of a folder, a list in a file, or both."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from edgecask.data.data_yaml import LONGEST_PATH, expanded, text_of, wrong
from edgecask.data.image_folder import IMAGE_SUFFIXES, find_images
from edgecask.errors import DatasetError
from edgecask.files import read_input
from edgecask.wording import shorten

LARGEST_LIST = 256 << 20


def root_of(table: Mapping[str, Any], path: Path) -> Path:
    """The folder that the splits are relative to."""
    text = text_of(table.get("path") or ".", "path", path)
    given = expanded(text, path)
    root = path.absolute().parent / given
    try:
        return root if root.exists() or not given.exists() else given.absolute()
    except OSError as error:
        raise wrong(path, f"{shorten(text)}, its `path`, cannot be read ({error.strerror})") from error


def images_of(
    root: Path, value: Any, split: str, path: Path, left_out: Counter[str], within: Path | None
) -> tuple[Path, ...]:
    """The image files of one split, sorted, each once: of a folder, a .txt list, or a list of both.

    None where an export names a split that it does not hold. `within` is a folder that none may lie outside of, and
    `left_out` counts by suffix the other pictures.
    """
    found: set[Path] = set()
    for entry in value if isinstance(value, list) else [value]:
        place = root / expanded(text_of(entry, split, path), path)
        try:
            place = place.resolve()
            if not place.exists() and not isinstance(value, list) and entry.startswith("../"):
                place = (root / entry.removeprefix("../")).resolve()  # every export of Roboflow is written so
            _stay(place, within, path)
            if place.is_dir():
                below = find_images(place, IMAGE_SUFFIXES)
                found.update(below.images)
                left_out.update(below.left_out)
            elif place.suffix.lower() in IMAGE_SUFFIXES and place.is_file():
                found.add(place)
            elif place.is_file():
                listed = tuple(_listed(place, path))
                for image in listed:
                    _stay(image, within, path)
                found.update(listed)
            elif within is not None and entry == value and split != "train" and entry.startswith("../"):
                return ()  # Roboflow names all three, whichever it has pictures for
            else:
                raise DatasetError(
                    f"{root / entry}, which {path} names as {split}, does not exist.",
                    advice="Paths in a data.yaml are taken relative to its `path`, and that relative to the file.",
                )
        except (OSError, RuntimeError) as error:  # RuntimeError: a loop of links
            reason = error.strerror if isinstance(error, OSError) else str(error)
            raise wrong(path, f"{place}, which it names as {split}, cannot be read ({reason})") from error
    if not found:
        raise DatasetError(
            f"{path}: {split} holds no picture ({', '.join(sorted(IMAGE_SUFFIXES))}).",
            advice="Put pictures into its folders, or correct the path.",
        )
    return tuple(sorted(found))


def _stay(place: Path, within: Path | None, path: Path) -> None:
    if within is not None and not place.resolve().is_relative_to(within.resolve()):
        raise wrong(path, f"{place}, which it names, lies outside of the data set")


def _listed(listing: Path, path: Path) -> Iterator[Path]:
    advice = "It has to be a list of images, one a line."
    content = read_input(listing, limit=LARGEST_LIST, error=DatasetError, advice=advice)
    try:
        lines = content.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise wrong(path, f"{listing} is not a list of images, one a line") from error
    for line in filter(None, map(str.strip, lines)):
        entry = expanded(line, path)
        if "\0" in line or len(line) > LONGEST_PATH or entry.suffix.lower() not in IMAGE_SUFFIXES:
            raise wrong(path, f"{listing} lists {line!r:.80}, which is no image file")
        yield Path(os.path.normpath(listing.parent / entry))
