"""Labelled pictures to evaluate on: an Ultralytics data.yaml, or COCO's keypoint JSON with its pictures."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgecask.errors import DatasetError
from edgecask.files import canonical_json

COCO_KEYPOINTS = 17
# Of the COCO keypoint challenge (pycocotools.cocoeval.Params.setKpParams), nose to right ankle.
COCO_SIGMAS = (
    0.026, 0.025, 0.025, 0.035, 0.035, 0.079, 0.079, 0.072, 0.072, 0.062, 0.062, 0.107, 0.107, 0.087, 0.087, 0.089,
    0.089,
)  # fmt: skip
SPLITS = ("val", "test", "train")
ADVICE = "Pass a data.yaml of Ultralytics, a COCO keypoint JSON, or the folder that holds one of them."


@dataclass(frozen=True, kw_only=True)
class LabelledPictures:
    """`images` are (name, file) in the order of the names; `people` are the entries of truth.json (see stages/score.py)
    in the same order; `sigmas` are the OKS constants, and `sigmas_source` says where they come from. `others` are
    pictures of the data set that are not among these, (name, file): good for calibration.
    """

    source: Path
    images: tuple[tuple[str, Path], ...]
    entries: tuple[dict[str, Any], ...]
    sigmas: tuple[float, ...]
    sigmas_source: str
    others: tuple[tuple[str, Path], ...] = ()

    def truth_json(self) -> bytes:
        """What the score stage reads."""
        return canonical_json({"images": list(self.entries)})


def load_labelled(path: Path, *, images: Path | None = None) -> LabelledPictures:
    """The labelled pictures at `path`: a file, or the folder it is in; raises DatasetError that names what is wrong.

    `images` is the folder of the pictures of a COCO JSON where it is not found beside it.
    """
    file = _find(path)
    loaded = _from_coco(file, images) if file.suffix.lower() == ".json" else _from_yaml(file)
    if not any(entry["people"] for entry in loaded.entries):
        raise DatasetError(f"{file}: nobody is labelled in its pictures.", advice="Pass data with people in it.")
    return loaded


def sigmas_for(keypoints: int, given: Sequence[float] | None) -> tuple[tuple[float, ...], str]:
    """OKS constants for so many keypoints, and where they come from."""
    if given is not None:
        return tuple(given), "the data set's kpt_sigmas"
    if keypoints == COCO_KEYPOINTS:
        return COCO_SIGMAS, "COCO's"
    # As Ultralytics' validator does (models/yolo/pose/val.py).
    return (1 / keypoints,) * keypoints, f"1/{keypoints} each, as Ultralytics takes them; kpt_sigmas sets others"


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
    if len(images) < 2:
        return [image.name for image in images]
    common = Path(os.path.commonpath([image.parent for image in images]))
    return [image.relative_to(common).as_posix() for image in images]


def _from_yaml(path: Path) -> LabelledPictures:
    from edgecask.data.dataset import label_path, load_dataset, read_labels

    dataset = load_dataset(path)
    images = next(dataset.splits[name] for name in SPLITS if name in dataset.splits)
    named = sorted(zip(_names(images), images, strict=True))
    entries = []
    for name, image in named:
        labels = read_labels(label_path(image), dataset.keypoints, dataset.keypoint_dimensions, len(dataset.classes))
        people = []
        for label in labels:
            x, y, width, height = label.box
            people.append(
                {
                    "box": [x - width / 2, y - height / 2, width, height],
                    "area": None,
                    "crowd": 0,
                    "keypoints": [list(point) for point in label.keypoints],
                }
            )
        entries.append({"name": name, "normalised": True, "people": people})
    sigmas, source = sigmas_for(dataset.keypoints, dataset.sigmas)
    others = sorted(set(dataset.splits.get("train", ())) - set(images))
    return LabelledPictures(
        source=path,
        images=tuple(named),
        entries=tuple(entries),
        sigmas=sigmas,
        sigmas_source=source,
        others=tuple(sorted(zip(_names(others), others, strict=True))),
    )


def _from_coco(path: Path, folder: Path | None) -> LabelledPictures:
    try:
        table = json.loads(path.read_bytes())
        pictures = {image["id"]: str(image["file_name"]) for image in table["images"]}
        people: dict[Any, list[dict[str, Any]]] = {identity: [] for identity in pictures}
        counts = set()
        for annotation in table["annotations"]:
            if not annotation.get("keypoints"):
                continue
            values = [float(value) for value in annotation["keypoints"]]
            keypoints = [values[at : at + 3] for at in range(0, len(values), 3)]
            counts.add(len(keypoints) if len(values) % 3 == 0 else -1)
            people[annotation["image_id"]].append(
                {
                    "box": [float(value) for value in annotation["bbox"]],
                    "area": float(annotation["area"]) if "area" in annotation else None,
                    "crowd": int(annotation.get("iscrowd", 0)),
                    "keypoints": keypoints,
                }
            )
    except OSError as error:
        raise DatasetError(f"{path} cannot be read ({error.strerror}).", advice=ADVICE) from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        reason = f"{type(error).__name__}: {error}"[:200]
        raise DatasetError(f"{path} is not a COCO keypoint file ({reason}).", advice=ADVICE) from error
    if len(counts) > 1 or -1 in counts:
        raise DatasetError(f"{path}: its people do not all have the same keypoints.", advice="Correct the file.")
    if not counts:
        raise DatasetError(f"{path}: nobody in it has keypoints.", advice="Pass data with people in it.")
    found = {name: _picture(path, name, folder) for name in set(pictures.values())}
    named = sorted((name, identity) for identity, name in pictures.items())
    sigmas, source = sigmas_for(counts.pop(), None)
    return LabelledPictures(
        source=path,
        images=tuple((name, found[name]) for name, _ in named),
        entries=tuple({"name": name, "normalised": False, "people": people[identity]} for name, identity in named),
        sigmas=sigmas,
        sigmas_source=source,
    )


def _picture(path: Path, name: str, folder: Path | None) -> Path:
    """The picture of this name: in `folder`, or beside the JSON as COCO's and other tools lay it out."""
    if Path(name).is_absolute() or ".." in Path(name).parts:
        raise DatasetError(f"{path} names {name!r:.80}, which leads elsewhere.", advice="Correct the file.")
    bases = (path.parent, path.parent.parent)
    places = [folder] if folder else [base / below for base in bases for below in (".", "images")]
    places += [] if folder else [base / part for base in bases for part in ("val2017", "train2017")]
    for place in places:
        if (place / name).is_file():
            return place / name
    raise DatasetError(f"{name}, a picture of {path}, was not found.", advice="Pass --images=FOLDER with the pictures.")
