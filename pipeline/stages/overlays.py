"""What two models see on the same pictures, drawn side by side, in the environment `evaluate` (Pillow).

Parameters: `count` (pictures at most), `score` and `visibility` (what is drawn has at least these, 0–1).
Inputs `images.tar`, and `float.json` and `int8.json`: {"images": [{"name", "width", "height", "detections": [{"box":
[x1, y1, x2, y2], "score", "keypoints": [[x, y, visibility], …]}]}]} in pixels of the upright picture, both for the
same pictures. Output `overlays.json`: {"score", "overlays": [{"name", "float", "int8"}]}, each of the two as
{"people": how many are drawn, "jpeg": base64}.
"""

from __future__ import annotations

import base64
import io
import json
import tarfile
from typing import Any

import PIL
from harness import INPUTS, OUTPUTS
from pictures import decode
from PIL import Image, ImageDraw

LONGEST_SIDE = 400
"""Of a drawn picture, in pixels."""
OVERSAMPLING = 2
"""Pillow draws without smoothing: lines are drawn larger and the picture is reduced."""
# COCO's 17 keypoints (person_keypoints_val2017.json, categories[0].skeleton, counted from 0).
COCO_KEYPOINTS = 17
SKELETON = (
    (15, 13), (13, 11), (16, 14), (14, 12), (11, 12), (5, 11), (6, 12), (5, 6), (5, 7), (6, 8), (7, 9), (8, 10),
    (1, 2), (0, 1), (0, 2), (1, 3), (2, 4), (3, 5), (4, 6),
)  # fmt: skip
LEFT, RIGHT, MIDDLE = (255, 176, 0), (0, 200, 255), (255, 255, 255)
BOX = (120, 255, 120)
SHADOW = (0, 0, 0)


def side_colour(*keypoints: int) -> tuple[int, int, int]:
    """The colour of a point or a limb: in COCO's order odd numbers are a person's left, even ones the right."""
    sides = {keypoint % 2 for keypoint in keypoints}
    if 0 in keypoints or len(sides) > 1:
        return MIDDLE
    return LEFT if sides == {1} else RIGHT


def choose(first: list[dict[str, Any]], second: list[dict[str, Any]], count: int, score: float) -> list[int]:
    """Up to `count` pictures, evenly over those on which a model sees somebody (over all where there are none)."""

    def sees(image: dict[str, Any]) -> bool:
        return any(detection["score"] >= score for detection in image["detections"])

    seen = [index for index, pair in enumerate(zip(first, second, strict=True)) if any(map(sees, pair))]
    candidates = seen or list(range(len(first)))
    if len(candidates) <= count:
        return candidates
    return [candidates[round(step * (len(candidates) - 1) / max(1, count - 1))] for step in range(count)]


def draw(picture: Image.Image, found: dict[str, Any], score: float, visibility: float) -> dict[str, Any]:
    """The picture, reduced, with every box, limb and point that is sure enough."""
    scale = OVERSAMPLING * min(1.0, LONGEST_SIDE / max(picture.size))
    width, height = (max(OVERSAMPLING, round(side * scale)) for side in picture.size)
    canvas = picture.resize((width, height), Image.Resampling.LANCZOS)
    across, down = width / found["width"], height / found["height"]
    pen = ImageDraw.Draw(canvas)
    people = [detection for detection in found["detections"] if detection["score"] >= score]
    for person in reversed(people):  # the surest on top
        left, top, right, bottom = person["box"]
        corners = (
            min(left, right) * across, min(top, bottom) * down, max(left, right) * across, max(top, bottom) * down,
        )  # fmt: skip
        pen.rectangle(corners, outline=SHADOW, width=2 * OVERSAMPLING)
        pen.rectangle(corners, outline=BOX, width=OVERSAMPLING)
        points = [(x * across, y * down) if seen >= visibility else None for x, y, seen in person["keypoints"]]
        is_coco = len(points) == COCO_KEYPOINTS
        for start, end in SKELETON if is_coco else ():
            ends = points[start], points[end]
            if ends[0] is not None and ends[1] is not None:
                pen.line((*ends[0], *ends[1]), fill=SHADOW, width=4 * OVERSAMPLING)
                pen.line((*ends[0], *ends[1]), fill=side_colour(start, end), width=2 * OVERSAMPLING)
        for number, point in enumerate(points):
            if point is not None:
                colour = side_colour(number) if is_coco else LEFT
                pen.circle(point, 2.5 * OVERSAMPLING, fill=colour, outline=SHADOW, width=OVERSAMPLING)
    encoded = io.BytesIO()
    canvas.reduce(OVERSAMPLING).save(encoded, "JPEG", quality=82, optimize=True)
    return {"people": len(people), "jpeg": base64.b64encode(encoded.getvalue()).decode()}


def run(parameters: dict[str, Any]) -> dict[str, Any]:
    """Draw the chosen pictures twice."""
    found = {name: json.loads((INPUTS / f"{name}.json").read_text())["images"] for name in ("float", "int8")}
    chosen = choose(found["float"], found["int8"], parameters["count"], parameters["score"])
    overlays = []
    with tarfile.open(INPUTS / "images.tar") as archive:
        for index in chosen:
            name = found["float"][index]["name"]
            picture = decode(name, archive.extractfile(name), 3, kind="dataset")
            overlay = {"name": name}
            for model in ("float", "int8"):
                overlay[model] = draw(picture, found[model][index], parameters["score"], parameters["visibility"])
            overlays.append(overlay)
    (OUTPUTS / "overlays.json").write_text(json.dumps({"score": parameters["score"], "overlays": overlays}))
    return {"count": len(overlays), "versions": {"pillow": PIL.__version__}}
