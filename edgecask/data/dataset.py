"""A user's data set: Ultralytics' data.yaml and the label files it leads to.

The rules are those of Ultralytics (`ultralytics/data/utils.py`: check_det_dataset, img2label_paths,
verify_image_label; `data/base.py`: get_img_files; `utils/__init__.py`: YAML.load), with two exceptions: relative paths
are taken relative to the file they stand in, not to the folder a command is run in (which is the second choice), and
`~` is the user's folder.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from edgecask.data.image_folder import IMAGE_SUFFIXES as IMAGE_SUFFIXES
from edgecask.data.image_folder import find_images
from edgecask.data.label_files import Label as Label
from edgecask.data.label_files import read_labels as read_labels
from edgecask.errors import DatasetError
from edgecask.files import is_named_file, read_input
from edgecask.task.task import task_of_labels
from edgecask.wording import shorten
from edgecask.yaml_file import YamlError, parse_forgiving

SPLITS = ("train", "val", "test")
LARGEST_DESCRIPTION = 1 << 20
LARGEST_LIST = 256 << 20
MOST_CLASSES = 100_000
LONGEST_PATH = 1024
"""Characters of a path in a data.yaml."""
SIGMAS = "kpt_oks_sigmas"
"""The key of the OKS constants that Ultralytics reads; edgecask took `kpt_sigmas` before there was one."""
OLD_SIGMAS = "kpt_sigmas"
COLOURS = 3
"""Channels that a network has unless data.yaml says otherwise, as in Ultralytics; edgecask builds no others."""
SCHEMA = "Compare it with the data.yaml in Ultralytics' documentation of data sets."


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """What a data.yaml says, and the image files it leads to.

    `path` is the data.yaml itself; `classes` are the names in order; a label line holds `keypoints` times
    `keypoint_dimensions` values (2: x, y; 3: x, y, visibility), none where the data are for detection; `flip_index`
    gives for every keypoint the one that takes its place in a mirrored picture; `sigmas` are the OKS constants of the
    optional key `kpt_oks_sigmas`; `splits` has the sorted image files of "train", "val" and "test", as far as the file
    names them, and `left_out` counts by suffix the other pictures in their folders, which Ultralytics does not look at.
    `channels` are those of the network that the pictures are for (-1 for what is no whole number).
    """

    path: Path
    classes: tuple[str, ...]
    keypoints: int
    keypoint_dimensions: int
    flip_index: tuple[int, ...] | None
    sigmas: tuple[float, ...] | None
    splits: Mapping[str, tuple[Path, ...]]
    left_out: Mapping[str, int]
    channels: int = COLOURS

    @property
    def task(self) -> str:
        """The name of the task that its labels are for."""
        return task_of_labels(self.keypoints)

    def require_keypoints(self) -> None:
        """Raise DatasetError where its labels are boxes alone."""
        if not self.keypoints:
            raise DatasetError(
                f"{self.path} has no kpt_shape, so it is not a pose data set.",
                advice="Add the number of keypoints and their values to it: kpt_shape: [17, 3].",
            )


def load_dataset(path: Path, *, within: Path | None = None) -> Dataset:
    """The data set that `path` (a data.yaml) describes; raises DatasetError where the description is wrong.

    `within` is a folder that nothing of it may lead out of, where the file comes from outside. Every image of every
    split exists; whether it can be decoded and its labels make sense is for `invoke check-data`.
    """
    dataset = read_dataset(path, within=within)
    for problem in description_problems(dataset):
        raise DatasetError(f"{path}: {problem}.", advice=f"`invoke check-data {path}` lists all that is wrong.")
    for name, images in dataset.splits.items():
        for image in images:
            if not is_named_file(image):
                raise DatasetError(
                    f"{image}, an image of {name} in {path}, does not exist.",
                    advice=f"`invoke check-data {path}` lists all that are missing.",
                )
    for label in misplaced_labels(image for images in dataset.splits.values() for image in images):
        raise DatasetError(
            f"{label} lies beside its picture, in a folder `images`: its labels are looked for in `labels`.",
            advice=f"Move label files to the folder `labels`; `invoke check-data {path}` lists all that lie wrong.",
        )
    return dataset


def read_dataset(path: Path, *, within: Path | None = None) -> Dataset:
    """As load_dataset, but what description_problems finds, and listed images that are missing, are left in."""
    table = _read_yaml(path)
    keypoints, dimensions = _keypoint_shape(table, path)
    root = _root(table, path)
    left_out: Counter[str] = Counter()
    splits = {
        name: images
        for name, key in (("train", "train"), ("val", "val" if table.get("val") else "validation"), ("test", "test"))
        if table.get(key) and (images := _images(root, table[key], name, path, left_out, within))
    }
    if not splits:
        raise _wrong(path, "it names no pictures: train, val and test are all missing")
    return Dataset(
        path=path,
        classes=_classes(table, path),
        keypoints=keypoints,
        keypoint_dimensions=dimensions,
        flip_index=_numbers(table, "flip_idx", int, path),
        sigmas=_sigmas(table, path),
        splits=MappingProxyType(splits),
        left_out=MappingProxyType(dict(left_out)),
        channels=channels if (channels := _whole(table.get("channels"))) is not None else COLOURS,
    )


def description_problems(dataset: Dataset) -> list[str]:
    """What contradicts itself in a description that could be read; each without a final full stop."""
    problems = []
    if dataset.channels != COLOURS:
        problems.append(
            f"channels has to be {COLOURS}, as every network for colour pictures is built with; grey pictures are read "
            "as colour ones, and pictures of more channels lose them"
        )
    flip, count = dataset.flip_index, dataset.keypoints
    if not count:
        return problems
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
            problems.append(f"{SIGMAS} has {len(dataset.sigmas)} entries, kpt_shape says {count} keypoints")
        elif not all(0 < sigma < 10 for sigma in dataset.sigmas):
            problems.append(f"{SIGMAS} has to hold positive numbers (COCO's are 0.025 to 0.107)")
    return problems


def label_path(image: Path) -> Path:
    """Where Ultralytics looks for an image's labels: the last folder `images` becomes `labels`, the suffix .txt."""
    head, separator, tail = os.fspath(image).rpartition(f"{os.sep}images{os.sep}")
    moved = Path(f"{head}{os.sep}labels{os.sep}{tail}") if separator else image
    return moved.with_suffix(".txt")


def misplaced_labels(images: Iterable[Path]) -> list[Path]:
    """Label files that lie beside pictures in a folder `images`, where nobody reads them, sorted.

    Where a picture has its labels in `labels`, a text beside it is something else.
    """
    found = []
    for image in images:
        beside, expected = image.with_suffix(".txt"), label_path(image)
        if beside != expected and is_named_file(beside) and not is_named_file(expected):
            found.append(beside)
    return sorted(found)


def _wrong(path: Path, what: str) -> DatasetError:
    return DatasetError(f"{path}: {what}.", advice=SCHEMA)


def _read_yaml(path: Path) -> dict[str, Any]:
    advice = "Name the data.yaml of a data set."
    content = read_input(path, limit=LARGEST_DESCRIPTION, error=DatasetError, advice=advice)
    try:
        table = parse_forgiving(content)
    except YamlError as error:
        raise _wrong(path, f"it is not YAML: {error}") from error
    if not isinstance(table, dict):
        raise _wrong(path, "it is not a table of keys and values")
    return table


def _root(table: Mapping[str, Any], path: Path) -> Path:
    """The folder that the splits are relative to."""
    text = _text(table.get("path") or ".", "path", path)
    given = _expanded(text, path)
    root = path.absolute().parent / given
    try:
        return root if root.exists() or not given.exists() else given.absolute()
    except OSError as error:
        raise _wrong(path, f"{shorten(text)}, its `path`, cannot be read ({error.strerror})") from error


def _expanded(text: str, path: Path) -> Path:
    try:
        return Path(text).expanduser()
    except RuntimeError as error:
        raise _wrong(path, f"{text!r:.60} names the folder of a user who does not exist") from error


def _text(value: Any, key: str, path: Path) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_PATH or "\0" in value:
        raise _wrong(path, f"{key} has to be a text, not {value!r:.60}")
    return value


def _classes(table: Mapping[str, Any], path: Path) -> tuple[str, ...]:
    names, count = table.get("names"), table.get("nc")
    count = _whole(count)
    if count is not None and not 1 <= count <= MOST_CLASSES:
        raise _wrong(path, f"nc has to be a number of classes, not {table['nc']!r:.60}")
    if names is None:
        if count is None:
            raise _wrong(path, "the names of the classes are missing (names)")
        return tuple(f"class_{index}" for index in range(count))
    if isinstance(names, dict):
        names = {_whole(key): name for key, name in names.items()}
        if any(key not in names for key in range(len(names))):
            raise _wrong(path, "the keys of names have to be 0, 1, 2 and so on")
        names = [names[index] for index in range(len(names))]
    if not isinstance(names, list) or not names:
        raise _wrong(path, "names has to be a list, or a table from 0, 1, 2 and so on to names")
    if any(isinstance(name, dict | list) for name in names):
        raise _wrong(path, "names has to hold texts")
    if count is not None and count != len(names):
        raise _wrong(path, f"nc is {count}, but names has {len(names)} entries")
    return tuple(str(name) for name in names)  # also what YAML takes for a boolean: yes becomes True


def _whole(value: Any) -> int | None:
    """A whole number, also as a text or a float that is one, as Ultralytics reads nc; -1 for anything else."""
    if value is None or type(value) is int:
        return value
    try:
        number = float(value)
    except (TypeError, ValueError):
        return -1
    return int(number) if number.is_integer() and not isinstance(value, bool) else -1


def _keypoint_shape(table: Mapping[str, Any], path: Path) -> tuple[int, int]:
    shape = table.get("kpt_shape")
    if shape is None:
        return 0, 0
    if not isinstance(shape, list) or len(shape) != 2 or not all(type(value) is int for value in shape):
        raise _wrong(path, f"kpt_shape has to be two whole numbers such as [17, 3], not {shape!r:.60}")
    if not 1 <= shape[0] <= 1000 or shape[1] not in (2, 3):
        raise _wrong(path, f"kpt_shape is {shape}: the number of keypoints, then 2 (x, y) or 3 (x, y, visibility)")
    return shape[0], shape[1]


def _sigmas(table: Mapping[str, Any], path: Path) -> tuple[float, ...] | None:
    if table.get(SIGMAS) is not None and table.get(OLD_SIGMAS) is not None:
        raise _wrong(path, f"it has both {SIGMAS} and {OLD_SIGMAS}: keep {SIGMAS}")
    return _numbers(table, SIGMAS if table.get(SIGMAS) is not None else OLD_SIGMAS, float, path)


def _numbers(table: Mapping[str, Any], key: str, kind: type, path: Path) -> tuple[Any, ...] | None:
    values = table.get(key)
    if values is None:
        return None
    allowed = (int,) if kind is int else (int, float)
    if not isinstance(values, list) or not all(type(value) in allowed for value in values):
        raise _wrong(path, f"{key} has to be a list of {'whole ' if kind is int else ''}numbers")
    return tuple(kind(value) for value in values)


def _images(
    root: Path, value: Any, split: str, path: Path, left_out: Counter[str], within: Path | None
) -> tuple[Path, ...]:
    """The image files of one split, sorted, each once: of a folder, a .txt list, or a list of both.

    None where an export names a split that it does not hold.
    """
    found: set[Path] = set()
    for entry in value if isinstance(value, list) else [value]:
        place = root / _expanded(_text(entry, split, path), path)
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
            raise _wrong(path, f"{place}, which it names as {split}, cannot be read ({reason})") from error
    if not found:
        raise DatasetError(
            f"{path}: {split} holds no picture ({', '.join(sorted(IMAGE_SUFFIXES))}).",
            advice="Put pictures into its folders, or correct the path.",
        )
    return tuple(sorted(found))


def _stay(place: Path, within: Path | None, path: Path) -> None:
    if within is not None and not place.resolve().is_relative_to(within.resolve()):
        raise _wrong(path, f"{place}, which it names, lies outside of the data set")


def _listed(listing: Path, path: Path) -> Iterator[Path]:
    advice = "It has to be a list of images, one a line."
    content = read_input(listing, limit=LARGEST_LIST, error=DatasetError, advice=advice)
    try:
        lines = content.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise _wrong(path, f"{listing} is not a list of images, one a line") from error
    for line in filter(None, map(str.strip, lines)):
        entry = _expanded(line, path)
        if "\0" in line or len(line) > LONGEST_PATH or entry.suffix.lower() not in IMAGE_SUFFIXES:
            raise _wrong(path, f"{listing} lists {line!r:.80}, which is no image file")
        yield Path(os.path.normpath(listing.parent / entry))
