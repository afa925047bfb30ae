"""Calibration pictures → what the network will see of them, in the environment `convert`.

Decodes every picture of `images.tar` in sorted order and resizes it as the target's firmware does.

Parameters: `height`, `width` (pixels), `channels` (3 for RGB, 1 for grey), `resize` (a key of pictures.RESIZES), and
`random`: 0 for the pictures of `images.tar`, else how many random ones are made instead, for trying a toolchain.
Outputs `calibration.npy`: uint8 (N, H, W, C), and `thumbnails.json`: {"thumbnails": some of them (see thumbnails.py)}.
"""

from __future__ import annotations

import json
from typing import Any

import numpy
import PIL
from harness import INPUTS, OUTPUTS
from pictures import RESIZES, unpacked
from thumbnails import thumbnails


def run(parameters: dict[str, Any]) -> dict[str, Any]:
    """Decode and resize all pictures."""
    height, width, channels = (parameters[name] for name in ("height", "width", "channels"))
    versions = {"numpy": numpy.__version__, "pillow": PIL.__version__}
    if parameters["random"]:
        shape = (parameters["random"], height, width, channels)
        numpy.save(OUTPUTS / "calibration.npy", numpy.random.default_rng(0).integers(0, 256, shape, numpy.uint8))
        return {"count": parameters["random"], "versions": versions}
    resize = RESIZES[parameters["resize"]]
    prepared = [
        resize(picture, height, width).reshape(height, width, channels)
        for _, picture in unpacked(INPUTS / "images.tar", channels, kind="calibration")
    ]
    pictures = numpy.stack(prepared)
    numpy.save(OUTPUTS / "calibration.npy", pictures)
    (OUTPUTS / "thumbnails.json").write_text(json.dumps({"thumbnails": thumbnails(pictures)}))
    return {"count": len(prepared), "versions": versions}
