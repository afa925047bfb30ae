"""Labelled pictures as a data set of Ultralytics' kind; used by validate.py. Needs numpy and Pillow alone."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import numpy

from pipeline.harness import Refused
from pipeline.shared.images import decode

# data/utils.py of Ultralytics: IMG_FORMATS, and the least side that check_image takes.
SUFFIXES = frozenset(
    {".avif", ".bmp", ".dng", ".heic", ".heif", ".jp2", ".jpeg", ".jpg", ".mpo", ".png", ".tif", ".tiff", ".webp"}
)
SMALLEST_SIDE = 10


def label_lines(entry: dict[str, Any], width: int, height: int) -> Iterator[str]:
    """What a picture shows as lines of a label file: class, box, keypoints, as parts of the picture.

    As Ultralytics' converter of COCO's files (data/converter.py): no crowds, no boxes without area. What reaches over
    the picture's edge is cut, since Ultralytics leaves pictures with such labels out.
    """
    scale = numpy.array([1, 1] if entry["normalised"] else [width, height])
    for person in entry["people"]:
        x, y, across, down = person["box"]
        low, high = (numpy.clip(corner / scale, 0, 1) for corner in (numpy.array([x, y]), [x + across, y + down]))
        if person["crowd"] or not (high > low).all():
            continue
        keypoints = numpy.array(person["keypoints"], float).reshape(-1, 3)
        keypoints[:, :2] = numpy.clip(keypoints[:, :2] / scale, 0, 1)
        keypoints[keypoints[:, 2] == 0] = 0  # not labelled
        values = numpy.concatenate([(low + high) / 2, high - low, keypoints.ravel()])
        yield " ".join([str(person.get("class", 0)), *(f"{value:.9g}" for value in values)])


def unpack_data(inputs: Path, folder: Path, classes: list[str], more: dict[str, Any]) -> tuple[Path, list[str]]:
    """The data set of `inputs` (ground-truth.json, images-NNNN.tar) in a folder: its data.yaml, and the images' names.

    `more` is what the data.yaml says beside pictures and names. Pictures are numbered, in the order of the names that
    are returned, so that a name from outside never becomes a path. Raises Refused where Ultralytics would leave one
    out, which it does with a warning only.
    """
    ground_truth = {entry["name"]: entry for entry in json.loads((inputs / "ground-truth.json").read_text())["images"]}
    names: list[str] = []
    for name in ("images", "labels"):
        (folder / name).mkdir(parents=True)
    for part in sorted(inputs.glob("images-*.tar")):
        with tarfile.open(part) as archive:
            for member in archive:
                stream = archive.extractfile(member)
                assert stream is not None
                suffix = PurePosixPath(member.name).suffix.lower()
                image = folder / "images" / f"{len(names):06d}{suffix}"
                image.write_bytes(stream.read())
                with image.open("rb") as content:
                    size = decode(member.name, content, 3, kind="dataset").size
                if suffix not in SUFFIXES or min(size) < SMALLEST_SIDE:
                    raise Refused(
                        "dataset",
                        f"Ultralytics does not take {member.name} ({size[0]} × {size[1]} pixels).",
                        f"It wants {', '.join(sorted(SUFFIXES))}, and {SMALLEST_SIDE} pixels a side.",
                    )
                lines = label_lines(ground_truth[member.name], *size)
                (folder / "labels" / f"{image.stem}.txt").write_text("".join(f"{line}\n" for line in lines))
                names.append(member.name)
    description = {
        "path": str(folder),
        "train": "images",  # Ultralytics wants one
        "val": "images",
        "names": classes,
        **more,
    }
    # JSON is YAML, too.
    (folder / "data.yaml").write_text(json.dumps(description))
    return folder / "data.yaml", names
