"""Can these pictures be trained on? In the environment `evaluate`, since decoding what a stranger made is a risk.

Every input is a picture. Output `pictures.json`: for each, in the order of their names, `width` and `height` in pixels
as it is seen upright, and `problem`: why it is not usable, or nothing. The rules are those of Ultralytics
(`ultralytics/data/utils.py`: check_image), and that every pixel can be decoded.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import PIL
from PIL import Image, ImageOps

from pipeline.harness import INPUTS, OUTPUTS

MOST_PIXELS = 200_000_000
Image.MAX_IMAGE_PIXELS = MOST_PIXELS // 2  # Pillow warns from here on, and refuses twice as many
SMALLEST_SIDE = 10
# What Pillow calls the formats that Ultralytics lets in (IMG_FORMATS).
FORMATS = frozenset({"AVIF", "BMP", "DNG", "HEIC", "HEIF", "JPEG", "JPEG2000", "MPO", "PNG", "TIFF", "WEBP"})


def inspect(path: Path) -> dict[str, Any]:
    """One picture's size and problem."""
    width = height = 0
    problem = ""
    try:
        with Image.open(path) as opened:
            kind = opened.format
            picture = ImageOps.exif_transpose(opened).convert("RGB")
        width, height = picture.size
        if min(width, height) < SMALLEST_SIDE:
            problem = f"{width} × {height} pixels are too few"
        elif kind not in FORMATS:
            problem = f"it is a {kind} file, which Ultralytics leaves out"
    except Image.DecompressionBombError:
        problem = f"it has more than {MOST_PIXELS:,} pixels"
    except Exception as error:  # Pillow's decoders raise nearly anything on damaged data
        problem = f"it cannot be decoded ({type(error).__name__})"
    return {"width": width, "height": height, "problem": problem}


def run(parameters: dict[str, Any]) -> dict[str, Any]:
    """Inspect all pictures."""
    found = [inspect(path) for path in sorted(INPUTS.iterdir())]
    (OUTPUTS / "pictures.json").write_text(json.dumps(found))
    return {"count": len(found), "versions": {"pillow": PIL.__version__}}
