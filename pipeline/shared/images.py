"""Pictures as the device's camera path hands them to the network; used by prepare.py and detect.py."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy
from PIL import Image, ImageOps

from pipeline.harness import Refused

Image.MAX_IMAGE_PIXELS = 100_000_000
ROLES = {"calibration": "in the calibration images", "dataset": "in the data set"}
MODES = {1: "L", 3: "RGB"}


def nearest_stretch(picture: Image.Image, height: int, width: int) -> numpy.ndarray:
    """Each output pixel takes the source pixel at floor(index · source / size), the aspect ratio is given up.

    SSCMA-Micro 1.0.x (el_algorithm_yolo_pose.cpp calls rgb_to_rgb / yuv_to_rgb with nearest sampling) and Himax's app
    do so.
    """
    pixels = numpy.asarray(picture)
    rows = numpy.arange(height) * pixels.shape[0] // height
    columns = numpy.arange(width) * pixels.shape[1] // width
    return numpy.asarray(pixels[rows][:, columns])


def bilinear_stretch(picture: Image.Image, height: int, width: int) -> numpy.ndarray:
    """Bilinear, the aspect ratio is given up: what ST's quantiser does (tutorials/scripts/yolov8_quantization)."""
    return numpy.asarray(picture.resize((width, height), Image.Resampling.BILINEAR))


RESIZES = {"nearest-stretch": nearest_stretch, "bilinear-stretch": bilinear_stretch}


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
