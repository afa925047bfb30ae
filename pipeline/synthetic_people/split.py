"""Some pictures of one split with their labels, as an archive; used by synthetic_people.py and synthetic_objects.py."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from PIL import Image

from pipeline.harness import OUTPUTS
from pipeline.shared.archives import write_archive

QUALITY = 90


def write_images(parameters: dict[str, Any], make: Callable[[int], tuple[Image.Image, list[str]]]) -> tuple[int, int]:
    """Write data.tar of the pictures that `parameters` name (`split`, `first`, `count`): how many things are labelled
    in them, and how many pictures have none. `make` gives a picture and its label lines by its number.
    """
    split = parameters["split"]
    labelled, empty = 0, 0

    def files() -> Iterator[tuple[str, bytes | Path]]:
        nonlocal labelled, empty
        for index in range(parameters["first"], parameters["first"] + parameters["count"]):
            image, lines = make(index)
            content = io.BytesIO()
            image.save(content, "JPEG", quality=QUALITY)
            yield f"images/{split}/{index:06d}.jpg", content.getvalue()
            yield f"labels/{split}/{index:06d}.txt", "".join(f"{line}\n" for line in lines).encode()
            labelled, empty = labelled + len(lines), empty + (not lines)

    write_archive(OUTPUTS / "data.tar", files())
    return labelled, empty
