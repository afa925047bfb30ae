"""What two models see on the same pictures, drawn side by side, in the environment `evaluate` (Pillow).

Parameters: `visibility`: keypoints that a model sees with less (0–1) are left out.
Inputs `images.tar` and `detections.json`: {"images": [{"name", "width", "height", "float": [{"box": [x1, y1, x2, y2],
"score", "keypoints": [[x, y, visibility], …]}], "int8": likewise}]}, in pixels of the upright picture.
Output `overlays.json`: {"overlays": [{"name", "float", "int8"}]}, each of the two as {"people": how many are drawn,
"jpeg": base64}.
"""

from __future__ import annotations

import base64
import io
import json
import tarfile
from typing import Any

import PIL
from PIL import Image, ImageDraw

from pipeline.harness import INPUTS, OUTPUTS
from pipeline.shared.images import decode

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


def draw(
    picture: Image.Image, size: tuple[int, int], people: list[dict[str, Any]], visibility: float
) -> dict[str, Any]:
    """The picture, reduced, with every box, limb and point; coordinates are pixels of a picture of `size`."""
    scale = OVERSAMPLING * min(1.0, LONGEST_SIDE / max(picture.size))
    width, height = (max(OVERSAMPLING, round(side * scale)) for side in picture.size)
    canvas = picture.resize((width, height), Image.Resampling.LANCZOS)
    across, down = width / size[0], height / size[1]
    pen = ImageDraw.Draw(canvas)
    for person in sorted(people, key=lambda person: float(person["score"])):  # the surest on top
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
    """Draw every picture twice."""
    overlays = []
    with tarfile.open(INPUTS / "images.tar") as archive:
        for entry in json.loads((INPUTS / "detections.json").read_text())["images"]:
            name, size = entry["name"], (entry["width"], entry["height"])
            picture = decode(name, archive.extractfile(name), 3, kind="dataset")
            drawn = {model: draw(picture, size, entry[model], parameters["visibility"]) for model in ("float", "int8")}
            overlays.append({"name": name, **drawn})
    (OUTPUTS / "overlays.json").write_text(json.dumps({"overlays": overlays}))
    return {"count": len(overlays), "versions": {"pillow": PIL.__version__}}
