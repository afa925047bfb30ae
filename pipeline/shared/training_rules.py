"""What Ultralytics' training lets in (`ultralytics/data/utils.py`: check_image); needs Pillow alone."""

from __future__ import annotations

import io

from PIL import Image

SMALLEST_SIDE = 10
# What Pillow calls the formats that Ultralytics lets in (IMG_FORMATS).
FORMATS = frozenset({"AVIF", "BMP", "DNG", "HEIC", "HEIF", "JPEG", "JPEG2000", "MPO", "PNG", "TIFF", "WEBP"})


def training_problem(content: bytes, image: Image.Image) -> str:
    """Why Ultralytics leaves this picture out, which `read_image` gave of the content, or nothing."""
    if min(image.size) < SMALLEST_SIDE:
        return f"{image.width} × {image.height} pixels are too few"
    kind = Image.open(io.BytesIO(content)).format
    return "" if kind in FORMATS else f"it is a {kind} file, which Ultralytics leaves out"
