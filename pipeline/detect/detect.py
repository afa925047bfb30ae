"""Runs a .tflite on pictures as the device would, in the environment `convert` (TensorFlow Lite) or `micro`.

The picture is resized as the firmware does, turned into what the input tensor stores, and the outputs are dequantised
with their own scales, decoded and thinned out as the firmware does.

Parameters: `interpreter` ("tensorflow-lite" or "tflite-micro"), `head` (a key of decoding.DECODERS), `resize` (a key of
pictures.RESIZES), `score` and `overlap` (of the non-maximum suppression, parts of 1), `maximum` (people a picture), and
`second_overlap` (null, or the IoU of another suppression, whose result is `second`: ST's own figure needs one).
`models` are names: of each there is an input NAME.tflite, and an output NAME.json is made. Input `images.tar`.
NAME.json: {"images": [{"name", "width", "height", "detections":
[{"box": [x1, y1, x2, y2], "score", "keypoints": [[x, y, visibility], …]}], "second": likewise}]}, in pixels of the
picture, best first; pictures by name.
"""

from __future__ import annotations

import contextlib
import json
from typing import Any

import numpy

from pipeline.harness import INPUTS, OUTPUTS
from pipeline.shared.decode import Candidates, suppress
from pipeline.shared.images import RESIZES, unpacked
from pipeline.shared.interpreters import INTERPRETERS, Network, candidates, load

with contextlib.suppress(ImportError):  # at the top, so that it is done when the pictures come; `micro` has none
    import tensorflow  # noqa: F401

DIGITS = 3
"""Decimals of pixels and scores that are written."""


def written(found: Candidates, width: int, height: int) -> list[dict[str, Any]]:
    """The rows for the output, in pixels of a picture of this size."""
    scale = numpy.array([width, height])
    rows = []
    for box, score, keypoints in zip(found.boxes, found.scores, found.keypoints, strict=True):
        points = numpy.concatenate([keypoints[:, :2] * scale, keypoints[:, 2:]], 1)
        rows.append(
            {
                "box": (box * numpy.tile(scale, 2)).round(DIGITS).tolist(),
                "score": round(float(score), 2 * DIGITS),
                "keypoints": points.round(DIGITS).tolist(),
            }
        )
    return rows


def detect(network: Network, name: str, picture: Any, parameters: dict[str, Any]) -> dict[str, Any]:
    """One picture's entry."""
    pixels = RESIZES[parameters["resize"]](picture, network.size, network.size)
    found = candidates(network, parameters["head"], pixels)
    entry: dict[str, Any] = {"name": name, "width": picture.width, "height": picture.height}
    for key, overlap in (("detections", parameters["overlap"]), ("second", parameters["second_overlap"])):
        if overlap is not None:
            kept = suppress(found, score=parameters["score"], overlap=overlap, maximum=parameters["maximum"])
            entry[key] = written(kept, picture.width, picture.height)
    return entry


def run(parameters: dict[str, Any]) -> dict[str, Any]:
    """Detect on every picture with every model."""
    interpreter = INTERPRETERS[parameters["interpreter"]]
    networks = {name: load(INPUTS / f"{name}.tflite", interpreter) for name in parameters["models"]}
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in networks}
    for picture_name, picture in unpacked(INPUTS / "images.tar", 3, kind="dataset"):
        for name, network in networks.items():
            found[name].append(detect(network, picture_name, picture, parameters))
    for name, images in found.items():
        (OUTPUTS / f"{name}.json").write_text(json.dumps({"images": images}))
    versions = next(iter(networks.values())).versions
    return {"count": len(next(iter(found.values()))), "versions": versions}
