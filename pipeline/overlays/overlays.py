"""What two models see on the same pictures, drawn side by side, in the environment `evaluate` (Pillow).

Parameters: `visibility`: keypoints that a model sees with less (0–1) are left out; `skeleton`: of people with as many
keypoints as its `flip_index` has (the keypoint that takes each one's place in a mirrored picture, the left one of two
first) the `bones` (pairs of keypoints) are drawn, and both sides in colours of their own.
Inputs `images.tar` and `detections.json`: {"images": [{"name", "width", "height", "float": [{"box": [x1, y1, x2, y2],
"score", "keypoints": [[x, y, visibility], …], "class" (of tasks that have several)}], "int8": likewise}]}, in pixels of
the upright picture. `classes` are the names of the classes.
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
LEFT, RIGHT, MIDDLE = (255, 176, 0), (0, 200, 255), (255, 255, 255)
BOX = (120, 255, 120)
SHADOW = (0, 0, 0)
LETTERS = 13 * OVERSAMPLING
"""How high names are written."""
LONGEST_NAME = 20


def side_colour(flip_index: list[int], *keypoints: int) -> tuple[int, int, int]:
    """The colour of a point, or of a limb between two."""
    if all(keypoint < flip_index[keypoint] for keypoint in keypoints):
        return LEFT
    return RIGHT if all(keypoint > flip_index[keypoint] for keypoint in keypoints) else MIDDLE


def name_of(classes: list[str], number: int) -> str:
    """What stands beside a box: the class's name, short, or its number where it has none."""
    return classes[number][:LONGEST_NAME] if number < len(classes) else str(number)


def draw(
    image: Image.Image, size: tuple[int, int], people: list[dict[str, Any]], parameters: dict[str, Any]
) -> dict[str, Any]:
    """The picture, reduced, with every box, limb and point; coordinates are pixels of a picture of `size`."""
    scale = OVERSAMPLING * min(1.0, LONGEST_SIDE / max(image.size))
    width, height = (max(OVERSAMPLING, round(side * scale)) for side in image.size)
    canvas = image.resize((width, height), Image.Resampling.LANCZOS)
    across, down = width / size[0], height / size[1]
    pen = ImageDraw.Draw(canvas)
    for person in sorted(people, key=lambda person: float(person["score"])):  # the surest on top
        left, top, right, bottom = person["box"]
        corners = (
            min(left, right) * across, min(top, bottom) * down, max(left, right) * across, max(top, bottom) * down,
        )  # fmt: skip
        pen.rectangle(corners, outline=SHADOW, width=2 * OVERSAMPLING)
        pen.rectangle(corners, outline=BOX, width=OVERSAMPLING)
        least = parameters["visibility"]
        if "class" in person:
            label = name_of(parameters["classes"], person["class"])
            place = (corners[0] + 2 * OVERSAMPLING, corners[1] + OVERSAMPLING)
            pen.text(place, label, fill=BOX, stroke_fill=SHADOW, stroke_width=OVERSAMPLING, font_size=LETTERS)
        points = [(x * across, y * down) if seen >= least else None for x, y, seen in person["keypoints"]]
        flip_index, bones = (parameters["skeleton"][name] for name in ("flip_index", "bones"))
        is_known = len(points) == len(flip_index)
        for start, end in bones if is_known else ():
            ends = points[start], points[end]
            if ends[0] is not None and ends[1] is not None:
                pen.line((*ends[0], *ends[1]), fill=SHADOW, width=4 * OVERSAMPLING)
                pen.line((*ends[0], *ends[1]), fill=side_colour(flip_index, start, end), width=2 * OVERSAMPLING)
        for number, point in enumerate(points):
            if point is not None:
                colour = side_colour(flip_index, number) if is_known else LEFT
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
            content = archive.extractfile(name)
            assert content is not None
            image = decode(name, content, 3, kind="dataset")
            drawn = {model: draw(image, size, entry[model], parameters) for model in ("float", "int8")}
            overlays.append({"name": name, **drawn})
    (OUTPUTS / "overlays.json").write_text(json.dumps({"overlays": overlays}))
    return {"count": len(overlays), "versions": {"pillow": PIL.__version__}}
