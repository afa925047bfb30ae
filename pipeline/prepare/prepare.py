"""Calibration pictures → what the network will see of them, in the environment `convert`.

Decodes every picture of `images.tar` in sorted order and makes of it what the target's camera and firmware would.

Parameters: `height`, `width` (the network's, in pixels), `channels` (3 for RGB, 1 for grey), `camera` (see
camera.view), and `random`: 0 for the pictures of `images.tar`, else how many arrays of uniform numbers are made
instead, for trying a toolchain (those of ST's tflite_quant.py).
`held_out`: names of pictures that are left out. `most`: where there are more pictures, so many that differ most are
taken (null: all).
Outputs `calibration.npy`: uint8 (N, H, W, C), of random ones float32 in [0, 1); and `thumbnails.json`: {"thumbnails":
some of them (see thumbnails.py)}.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy
import PIL

from pipeline.harness import INPUTS, OUTPUTS
from pipeline.prepare.diverse_subset import descriptor, most_diverse
from pipeline.prepare.thumbnails import thumbnails
from pipeline.shared.camera import view
from pipeline.shared.images import unpacked

ST_SEED = 42


def run(parameters: dict[str, Any]) -> dict[str, Any]:
    """Decode all pictures and see them as the device does."""
    height, width, channels = (parameters[name] for name in ("height", "width", "channels"))
    versions = {"numpy": numpy.__version__, "pillow": PIL.__version__}
    if parameters["random"]:
        shape = (parameters["random"], height, width, channels)
        numpy.save(OUTPUTS / "calibration.npy", numpy.random.RandomState(ST_SEED).random(shape).astype(numpy.float32))
        return {"count": parameters["random"], "versions": versions}

    held_out = set(parameters["held_out"])

    def prepared() -> Iterator[numpy.ndarray]:
        for name, image in unpacked(INPUTS / "images.tar", channels, kind="calibration"):
            if name not in held_out:
                yield view(numpy.asarray(image), height, width, parameters["camera"]).pixels

    chosen = None
    if parameters["most"] is not None:
        # Twice through the archive rather than all of a large folder in memory.
        descriptors = numpy.stack([descriptor(image) for image in prepared()])
        if len(descriptors) > parameters["most"]:
            chosen = set(most_diverse(descriptors, parameters["most"]))
    images = numpy.stack([image for index, image in enumerate(prepared()) if chosen is None or index in chosen])
    numpy.save(OUTPUTS / "calibration.npy", images)
    (OUTPUTS / "thumbnails.json").write_text(json.dumps({"thumbnails": thumbnails(images)}))
    return {"count": len(images), "held_out": len(held_out), "versions": versions}
