"""Pictures from an archive, decoded and upright; what becomes of them on the device is camera.py's."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps

from pipeline.harness import Refused

Image.MAX_IMAGE_PIXELS = 100_000_000
ROLES = {"calibration": "in the calibration images", "dataset": "in the data set"}
MODES = {1: "L", 3: "RGB"}


def decode(name: str, content: Any, channels: int, *, kind: str) -> Image.Image:
    """The picture upright, in RGB or grey; raises Refused of `kind` where it cannot be read."""
    try:
        with Image.open(content) as opened:
            return ImageOps.exif_transpose(opened).convert(MODES[channels])
    except Exception as error:  # Pillow's decoders raise nearly anything on damaged data
        raise Refused(
            kind,
            f"{name} {ROLES[kind]} cannot be read as a picture ({type(error).__name__}).",
            "Remove or replace it.",
        ) from error


def unpacked(archive: Path, channels: int, *, kind: str) -> Iterator[tuple[str, Image.Image]]:
    """Every picture of a tar archive with its name, in the order of the names."""
    with tarfile.open(archive) as opened:
        for member in sorted(opened.getmembers(), key=lambda member: member.name):
            yield member.name, decode(member.name, opened.extractfile(member), channels, kind=kind)
