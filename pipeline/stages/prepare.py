"""Calibration pictures → what the network will see of them, in the environment `convert`.

Decodes every picture of `images.tar` in sorted order and resizes it as the target's firmware does.

Parameters: `height`, `width` (pixels), `channels` (3 for RGB, 1 for grey), `resize` (a key of RESIZES), and `random`:
0 for the pictures of `images.tar`, else how many random ones are made instead, for trying a toolchain.
Output `calibration.npy`: uint8 (N, H, W, C).
"""

from __future__ import annotations

import tarfile
from typing import Any

import numpy
import PIL
from harness import INPUTS, OUTPUTS, Refused
from PIL import Image, ImageOps

Image.MAX_IMAGE_PIXELS = 100_000_000


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
MODES = {1: "L", 3: "RGB"}


def decode(name: str, content: Any, channels: int) -> Image.Image:
    """The picture upright, in RGB or grey; raises Refused of kind "calibration" where it cannot be read."""
    try:
        with Image.open(content) as opened:
            return ImageOps.exif_transpose(opened).convert(MODES[channels])
    except Exception as error:  # Pillow's decoders raise nearly anything on damaged data
        raise Refused(
            "calibration",
            f"{name} in the calibration images cannot be read as a picture ({type(error).__name__}).",
            "Remove or replace it.",
        ) from error


def run(parameters: dict[str, Any]) -> dict[str, Any]:
    """Decode and resize all pictures."""
    height, width, channels = (parameters[name] for name in ("height", "width", "channels"))
    versions = {"numpy": numpy.__version__, "pillow": PIL.__version__}
    if parameters["random"]:
        shape = (parameters["random"], height, width, channels)
        numpy.save(OUTPUTS / "calibration.npy", numpy.random.default_rng(0).integers(0, 256, shape, numpy.uint8))
        return {"count": parameters["random"], "versions": versions}
    resize = RESIZES[parameters["resize"]]
    pictures: list[numpy.ndarray] = []
    with tarfile.open(INPUTS / "images.tar") as archive:
        for member in sorted(archive.getmembers(), key=lambda member: member.name):
            content = archive.extractfile(member)
            picture = resize(decode(member.name, content, channels), height, width)
            pictures.append(picture.reshape(height, width, channels))
    numpy.save(OUTPUTS / "calibration.npy", numpy.stack(pictures))
    return {"count": len(pictures), "versions": versions}
