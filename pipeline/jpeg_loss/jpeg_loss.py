"""What a board's JPEG costs, on the pictures themselves, in the environment `convert`.

Of each picture that a board sent: what it decodes to, and pairs of the same scene a few pixels further to the right and
down, before and after another encoding with the picture's own quantization tables and sampling. Moved, as a second
encoding on the same grid of blocks would change next to nothing.

Parameter `shifts`: [[right, down], …] in pixels. Input `images.tar`, baseline JPEG files of one size each. Output
`images.tar`: NAME.png, and NAME-N-before.png and NAME-N-after.png for shift N, all of the picture's size; what comes in
at the edge is the edge again.
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

import numpy
import PIL
from PIL import Image, JpegImagePlugin

from pipeline.harness import INPUTS, OUTPUTS, Refused
from pipeline.shared.archives import write_archive


def moved(image: Image.Image, right: int, down: int) -> Image.Image:
    """The picture so many pixels further to the right and down, its edge repeated."""
    pixels = numpy.asarray(image)
    height, width = pixels.shape[:2]
    edges = ((down, 0), (right, 0), *((0, 0),) * (pixels.ndim - 2))
    return Image.fromarray(numpy.pad(pixels, edges, mode="edge")[:height, :width])


def encoded_as(image: Image.Image, like: JpegImagePlugin.JpegImageFile) -> Image.Image:
    """The picture after an encoding as another JPEG had it."""
    sampling = JpegImagePlugin.get_sampling(like)
    options = {} if sampling < 0 else {"subsampling": sampling}
    file = io.BytesIO()
    image.save(file, "JPEG", qtables=like.quantization, **options)
    return Image.open(io.BytesIO(file.getvalue())).convert(image.mode)


def as_png(image: Image.Image) -> bytes:
    """The same pixels in a file that loses none."""
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=1)
    return file.getvalue()


def pairs(name: str, content: bytes, shifts: list[list[int]]) -> Iterator[tuple[str, bytes]]:
    """The files that are made of one picture; raises Refused where it is no JPEG."""
    stem = PurePosixPath(name).stem
    try:
        with Image.open(io.BytesIO(content), formats=["JPEG"]) as opened:
            assert isinstance(opened, JpegImagePlugin.JpegImageFile)
            image = opened.convert("L" if opened.mode == "L" else "RGB")
            yield f"{stem}.png", as_png(image)
            for number, (right, down) in enumerate(shifts):
                before = moved(image, right, down)
                yield f"{stem}-{number}-before.png", as_png(before)
                yield f"{stem}-{number}-after.png", as_png(encoded_as(before, opened))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        message = f"The picture {name} of the board cannot be read: {error}."
        raise Refused("board", message, "Run this again.") from error


def run(parameters: dict[str, Any]) -> dict[str, Any]:
    """Make all of them."""
    made: list[tuple[str, bytes]] = []
    count = 0
    with tarfile.open(INPUTS / "images.tar") as archive:
        for member in archive:
            file = archive.extractfile(member)
            if file is not None:
                made += pairs(member.name, file.read(), parameters["shifts"])
                count += 1
    write_archive(OUTPUTS / "images.tar", made)
    return {"count": count, "versions": {"pillow": PIL.__version__}}
