"""Whether Ultralytics' own reader gives a picture as it is, in the environments that have Ultralytics."""

from __future__ import annotations

from pathlib import Path

import numpy
from PIL import Image
from ultralytics.utils import patches
from ultralytics.utils.patches import imread

# Pillow's own again: Ultralytics' would install a package for a picture that Pillow does not know.
Image.open = patches._image_open

LARGEST_DIFFERENCE = 8.0
"""Mean difference of two decodings, of 255, that roundings explain."""
COMPARED = 256
"""Rows and columns of a picture that are compared at most."""


def reader_problem(path: Path, image: Image.Image) -> str:
    """Why training would not see the picture in this file, which `read_image` gave in RGB, or nothing.

    The reader is `imread` of ultralytics/utils/patches.py; the file's suffix matters to it.
    """
    read = imread(path)
    if read is None:
        return "training cannot decode it (OpenCV), save it as JPEG or PNG"
    if read.dtype != numpy.uint8:
        return f"training reads it as {read.dtype}, save it with 8 bits a channel"
    height, width = read.shape[:2]
    if (width, height) != image.size:
        return (
            f"training reads it with {width} × {height} pixels, upright it has {image.width} × {image.height}: "
            "save it without orientation (EXIF)"
        )
    rows, columns = (numpy.linspace(0, side - 1, min(side, COMPARED)).astype(int) for side in (height, width))
    ours, theirs = (pixels[rows][:, columns].astype(int) for pixels in (numpy.asarray(image), read[..., ::-1]))
    if abs(ours - theirs).mean() > LARGEST_DIFFERENCE:
        return "training reads it with other colours, save it as JPEG or PNG"
    return ""
