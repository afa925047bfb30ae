"""A data set's pictures, decoded and drawn where that can do no harm: inside an environment."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from edgecask.data.dataset import Dataset
from edgecask.data.label_files import Label
from edgecask.errors import DatasetError
from edgecask.files import sha256_file
from edgecask.plan.data_stages import contact_sheet_stage, inspect_node
from edgecask.plan.graph import Graph, Node, Results, Settled, Step
from edgecask.runner.executor import Execution
from edgecask.store.image_archives import write_archive
from edgecask.store.result import Blob, StageResult
from edgecask.task.pose import COCO_BONES, COCO_KEYPOINTS

LARGEST_PART = 400
LARGEST_PART_BYTES = 256 * 1024 * 1024
PACKED_AHEAD = 2 + (os.cpu_count() or 1)
"""Parts of a data set that are packed at a time: all of it may be too large."""
SHEET_IMAGES, SHEET_COLUMNS = 24, 6


@dataclass(frozen=True, kw_only=True)
class ImageFile:
    """A picture: the sha256 of its file, its upright size in pixels, and why it cannot be used, or nothing."""

    sha256: str
    width: int
    height: int
    problem: str


def inspect(execution: Execution, images: Sequence[Path], *, training: bool, reader: bool) -> dict[Path, ImageFile]:
    """Every picture's size and problem; pictures that were inspected before are not decoded again.

    With `training` the rules of Ultralytics' training hold, and with `reader` its own decoder must read the picture
    (in the environment `export`, which has it). Each file is read once: what is hashed is what is inspected. Raises
    DatasetError where one cannot be read.
    """
    with execution.store.temporary() as folder:
        parts = [_Part(folder / f"{number}.tar", part) for number, part in enumerate(_parts(images))]
        members: list[Node | Step] = []
        for number, part in enumerate(parts):
            node = replace(
                inspect_node(training=training, reader=reader).called(f"inspect {number}", line="inspect"),
                needs=(f"forget {number - PACKED_AHEAD}",) if number >= PACKED_AHEAD else (),
                settle=part.pack,
            )
            members += [node, Step(name=f"forget {number}", needs=(node.name,), run=part.forget)]
        results = execution.run_graph(Graph(members))
    return {
        part.named[entry.name]: ImageFile(
            sha256=part.digests[entry.name], width=entry.width, height=entry.height, problem=entry.problem
        )
        for number, part in enumerate(parts)
        for entry in inspected([results[f"inspect {number}"]])
    }


def _parts(images: Sequence[Path]) -> Iterator[list[Path]]:
    part: list[Path] = []
    filled = 0
    for image in images:
        size = image.stat().st_size if image.is_file() else 0
        if part and (len(part) == LARGEST_PART or filled + size > LARGEST_PART_BYTES):
            yield part
            part, filled = [], 0
        part.append(image)
        filled += size
    if part:
        yield part


class _Part:
    """Pictures that are inspected together, and the archive that they are in for as long as that takes."""

    def __init__(self, archive: Path, images: Sequence[Path]) -> None:
        self._archive = archive
        self.named = {f"{index:06d}{image.suffix.lower()}": image for index, image in enumerate(images)}
        self.digests: dict[str, str] = {}

    def pack(self, results: Results) -> Settled:
        """Read the pictures as they are now."""
        self.digests = _write(self._archive, self.named.items())
        return Settled(inputs={"images.tar": _blob(self._archive)})

    def forget(self, results: Results) -> None:
        """Remove the archive."""
        self._archive.unlink()


@dataclass(frozen=True, kw_only=True)
class Inspected:
    """What `inspect_node` says of the picture with this name."""

    name: str
    width: int
    height: int
    problem: str


def inspected(results: Iterable[StageResult]) -> Iterator[Inspected]:
    """What `inspect_node` has found."""
    for result in results:
        for entry in json.loads(result.outputs["images.json"].path.read_bytes()):
            yield Inspected(**entry)


def _write(archive: Path, named: Iterable[tuple[str, Path]]) -> dict[str, str]:
    try:
        return write_archive(archive, named)
    except OSError as error:
        if not error.filename or Path(error.filename) == archive:
            raise  # no space for the archive, which is not the picture's fault
        raise DatasetError(
            f"{error.filename} cannot be read ({error.strerror}).", advice="Check its permissions."
        ) from error


def _blob(path: Path) -> Blob:
    return Blob(path=path, sha256=sha256_file(path), size=path.stat().st_size)


def draw_contact_sheet(
    execution: Execution,
    dataset: Dataset,
    *,
    labels: Mapping[Path, Sequence[Label]],
    images: Mapping[Path, ImageFile],
    captions: Mapping[Path, str],
) -> Blob | None:
    """A picture of some pictures with their labels, evenly taken from those with people; None where there are none.

    Raises DatasetError where one of them is no longer what was inspected (`images`).
    """
    labelled = sorted(image for image, people in labels.items() if people)
    if not labelled:
        return None
    count = min(SHEET_IMAGES, len(labelled))
    chosen = [labelled[index * len(labelled) // count] for index in range(count)]
    flip = dataset.flip_index
    named = [(f"{index:06d}{image.suffix.lower()}", image) for index, image in enumerate(chosen)]
    with execution.store.temporary() as folder:
        archive = folder / "images.tar"
        digests = _write(archive, named)
        for name, image in named:
            if digests[name] != images[image].sha256:
                raise DatasetError(f"{image} has changed while it was checked.", advice="Check the data set again.")
        node = contact_sheet_stage(
            images=_blob(archive),
            entries=[
                {
                    "name": name,
                    "caption": captions[image],
                    "people": [{"box": person.box, "keypoints": person.keypoints} for person in labels[image]],
                }
                for name, image in named
            ],
            flip_index=flip if flip is not None and len(flip) == dataset.keypoints and _indexes(flip) else None,
            bones=COCO_BONES if dataset.keypoints == COCO_KEYPOINTS else (),
            columns=SHEET_COLUMNS,
        )
        return execution.run(node).outputs["contact-sheet.png"]


def _indexes(flip: Sequence[int]) -> bool:
    return all(0 <= index < len(flip) for index in flip)
