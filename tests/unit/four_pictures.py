"""A data set of four pictures: files of one byte."""

from pathlib import Path

import yaml


def four_pictures(folder):
    """Writes them, and returns what writes their data.yaml, with changes to it; None removes a key."""
    for name in ("train/b.jpg", "train/a.PNG", "train/deep/c.jpeg", "val/d.webp", "train/notes.txt"):
        path = folder / "images" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")

    def make(**changes) -> Path:
        table = {"path": ".", "train": "images/train", "val": "images/val", "names": {0: "person"}}
        table |= {"kpt_shape": [3, 3], "flip_idx": [0, 2, 1]} | changes
        path = folder / "data.yaml"
        path.write_text(yaml.safe_dump({key: value for key, value in table.items() if value is not None}))
        return path

    return make


def names(dataset, split):
    return [path.name for path in dataset.splits[split]]
