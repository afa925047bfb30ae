"""The stages of data sets: drawing one, looking at every image, and a sheet of some of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from edgecask.plan.graph import Content, Node
from edgecask.plan.program import Program


def drawing_stage(
    *, split: str, number: int, first: int, count: int, seed: int, image_size: int, facing: int | None
) -> Node:
    """Some images with their labels: of rendered people (pipeline/synthetic_people), so many percent of whom look at
    the camera, or of objects where that is None (pipeline/synthetic_objects).
    """
    people = facing is not None
    return Node(
        name="demo data",
        program=Program(name="synthetic_people" if people else "synthetic_objects", environment="evaluate"),
        outputs=("data.tar",),
        parameters={
            "seed": seed,
            "split": split,
            "split_number": number,
            "first": first,
            "count": count,
            "image_size": image_size,
            **({"facing": facing} if people else {}),
        },
    )


def inspect_node(*, training: bool, reader: bool) -> Node:
    """A node that inspects the pictures of its input images.tar; see `inspect`, and `inspected` for what it gives."""
    return Node(
        name="inspect",
        program=Program(name="inspect_images", environment="export" if reader else "evaluate"),
        outputs=("images.json",),
        parameters={"training": training, "reader": reader},
    )


def contact_sheet_stage(
    *,
    images: Content,
    entries: Sequence[Mapping[str, Any]],
    flip_index: Sequence[int] | None,
    bones: Sequence[Sequence[int]],
    columns: int,
) -> Node:
    """A sheet of labelled images; see pipeline/contact_sheet for what `entries` hold."""
    return Node(
        name="draw",
        program=Program(name="contact_sheet", environment="evaluate"),
        inputs={"images.tar": images},
        outputs=("contact-sheet.png",),
        parameters={"entries": list(entries), "flip_index": flip_index, "bones": bones, "columns": columns},
    )
