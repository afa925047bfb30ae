"""Calibration pictures → what the network will see of them, in the environment `convert`.

Decodes every picture of `images.tar` in sorted order and resizes it as the target's firmware does.

Parameters: `image_size` (pixels, square), `resize` (a key of RESIZES).
Output `calibration.npy`: uint8 (N, S, S, 3), RGB.
"""

from __future__ import annotations

import tarfile
from typing import Any

import numpy
import PIL
from harness import INPUTS, OUTPUTS, Refused
from PIL import Image, ImageOps

Image.MAX_IMAGE_PIXELS = 100_000_000


def nearest_stretch(picture: Image.Image, size: int) -> numpy.ndarray:
    """Each output pixel takes the source pixel at floor(index · source / size), the aspect ratio is given up.

    SSCMA-Micro 1.0.x (el_algorithm_yolo_pose.cpp calls rgb_to_rgb / yuv_to_rgb with nearest sampling) and Himax's app
    do so.
    """
    pixels = numpy.asarray(picture)
    rows = numpy.arange(size) * pixels.shape[0] // size
    columns = numpy.arange(size) * pixels.shape[1] // size
    return numpy.asarray(pixels[rows][:, columns])


RESIZES = {"nearest-stretch": nearest_stretch}


def decode(name: str, content: Any) -> Image.Image:
    """The picture upright and in RGB; raises Refused of kind "calibration" where it cannot be read."""
    try:
        with Image.open(content) as opened:
            return ImageOps.exif_transpose(opened).convert("RGB")
    except Exception as error:  # Pillow's decoders raise nearly anything on damaged data
        raise Refused(
            "calibration",
            f"{name} in the calibration images cannot be read as a picture ({type(error).__name__}).",
            "Remove or replace it.",
        ) from error


def run(parameters: dict[str, Any]) -> dict[str, Any]:
    """Decode and resize all pictures."""
    resize = RESIZES[parameters["resize"]]
    pictures: list[numpy.ndarray] = []
    with tarfile.open(INPUTS / "images.tar") as archive:
        for member in sorted(archive.getmembers(), key=lambda member: member.name):
            content = archive.extractfile(member)
            pictures.append(resize(decode(member.name, content), parameters["image_size"]))
    numpy.save(OUTPUTS / "calibration.npy", numpy.stack(pictures))
    return {"count": len(pictures), "versions": {"numpy": numpy.__version__, "pillow": PIL.__version__}}
