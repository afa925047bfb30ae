"""A data set as the training stage takes it: one archive of pictures and labels, the same bytes for the same files."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from edgecask.data.dataset import Dataset, label_path
from edgecask.errors import DatasetError
from edgecask.files import sha256_file, writing_tar
from edgecask.store.result import Blob

SPLITS = ("train", "val")


@dataclass(frozen=True, kw_only=True)
class PackedData:
    """The archive, and how many pictures of each split it holds."""

    archive: Blob
    pictures: dict[str, int]


def pack_data(dataset: Dataset, destination: Path) -> PackedData:
    """Write the pictures and labels of a data set into a tar at `destination`.

    Members are SPLIT/images/NUMBER-NAME.SUFFIX and SPLIT/labels/NUMBER-NAME.txt, whatever the user's folders look like.
    Raises DatasetError where one of the splits is missing.
    """
    with writing_tar(destination) as archive:
        for split in SPLITS:
            images = dataset.splits.get(split, ())
            if not images:
                raise DatasetError(
                    f"{dataset.path} has no pictures in the split {split}.",
                    advice="Training needs both train and val: it is measured on val.",
                )
            for number, image in enumerate(images):
                name = f"{number:06d}-{re.sub(r'[^A-Za-z0-9_-]', '_', image.stem)[:40]}"
                archive.add(f"{split}/images/{name}{image.suffix.lower()}", image)
                labels = label_path(image)
                if labels.is_file():
                    archive.add(f"{split}/labels/{name}.txt", labels)
    return PackedData(
        archive=Blob(path=destination, sha256=sha256_file(destination), size=destination.stat().st_size),
        pictures={split: len(dataset.splits[split]) for split in SPLITS},
    )
