"""A user's data set: Ultralytics' data.yaml and the label files it leads to.

The rules are those of Ultralytics (`ultralytics/data/utils.py`: check_det_dataset, img2label_paths,
verify_image_label; `data/base.py`: get_img_files), with one exception: relative paths are taken relative to the file
they stand in, not to the folder a command is run in.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from edgecask.data.label_files import Label as Label
from edgecask.data.label_files import read_labels as read_labels
from edgecask.errors import DatasetError

SPLITS = ("train", "val", "test")
# ultralytics.data.utils.IMG_FORMATS, in any letter case
IMAGE_SUFFIXES = frozenset(
    {".avif", ".bmp", ".dng", ".heic", ".heif", ".jp2", ".jpeg", ".jpg", ".mpo", ".png", ".tif", ".tiff", ".webp"}
)
LARGEST_DESCRIPTION = 4 * 1024 * 1024
SCHEMA = "Compare it with the data.yaml in Ultralytics' documentation of pose data sets."


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """What a data.yaml says, and the image files it leads to.

    `path` is the data.yaml itself; `classes` are the names in order; a label line holds `keypoints` times
    `keypoint_dimensions` values (2: x, y; 3: x, y, visibility); `flip_index` gives for every keypoint the one that
    takes its place in a mirrored picture; `sigmas` are the OKS constants of the optional key `kpt_sigmas`; `splits`
    has the sorted image files of "train", "val" and "test", as far as the file names them.
    """

    path: Path
    classes: tuple[str, ...]
    keypoints: int
    keypoint_dimensions: int
    flip_index: tuple[int, ...] | None
    sigmas: tuple[float, ...] | None
    splits: Mapping[str, tuple[Path, ...]]


def load_dataset(path: Path) -> Dataset:
    """The data set that `path` (a data.yaml) describes; raises DatasetError where the description is wrong.

    Every image of every split exists; whether it can be decoded and its labels make sense is for `invoke check-data`.
    """
    dataset = read_dataset(path)
    for problem in description_problems(dataset):
        raise DatasetError(f"{path}: {problem}.", advice=f"`invoke check-data {path}` lists all that is wrong.")
    for name, images in dataset.splits.items():
        for image in images:
            if not image.is_file():
                raise DatasetError(
                    f"{image}, an image of {name} in {path}, does not exist.",
                    advice=f"`invoke check-data {path}` lists all that are missing.",
                )
    return dataset


def read_dataset(path: Path) -> Dataset:
    """As load_dataset, but what description_problems finds, and listed images that are missing, are left in."""
    table = _read_yaml(path)
    keypoints, dimensions = _keypoint_shape(table, path)
    root = path.absolute().parent / _text(table.get("path") or ".", "path", path)
    splits = {
        name: _images(root, table[key], name, path)
        for name, key in (("train", "train"), ("val", "val" if table.get("val") else "validation"), ("test", "test"))
        if table.get(key)
    }
    if not splits:
        raise _wrong(path, "it names no pictures: train, val and test are all missing")
    return Dataset(
        path=path,
        classes=_classes(table, path),
        keypoints=keypoints,
        keypoint_dimensions=dimensions,
        flip_index=_numbers(table, "flip_idx", int, path),
        sigmas=_numbers(table, "kpt_sigmas", float, path),
        splits=MappingProxyType(splits),
    )


def description_problems(dataset: Dataset) -> list[str]:
    """What contradicts itself in a description that could be read; each without a final full stop."""
    problems = []
    flip, count = dataset.flip_index, dataset.keypoints
    if flip is not None:
        if len(flip) != count:
            problems.append(f"flip_idx has {len(flip)} entries, kpt_shape says {count} keypoints")
        elif sorted(flip) != list(range(count)):
            problems.append(f"flip_idx has to hold each of 0 to {count - 1} once")
        else:
            for index, partner in enumerate(flip):
                if flip[partner] != index:
                    problems.append(
                        f"flip_idx is not its own inverse: {index} becomes {partner}, but {partner} becomes "
                        f"{flip[partner]} (mirroring a picture twice has to give the same picture)"
                    )
                    break
    if dataset.sigmas is not None:
        if len(dataset.sigmas) != count:
            problems.append(f"kpt_sigmas has {len(dataset.sigmas)} entries, kpt_shape says {count} keypoints")
        elif not all(0 < sigma < 10 for sigma in dataset.sigmas):
            problems.append("kpt_sigmas has to hold positive numbers (COCO's are 0.025 to 0.107)")
    return problems


def label_path(image: Path) -> Path:
    """Where Ultralytics looks for an image's labels: the last folder `images` becomes `labels`, the suffix .txt."""
    head, separator, tail = os.fspath(image).rpartition(f"{os.sep}images{os.sep}")
    moved = Path(f"{head}{os.sep}labels{os.sep}{tail}") if separator else image
    return moved.with_suffix(".txt")


def _wrong(path: Path, what: str) -> DatasetError:
    return DatasetError(f"{path}: {what}.", advice=SCHEMA)


def _read_yaml(path: Path) -> dict[str, Any]:
    import yaml  # not at the top: `invoke --list` should not pay for it

    try:
        if path.stat().st_size > LARGEST_DESCRIPTION:
            raise _wrong(path, "it is too large for a data.yaml")
        table = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise DatasetError(
            f"{path} cannot be read ({error.strerror}).", advice="Name the data.yaml of a data set."
        ) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # ValueError: no UTF-8, or a date that is none
        raise _wrong(path, f"it is not YAML ({(str(error).splitlines() or [''])[0]})") from error
    if not isinstance(table, dict):
        raise _wrong(path, "it is not a table of keys and values")
    return table


def _text(value: Any, key: str, path: Path) -> str:
    if not isinstance(value, str) or not value or "\0" in value:
        raise _wrong(path, f"{key} has to be a text, not {value!r:.60}")
    return value


def _classes(table: Mapping[str, Any], path: Path) -> tuple[str, ...]:
    names, count = table.get("names"), table.get("nc")
    if count is not None and (not isinstance(count, int) or isinstance(count, bool) or count < 1):
        raise _wrong(path, f"nc has to be a number of classes, not {count!r:.60}")
    if names is None:
        if count is None:
            raise _wrong(path, "the names of the classes are missing (names)")
        return tuple(f"class_{index}" for index in range(count))
    if isinstance(names, dict):
        if not all(type(key) is int for key in names) or sorted(names) != list(range(len(names))):
            raise _wrong(path, "the keys of names have to be 0, 1, 2 and so on")
        names = [names[index] for index in range(len(names))]
    if not isinstance(names, list) or not names:
        raise _wrong(path, "names has to be a list, or a table from 0, 1, 2 and so on to names")
    if not all(isinstance(name, str | int | float) for name in names):
        raise _wrong(path, "names has to hold texts")
    if count is not None and count != len(names):
        raise _wrong(path, f"nc is {count}, but names has {len(names)} entries")
    return tuple(str(name) for name in names)


def _keypoint_shape(table: Mapping[str, Any], path: Path) -> tuple[int, int]:
    shape = table.get("kpt_shape")
    if shape is None:
        raise DatasetError(
            f"{path} has no kpt_shape, so it is not a pose data set.",
            advice="Add the number of keypoints and their values to it: kpt_shape: [17, 3].",
        )
    if not isinstance(shape, list) or len(shape) != 2 or not all(type(value) is int for value in shape):
        raise _wrong(path, f"kpt_shape has to be two whole numbers such as [17, 3], not {shape!r:.60}")
    if not 1 <= shape[0] <= 1000 or shape[1] not in (2, 3):
        raise _wrong(path, f"kpt_shape is {shape}: the number of keypoints, then 2 (x, y) or 3 (x, y, visibility)")
    return shape[0], shape[1]


def _numbers(table: Mapping[str, Any], key: str, kind: type, path: Path) -> tuple[Any, ...] | None:
    values = table.get(key)
    if values is None:
        return None
    allowed = (int,) if kind is int else (int, float)
    if not isinstance(values, list) or not all(type(value) in allowed for value in values):
        raise _wrong(path, f"{key} has to be a list of {'whole ' if kind is int else ''}numbers")
    return tuple(kind(value) for value in values)


def _images(root: Path, value: Any, split: str, path: Path) -> tuple[Path, ...]:
    """The image files of one split, sorted, each once: of a folder, a .txt list, or a list of both."""
    found: set[Path] = set()
    for entry in value if isinstance(value, list) else [value]:
        place = root / _text(entry, split, path)
        try:
            place = place.resolve()
            if place.is_dir():
                found.update(_below(place))
            elif place.suffix.lower() in IMAGE_SUFFIXES and place.is_file():
                found.add(place)
            elif place.is_file():
                found.update(_listed(place, path))
            else:
                raise DatasetError(
                    f"{place}, which {path} names as {split}, does not exist.",
                    advice="Paths in a data.yaml are taken relative to its `path`, and that relative to the file.",
                )
        except (OSError, RuntimeError) as error:  # RuntimeError: a loop of links
            raise _wrong(path, f"{place}, which it names as {split}, cannot be read ({error})") from error
    if not found:
        raise DatasetError(
            f"{path}: {split} holds no picture ({', '.join(sorted(IMAGE_SUFFIXES))}).",
            advice="Put pictures into its folders, or correct the path.",
        )
    return tuple(sorted(found))


def _below(folder: Path) -> Iterator[Path]:
    """The images below a folder; links to folders are followed, each folder is entered once."""
    entered: set[str] = set()
    for parent, folders, files in os.walk(folder, followlinks=True):
        real = os.path.realpath(parent)
        if real in entered:
            folders.clear()
            continue
        entered.add(real)
        yield from (Path(parent, name) for name in files if Path(name).suffix.lower() in IMAGE_SUFFIXES)


def _listed(listing: Path, path: Path) -> Iterator[Path]:
    try:
        lines = listing.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise _wrong(path, f"{listing} is not a list of images, one a line") from error
    for line in filter(None, map(str.strip, lines)):
        entry = Path(line)
        if "\0" in line or entry.suffix.lower() not in IMAGE_SUFFIXES:
            raise _wrong(path, f"{listing} lists {line!r:.80}, which is no image file")
        yield Path(os.path.normpath(listing.parent / entry))
