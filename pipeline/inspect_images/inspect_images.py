"""Can these pictures be used? In an environment, since decoding what a stranger made is a risk.

Parameters: `training`: whether every picture must be one that Ultralytics lets in (`ultralytics/data/utils.py`:
check_image); `reader`: whether its own reader (`utils/patches.py`: imread) must give the same picture as read_image,
upright and with the same colours, which needs the environment `export`. Input `images.tar`. Output `pictures.json`: for
each picture its `name`, `width` and `height` in pixels as it is seen upright, and `problem`: why it is not usable, or
nothing.
"""

from __future__ import annotations

import contextlib
import io
import json
import tarfile
from pathlib import PurePosixPath
from typing import Any

import numpy
import PIL
from PIL import Image

from pipeline.harness import INPUTS, OUTPUTS, WORK
from pipeline.shared.images import UnreadableError, read_image

SMALLEST_SIDE = 10
# What Pillow calls the formats that Ultralytics lets in (IMG_FORMATS).
FORMATS = frozenset({"AVIF", "BMP", "DNG", "HEIC", "HEIF", "JPEG", "JPEG2000", "MPO", "PNG", "TIFF", "WEBP"})
LARGEST_DIFFERENCE = 8.0
"""Mean difference of two decodings, of 255, that roundings explain."""
COMPARED = 256
"""Rows and columns of a picture that are compared at most."""

with contextlib.suppress(ImportError):  # only `export` has it
    plain_open = Image.open
    from ultralytics.utils.patches import imread

    Image.open = plain_open  # Ultralytics' own would install a package for a picture that Pillow does not know


def training_problem(content: bytes, picture: Image.Image) -> str:
    """Why Ultralytics leaves this picture out, which `read_image` gave, or nothing."""
    if min(picture.size) < SMALLEST_SIDE:
        return f"{picture.width} × {picture.height} pixels are too few"
    kind = Image.open(io.BytesIO(content)).format
    return "" if kind in FORMATS else f"it is a {kind} file, which Ultralytics leaves out"


def reader_problem(content: bytes, suffix: str, picture: Image.Image) -> str:
    """Why training would not see the picture that `read_image` gave, or nothing."""
    path = WORK / f"picture{suffix}"
    path.write_bytes(content)
    read = imread(path)
    path.unlink()
    if read is None:
        return "training cannot decode it (OpenCV), save it as JPEG or PNG"
    if read.dtype != numpy.uint8:
        return f"training reads it as {read.dtype}, save it with 8 bits a channel"
    height, width = read.shape[:2]
    if (width, height) != picture.size:
        return (
            f"training reads it with {width} × {height} pixels, upright it has {picture.width} × {picture.height}: "
            "save it without orientation (EXIF)"
        )
    rows, columns = (numpy.linspace(0, side - 1, min(side, COMPARED)).astype(int) for side in (height, width))
    ours, theirs = (pixels[rows][:, columns].astype(int) for pixels in (numpy.asarray(picture), read[..., ::-1]))
    if abs(ours - theirs).mean() > LARGEST_DIFFERENCE:
        return "training reads it with other colours, save it as JPEG or PNG"
    return ""


def inspect(name: str, content: bytes, *, training: bool, reader: bool) -> dict[str, Any]:
    """One picture's entry."""
    try:
        picture = read_image(io.BytesIO(content), 3)
    except UnreadableError as error:
        return {"name": name, "width": 0, "height": 0, "problem": str(error)}
    problem = training_problem(content, picture) if training else ""
    if reader and not problem:
        problem = reader_problem(content, PurePosixPath(name).suffix.lower(), picture)
    return {"name": name, "width": picture.width, "height": picture.height, "problem": problem}


def run(parameters: dict[str, Any]) -> dict[str, Any]:
    """Inspect all pictures."""
    found = []
    with tarfile.open(INPUTS / "images.tar") as archive:
        for member in sorted(archive.getmembers(), key=lambda member: member.name):
            stream = archive.extractfile(member)
            assert stream is not None
            found.append(inspect(member.name, stream.read(), **parameters))
    (OUTPUTS / "pictures.json").write_text(json.dumps(found))
    return {"count": len(found), "versions": {"pillow": PIL.__version__}}
