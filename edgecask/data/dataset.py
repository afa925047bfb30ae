"""A user's data set: Ultralytics' data.yaml and the label files it leads to.

The rules are those of Ultralytics (`ultralytics/data/utils.py`: check_det_dataset, img2label_paths,
verify_image_label; `data/base.py`: get_img_files; `utils/__init__.py`: YAML.load), with two exceptions: relative paths
are taken relative to the file they stand in, not to the folder a command is run in (which is the second choice), and
`~` is the user's folder.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from edgecask.data.data_yaml import SIGMAS, classes_of, keypoint_shape, numbers_of, read_table, sigmas_of, whole, wrong
from edgecask.data.splits import images_of, root_of
from edgecask.errors import DatasetError
from edgecask.files import is_named_file
from edgecask.task.task import task_of_labels

SPLITS = ("train", "val", "test")
COLOURS = 3
"""Channels that a network has unless data.yaml says otherwise, as in Ultralytics; edgecask builds no others."""


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
    table = read_table(path)
    keypoints, dimensions = keypoint_shape(table, path)
    root = root_of(table, path)
    left_out: Counter[str] = Counter()
    splits = {
        name: images
        for name, key in (("train", "train"), ("val", "val" if table.get("val") else "validation"), ("test", "test"))
        if table.get(key) and (images := images_of(root, table[key], name, path, left_out, within))
    }
    if not splits:
        raise wrong(path, "it names no pictures: train, val and test are all missing")
    return Dataset(
        path=path,
        classes=classes_of(table, path),
        keypoints=keypoints,
        keypoint_dimensions=dimensions,
        flip_index=numbers_of(table, "flip_idx", int, path),
        sigmas=sigmas_of(table, path),
        splits=MappingProxyType(splits),
        left_out=MappingProxyType(dict(left_out)),
        channels=channels if (channels := whole(table.get("channels"))) is not None else COLOURS,
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
