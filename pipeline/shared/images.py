"""Pictures from an archive, decoded and upright; what becomes of them on the device is camera.py's."""

from __future__ import annotations

import contextlib
import io
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import numpy
from PIL import Image, ImageOps, UnidentifiedImageError

from pipeline.harness import Refused

ROLES = {"calibration": "in the calibration images", "dataset": "in the data set"}
MODES = {1: "L", 3: "RGB"}
"""Of Pillow, by the number of channels."""
MOST_PIXELS = 200_000_000
Image.MAX_IMAGE_PIXELS = MOST_PIXELS // 2  # Pillow warns from here on, and refuses twice as many


# Pillow's modes with 16 bits a pixel. Training keeps their high byte (ultralytics/utils/patches.py: imread).
SIXTEEN_BITS = frozenset({"I;16", "I;16B", "I;16L", "I;16N"})
# Of a file of the ISO base media kind ("ftyp" from its fifth byte on): what HEIC's brands begin with.
HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")


class UnreadableError(ValueError):
    """A file that is not used as a picture; the reason, without a final full stop."""


def read_image(content: IO[bytes], channels: int) -> Image.Image:
    """The picture in a file, upright, in RGB (3 channels) or grey (1), as training's decoder gives it.

    Raises UnreadableError where it cannot be decoded, or where training could not (32 bits a pixel have no range that
    would say what is black and what is white).
    """
    try:
        # Not from a path: Pillow would map the file into memory, and then turn grey TIFF files twice. Nor from an
        # archive's member: of a compressed TIFF it asks for a descriptor, which that has not.
        content = io.BytesIO(content.read())
        with Image.open(content) as opened:
            has_sixteen_bits = opened.mode in SIXTEEN_BITS or (opened.format, opened.mode) == ("PPM", "I")
            image = ImageOps.exif_transpose(opened)
            if has_sixteen_bits:
                image = Image.fromarray((numpy.asarray(image) >> 8).astype(numpy.uint8))
            has_range = image.mode not in ("I", "F")
            converted = image.convert(MODES[channels])
    except Image.DecompressionBombError as error:
        raise UnreadableError(f"it has more than {MOST_PIXELS:,} pixels") from error
    except Exception as error:  # Pillow's decoders raise nearly anything on damaged data
        raise UnreadableError(_reason(content, error)) from error
    if not has_range:
        raise UnreadableError("it has 32 bits a pixel, save it with 8")
    return converted


def _reason(content: IO[bytes], error: Exception) -> str:
    with contextlib.suppress(OSError, ValueError):
        content.seek(0)
        start = content.read(12)
        if start[4:8] == b"ftyp" and start[8:12] in HEIC_BRANDS:
            return "it is a HEIC picture, save it as JPEG"
        if not start:
            return "it is empty"
    if isinstance(error, UnidentifiedImageError):
        return "it is no picture of a known kind"
    return f"it cannot be decoded: {' '.join(str(error).split()) or type(error).__name__:.100}"


def decode(name: str, content: IO[bytes], channels: int, *, kind: str) -> Image.Image:
    """The picture upright, in RGB or grey; raises Refused of `kind` where it cannot be read."""
    try:
        return read_image(content, channels)
    except UnreadableError as error:
        raise Refused(kind, f"{name} {ROLES[kind]} cannot be used: {error}.", "Remove or replace it.") from error


def unpacked(archive: Path, channels: int, *, kind: str) -> Iterator[tuple[str, Image.Image]]:
    """Every picture of a tar archive with its name, in the order of the names.

    Raises Refused of `kind` at the end where some cannot be read; from the first of them on there are no more pictures.
    """
    problems: list[str] = []
    with tarfile.open(archive) as opened:
        members = sorted(opened.getmembers(), key=lambda member: member.name)
        for member in members:
            stream = opened.extractfile(member)
            assert stream is not None
            try:
                image = read_image(stream, channels)
            except UnreadableError as error:
                problems.append(f"{member.name}: {error}")
                continue
            if not problems:
                yield member.name, image
    if problems:
        raise Refused(
            kind,
            f"{len(problems):,} of {len(members):,} pictures {ROLES[kind]} cannot be used; {problems[0]}.",
            "Remove or replace them.",
        )
