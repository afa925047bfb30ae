"""Labelled pictures to evaluate on: an Ultralytics data.yaml, or COCO's JSON with its pictures."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from edgecask.data.coco_format import Annotation, ImageEntry, box_classes, check_size, keypoint_count, read_document
from edgecask.errors import DatasetError
from edgecask.files import canonical_json, is_named_file
from edgecask.store.image_archives import portable_names
from edgecask.task.pose import NO_KEYPOINTS, sigmas_for
from edgecask.task.task import task_of

if TYPE_CHECKING:
    from edgecask.data.dataset import Dataset
    from edgecask.data.label_files import Label

SPLITS = ("val", "test", "train")
ADVICE = "Pass a data.yaml of Ultralytics, a COCO JSON, or the folder that holds one of them."


class LabelledPerson(TypedDict):
    """A person: box (x, y, width, height), area where it is known, whether it is a crowd (0 or 1), and keypoints."""

    box: list[float]
    area: float | None
    crowd: int
    keypoints: list[list[float]]


LabelledThing = TypedDict(
    "LabelledThing",
    {"box": list[float], "area": float | None, "crowd": int, "keypoints": list[list[float]], "class": int},
)
"""Another thing with a box, and the number of its class."""


class Entry(TypedDict):
    """An image of ground-truth.json; coordinates are parts of its sides where `normalised`, pixels otherwise."""

    name: str
    normalised: bool
    people: Sequence[LabelledPerson | LabelledThing]


@dataclass(frozen=True, kw_only=True)
class LabelledImages:
    """`images` are (name, file) in the order of the names; `entries` are those of ground-truth.json (see
    pipeline/score) in the same order; `sigmas` are the OKS constants, and `sigmas_source` says where they come
    from. `others` are pictures of the data set that are not among these, (name, file): good for calibration.
    `in_pixels` has what a COCO JSON says of a picture and of the people in it, by the picture's name: their labels
    are for one size of it.
    """

    source: Path
    images: tuple[tuple[str, Path], ...]
    entries: tuple[Entry, ...]
    sigmas: tuple[float, ...]
    sigmas_source: str
    task: str = "pose"
    classes: tuple[str, ...] = ()
    others: tuple[tuple[str, Path], ...] = ()
    in_pixels: Mapping[str, tuple[ImageEntry, Sequence[Annotation]]] | None = None

    def check_sizes(self, sizes: Mapping[str, tuple[int, int]]) -> None:
        """Raise DatasetError where labels in pixels are for a picture of another size than it has upright."""
        for name, (image, people) in (self.in_pixels or {}).items():
            check_size(self.source, image, people, sizes[name])

    def some(self, count: int) -> LabelledImages:
        """So many of the pictures, evenly from all, with their labels; all where there are no more."""
        total = len(self.images)
        if count >= total:
            return self
        chosen = [number * total // count for number in range(count)]
        images = tuple(self.images[number] for number in chosen)
        names = {name for name, _ in images}
        in_pixels = self.in_pixels and {name: of for name, of in self.in_pixels.items() if name in names}
        entries = tuple(self.entries[number] for number in chosen)
        return replace(self, images=images, entries=entries, in_pixels=in_pixels)

    def ground_truth_json(self) -> bytes:
        """What the score stage reads."""
        return canonical_json({"images": list(self.entries)})


def load_labelled(path: Path, *, images: Path | None = None, task: str = "pose") -> LabelledImages:
    """The labelled pictures at `path`: a file, or the folder it is in; raises DatasetError that names what is wrong.

    `images` is the folder of the pictures of a COCO JSON where it is not found beside it; `task` is what the labels are
    for: people with keypoints, or boxes of all classes, which data with keypoints have as well.
    """
    file = _find(path)
    read_json, read_yaml = READERS[task]
    loaded = read_json(file, images) if file.suffix.lower() == ".json" else read_yaml(file)
    if not any(entry["people"] for entry in loaded.entries):
        words = task_of(task).words
        raise DatasetError(
            f"{file}: {words.none} is labelled in its pictures.", advice=f"Pass data with labelled {words.several}."
        )
    return loaded


def _find(path: Path) -> Path:
    if path.is_file():
        return path
    if not path.is_dir():
        raise DatasetError(f"{path} does not exist.", advice=ADVICE)
    for pattern in ("data.yaml", "*.yaml", "*.yml", "annotations/*.json", "*.json"):
        found = sorted(path.glob(pattern))
        if len(found) == 1:
            return found[0]
        if found:
            names = ", ".join(entry.name for entry in found)
            raise DatasetError(f"{path} holds several descriptions ({names}).", advice="Pass one of these files.")
    raise DatasetError(f"{path} holds no description of a data set.", advice=ADVICE)


def _names(images: Sequence[Path]) -> list[str]:
    """Names that differ, and that no folder of this machine goes into."""
    common = Path(os.path.commonpath([image.parent for image in images])) if images else Path()
    return portable_names(image.relative_to(common) for image in images)


def _from_yaml(path: Path) -> LabelledImages:
    """People with the keypoints of a data.yaml."""
    from edgecask.data.dataset import load_dataset

    dataset = load_dataset(path)
    dataset.require_keypoints()
    sigmas, source = sigmas_for(dataset.keypoints, dataset.sigmas)
    return replace(_of_dataset(dataset, _labelled_person), sigmas=sigmas, sigmas_source=source)


def _of_dataset(dataset: Dataset, labelled: Callable[[Label], LabelledPerson | LabelledThing]) -> LabelledImages:
    """The first split of a data set that is meant for it; what a label is comes from `labelled`."""
    from edgecask.data.dataset import label_path
    from edgecask.data.label_files import read_labels

    images = next(dataset.splits[name] for name in SPLITS if name in dataset.splits)
    named = sorted(zip(_names(images), images, strict=True))
    entries: list[Entry] = []
    for name, image in named:
        labels = read_labels(label_path(image), dataset.keypoints, dataset.keypoint_dimensions, len(dataset.classes))
        entries.append({"name": name, "normalised": True, "people": [*map(labelled, labels)]})
    others = sorted(set(dataset.splits.get("train", ())) - set(images))
    return LabelledImages(
        source=dataset.path,
        images=tuple(named),
        entries=tuple(entries),
        sigmas=(),
        sigmas_source=NO_KEYPOINTS,
        others=tuple(sorted(zip(_names(others), others, strict=True))),
    )


def _labelled_person(label: Label) -> LabelledPerson:
    keypoints = [list(point) for point in label.keypoints]
    return {"box": _from_corner(label.box), "area": None, "crowd": 0, "keypoints": keypoints}


def _from_corner(box: tuple[float, float, float, float]) -> list[float]:
    """Centre and size → corner and size."""
    x, y, width, height = box
    return [x - width / 2, y - height / 2, width, height]


def _from_coco(path: Path, folder: Path | None) -> LabelledImages:
    document = read_document(path)
    keypoints = keypoint_count([(path, document)])
    people: defaultdict[int | str, list[Annotation]] = defaultdict(list)
    for annotation in document.annotations:
        if annotation.keypoints:
            people[annotation.image_id].append(annotation)
    images = sorted(document.images, key=lambda image: str(image.relative))
    names = portable_names(image.relative for image in images)
    sigmas, source = sigmas_for(keypoints, None)
    return LabelledImages(
        source=path,
        images=tuple((name, _image(path, entry, folder)) for name, entry in zip(names, images, strict=True)),
        entries=tuple(
            {"name": name, "normalised": False, "people": [_person(annotation) for annotation in people[entry.id]]}
            for name, entry in zip(names, images, strict=True)
        ),
        sigmas=sigmas,
        sigmas_source=source,
        in_pixels={name: (entry, people[entry.id]) for name, entry in zip(names, images, strict=True)},
    )


def _person(annotation: Annotation) -> LabelledPerson:
    return {
        "box": list(annotation.box),
        "area": annotation.area,
        "crowd": int(annotation.iscrowd or 0),
        "keypoints": [list(point) for point in annotation.points],
    }


def _image(path: Path, image: ImageEntry, folder: Path | None) -> Path:
    """The file of a picture: in `folder`, or beside the JSON as COCO's and other tools lay it out."""
    bases = (path.parent, path.parent.parent)
    places = [folder] if folder else [base / below for base in bases for below in (".", "images")]
    places += [] if folder else [base / part for base in bases for part in ("val2017", "train2017")]
    for place in places:
        if is_named_file(place / image.relative):
            return place / image.relative
    raise DatasetError(
        f"{image.file_name!r:.80}, a picture of {path}, was not found.",
        advice="Pass --images=FOLDER with the pictures.",
    )


def _boxes_from_yaml(path: Path) -> LabelledImages:
    """All boxes of a data.yaml, whatever else its labels have."""
    from edgecask.data.dataset import load_dataset

    dataset = load_dataset(path)
    found = _of_dataset(dataset, lambda label: _thing(_from_corner(label.box), label.class_index))
    return replace(found, task="detect", classes=dataset.classes)


def _boxes_from_coco(path: Path, folder: Path | None) -> LabelledImages:
    """All boxes of a COCO JSON; its classes are those that convert-data makes of it."""
    document = read_document(path)
    classes = box_classes([(path, document)])
    numbers = classes.numbers
    things: defaultdict[int | str, list[Annotation]] = defaultdict(list)
    for annotation in document.annotations:
        if annotation.bbox:
            things[annotation.image_id].append(annotation)
    images = sorted(document.images, key=lambda image: str(image.relative))
    names = portable_names(image.relative for image in images)
    return LabelledImages(
        source=path,
        images=tuple((name, _image(path, entry, folder)) for name, entry in zip(names, images, strict=True)),
        entries=tuple(
            {
                "name": name,
                "normalised": False,
                "people": [
                    _thing(each.box, numbers[each.category_id], crowd=int(each.iscrowd or 0))
                    for each in things[entry.id]
                ],
            }
            for name, entry in zip(names, images, strict=True)
        ),
        sigmas=(),
        sigmas_source=NO_KEYPOINTS,
        task="detect",
        classes=classes.names,
        in_pixels={name: (entry, things[entry.id]) for name, entry in zip(names, images, strict=True)},
    )


def _thing(box: Sequence[float], kind: int, *, crowd: int = 0) -> LabelledThing:
    return {"box": list(box), "area": None, "crowd": crowd, "keypoints": [], "class": kind}


READERS = {"pose": (_from_coco, _from_yaml), "detect": (_boxes_from_coco, _boxes_from_yaml)}
"""How labels for a task are read: from a COCO JSON, and from a data.yaml."""
