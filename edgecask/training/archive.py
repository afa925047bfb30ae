"""A data set as the training stage takes it: one archive of pictures and labels, the same bytes for the same files."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from edgecask.data.dataset import Dataset, label_path
from edgecask.data.label_files import LabelError, lines_of, read_content
from edgecask.errors import DatasetError
from edgecask.files import sha256_file, writing_tar
from edgecask.store.result import Blob
from edgecask.task.task import task_of

SPLITS = ("train", "val")


@dataclass(frozen=True, kw_only=True)
class PackedData:
    """The archive, how many pictures of each split it holds, and the user's files by their names in it."""

    archive: Blob
    images: dict[str, int]
    names: dict[str, Path]


def pack_data(dataset: Dataset, destination: Path) -> PackedData:
    """Write the pictures and labels of a data set into a tar at `destination`.

    Members are SPLIT/images/NUMBER-NAME.SUFFIX and SPLIT/labels/NUMBER-NAME.txt, whatever the user's folders look like.
    Raises DatasetError where one of the splits is missing or has no labels at all, or where a label file makes no
    sense: Ultralytics would leave its picture out.
    """
    names: dict[str, Path] = {}
    with writing_tar(destination) as archive:
        for split in SPLITS:
            images = dataset.splits.get(split, ())
            if not images:
                raise DatasetError(
                    f"{dataset.path} has no pictures in the split {split}.",
                    advice="Training needs both train and val: it is measured on val.",
                )
            labelled = 0
            for number, image in enumerate(images):
                name = f"{number:06d}-{re.sub(r'[^A-Za-z0-9_-]', '_', image.stem)[:40]}"
                member = f"{split}/images/{name}{image.suffix.lower()}"
                names[member] = image
                archive.add(member, image)
                labels = label_path(image)
                content = read_content(labels)
                if content is not None:
                    labelled += check_content(labels, content, dataset)
                    archive.add(f"{split}/labels/{name}.txt", content)
            if not labelled:
                words, first = task_of(dataset.task).words, images[0]
                raise DatasetError(
                    f"{dataset.path}: {words.none} is labelled in {split}.",
                    advice=f"Label {words.several}; those of {first.name} are looked for in {label_path(first)}.",
                )
    return PackedData(
        archive=Blob(path=destination, sha256=sha256_file(destination), size=destination.stat().st_size),
        images={split: len(dataset.splits[split]) for split in SPLITS},
        names=names,
    )


def check_content(path: Path, content: bytes, dataset: Dataset) -> int:
    """How many labels a file holds; raises DatasetError that names its first line that makes no sense."""
    count = 0
    for number, entry in lines_of(path, content, dataset.keypoints, dataset.keypoint_dimensions, len(dataset.classes)):
        if isinstance(entry, LabelError):
            advice = f"`invoke check-data {dataset.path}` lists all that is wrong."
            raise DatasetError(f"{path}, line {number}: {entry}.", advice=advice)
        count += 1
    return count
