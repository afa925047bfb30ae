"""Some of the calibration pictures as the network sees them, for the report; used by prepare.py."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy
from PIL import Image

MOST_THUMBNAILS = 24
LONGEST_SIDE = 160
"""Of a thumbnail, in pixels."""


def thumbnails(images: numpy.ndarray) -> list[dict[str, Any]]:
    """At most MOST_THUMBNAILS of `images` (N, H, W, C), evenly over all of them.

    Each is {"number": counted from 1, "jpeg": base64}.
    """
    chosen = numpy.unique(numpy.linspace(0, len(images) - 1, MOST_THUMBNAILS).round().astype(int))
    made = []
    for index in chosen:
        # A grey picture has no axis of channels in Pillow.
        thumbnail = Image.fromarray(images[index].squeeze(axis=2) if images.shape[3] == 1 else images[index])
        thumbnail.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
        encoded = io.BytesIO()
        thumbnail.save(encoded, "JPEG", quality=80, optimize=True)
        made.append({"number": int(index) + 1, "jpeg": base64.b64encode(encoded.getvalue()).decode()})
    return made
