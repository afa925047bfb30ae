"""A data set's pictures, decoded and drawn where that can do no harm: inside an environment."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from edgecask.data.dataset import Dataset
from edgecask.data.label_files import Label
from edgecask.files import sha256_file
from edgecask.plan.graph import Node
from edgecask.plan.program import Program
from edgecask.runner.executor import Execution
from edgecask.store.result import Blob

LARGEST_PART = 400
LARGEST_PART_BYTES = 256 * 1024 * 1024
SHEET_PICTURES, SHEET_COLUMNS = 24, 6
COCO_BONES = (
    (0, 1), (0, 2), (1, 3), (2, 4), (5, 6), (5, 7), (7, 9), (6, 8), (8, 10), (5, 11), (6, 12), (11, 12), (11, 13),
    (13, 15), (12, 14), (14, 16),
)  # fmt: skip
COCO_KEYPOINTS = 17


@dataclass(frozen=True, kw_only=True)
class PictureFile:
    """A picture: the sha256 of its file, its size in pixels, and why it cannot be used, or nothing."""

    sha256: str
    width: int
    height: int
    problem: str


def _blob(path: Path) -> Blob:
    """A picture where it lies: a data set may be too large to be copied."""
    return Blob(path=path.absolute(), sha256=sha256_file(path), size=path.stat().st_size)


def inspect(execution: Execution, images: Sequence[Path]) -> dict[Path, PictureFile]:
    """Every picture's size and problem; pictures that were inspected before are not decoded again."""
    with execution.display.stage("read"):
        blobs = [_blob(image) for image in images]
    parts: list[list[Blob]] = []
    filled = 0
    for blob in blobs:
        if not parts or len(parts[-1]) == LARGEST_PART or filled + blob.size > LARGEST_PART_BYTES:
            parts.append([])
            filled = 0
        parts[-1].append(blob)
        filled += blob.size
    stages = [
        Node(
            name="inspect",
            program=Program(name="inspect_images", environment="evaluate"),
            inputs={f"{index:06d}": blob for index, blob in enumerate(part)},
            outputs=("pictures.json",),
        )
        for part in parts
    ]
    found = [
        entry
        for result in execution.run_all("inspect", stages)
        for entry in json.loads(result.outputs["pictures.json"].path.read_bytes())
    ]
    return {
        image: PictureFile(sha256=blob.sha256, **entry) for image, blob, entry in zip(images, blobs, found, strict=True)
    }


def draw_contact_sheet(
    execution: Execution, dataset: Dataset, labels: Mapping[Path, Sequence[Label]], captions: Mapping[Path, str]
) -> Blob | None:
    """A picture of some pictures with their labels, evenly taken from those with people; None where there are none."""
    labelled = sorted(image for image, people in labels.items() if people)
    if not labelled:
        return None
    count = min(SHEET_PICTURES, len(labelled))
    chosen = [labelled[index * len(labelled) // count] for index in range(count)]
    flip = dataset.flip_index
    stage = Node(
        name="draw",
        program=Program(name="contact_sheet", environment="evaluate"),
        inputs={f"{index:06d}": _blob(image) for index, image in enumerate(chosen)},
        outputs=("contact-sheet.png",),
        parameters={
            "pictures": [
                {
                    "input": f"{index:06d}",
                    "caption": captions[image],
                    "people": [{"box": person.box, "keypoints": person.keypoints} for person in labels[image]],
                }
                for index, image in enumerate(chosen)
            ],
            "flip_index": flip if flip is not None and len(flip) == dataset.keypoints and _indexes(flip) else None,
            "bones": COCO_BONES if dataset.keypoints == COCO_KEYPOINTS else (),
            "columns": SHEET_COLUMNS,
        },
    )
    return execution.run(stage).outputs["contact-sheet.png"]


def _indexes(flip: Sequence[int]) -> bool:
    return all(0 <= index < len(flip) for index in flip)
