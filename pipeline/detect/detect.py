"""Runs a .tflite on pictures as the device would, in the environment `convert` (TensorFlow Lite) or `micro`.

What the camera sees of a picture is resized as the firmware does and turned into what the input tensor stores; the
outputs are dequantised with their own scales, decoded and thinned out as the firmware does.

Parameters: `interpreter` ("tensorflow-lite" or "tflite-micro"), `task` and `head` (keys of decoders.DECODERS), `camera`
(see camera.view), `nms` (the firmware's, see suppression.shown), `score` and `maximum` (of the detections that a
precision-recall curve needs: from a lower score on than the firmware's), and `second_iou` (null, or the IoU of
another suppression, whose result is `second`: ST's own figure needs one), and `agreement` ({"sure", "candidates"}, the
`score`, `iou` and `maximum` of two more, which tell how far models agree: see pipeline/agreement).
`models` are names: of each there is an input NAME.tflite, and an output NAME.json is made. Input `images.tar`.
NAME.json: {"images": [{"name", "width", "height", "region": [left, top, width, height], "shown": [{"box": [x1, y1, x2,
y2], "score", "keypoints": [[x, y, visibility], …], "class" (its number, of tasks that have several)}], "detections":
likewise, "second": likewise}]}, all in pixels of the picture, of which the camera sees the region; pictures by name.
`shown` is what the firmware prints, in its order. `detections` are by the firmware's rules and printed in its whole
pixels, too, but for `score` and `maximum`, and scores keep their decimals to be ranked by; best first. `second` is as
it was computed, and so are `sure` and `candidates`, in pixels of the network's input.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Sequence
from typing import Any

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # sums do not depend on the number of cores

import numpy

from pipeline.harness import INPUTS, OUTPUTS
from pipeline.shared.camera import view
from pipeline.shared.candidates import Candidates
from pipeline.shared.images import unpacked
from pipeline.shared.interpreters import INTERPRETERS, Network, candidates, load
from pipeline.shared.suppression import PLAIN, ranked, shown, suppress

with contextlib.suppress(ImportError):  # at the top, so that it is done when the pictures come; `micro` has none
    import tensorflow  # noqa: F401

DIGITS = 3
"""Decimals of pixels and scores that are written."""


def written(found: Candidates, region: Sequence[int]) -> list[dict[str, Any]]:
    """The rows for the output, in pixels of a picture; the network saw its region (left, top, width, height)."""
    left, top, width, height = region
    origin, scale = numpy.array([left, top]), numpy.array([width, height])
    rows = []
    classes = [{}] * len(found.scores) if found.classes is None else [{"class": int(each)} for each in found.classes]
    for box, score, keypoints, of_class in zip(found.boxes, found.scores, found.keypoints, classes, strict=True):
        points = numpy.concatenate([keypoints[:, :2] * scale + origin, keypoints[:, 2:]], 1)
        rows.append(
            {
                "box": (box * numpy.tile(scale, 2) + numpy.tile(origin, 2)).round(DIGITS).tolist(),
                "score": round(float(score), 2 * DIGITS),
                "keypoints": points.round(DIGITS).tolist(),
                **of_class,
            }
        )
    return rows


def detect(network: Network, name: str, image: Any, parameters: dict[str, Any]) -> dict[str, Any]:
    """One picture's entry."""
    seen = view(numpy.asarray(image), network.size, network.size, parameters["camera"])
    found = candidates(network, parameters["task"], parameters["head"], seen.pixels)
    nms = parameters["nms"]
    wider = {name: parameters[name] for name in ("score", "maximum")}
    printed = ranked(found, nms | wider, seen.frame, network.size)
    entry: dict[str, Any] = {
        "name": name,
        "width": image.width,
        "height": image.height,
        "region": list(seen.region),
        "shown": written(shown(found, nms, seen.frame, network.size), seen.region),
        "detections": written(printed, seen.region),
    }
    by_class = {"by_class": nms.get("by_class", False)}
    if parameters["second_iou"] is not None:
        second = suppress(found, PLAIN | by_class | wider | {"iou": parameters["second_iou"]})
        entry["second"] = written(second, seen.region)
    for kind, rules in parameters["agreement"].items():
        entry[kind] = written(suppress(found, PLAIN | rules | by_class), (0, 0, network.size, network.size))
    return entry


def run(parameters: dict[str, Any]) -> dict[str, Any]:
    """Detect on every picture with every model."""
    return detected(INTERPRETERS[parameters["interpreter"]], parameters)


def detected(interpreter: Callable[[bytes], Network], parameters: dict[str, Any]) -> dict[str, Any]:
    """The same with any interpreter."""
    networks = {name: load(INPUTS / f"{name}.tflite", interpreter) for name in parameters["models"]}
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in networks}
    for image_name, image in unpacked(INPUTS / "images.tar", 3, kind="dataset"):
        for name, network in networks.items():
            found[name].append(detect(network, image_name, image, parameters))
    for name, images in found.items():
        (OUTPUTS / f"{name}.json").write_text(json.dumps({"images": images}))
    versions = next(iter(networks.values())).versions
    return {"count": len(next(iter(found.values()))), "versions": versions}
