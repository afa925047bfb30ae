"""Pictures with their labels drawn on them, side by side in one picture, in the environment `evaluate`.

Input `images.tar`. Parameters: `entries` (in the order in which they are shown: `name`, `caption`, `people`
with `box` (centre x, centre y, width, height) and `keypoints` (x, y, visibility) in fractions of the picture),
`flip_index` or nothing, `bones` (pairs of keypoints that a line joins), `columns`.
Output `contact-sheet.png`. Of keypoints that change places in a mirrored picture the one of the lower index is red, the
other blue; the rest are yellow. Visible ones are filled, hidden ones are rings.
"""

from __future__ import annotations

import tarfile
from typing import IO, Any

import PIL
from PIL import Image, ImageDraw, ImageFont

from pipeline.harness import INPUTS, OUTPUTS
from pipeline.shared.images import decode

TILE = 320
CAPTION = 16
GAP = 6
RED, BLUE, YELLOW, GREEN, GREY = (255, 70, 60), (70, 140, 255), (255, 220, 60), (80, 230, 100), (225, 225, 225)


def colour_of(keypoint: int, flip_index: list[int] | None) -> tuple[int, int, int]:
    """Red and blue for the two of a pair, yellow for a keypoint without partner."""
    partner = keypoint if flip_index is None else flip_index[keypoint]
    if partner == keypoint:
        return YELLOW
    return RED if keypoint < partner else BLUE


def draw_person(
    draw: ImageDraw.ImageDraw, person: dict[str, Any], size: tuple[int, int], parameters: dict[str, Any]
) -> None:
    """The box, the bones whose ends are labelled, and the keypoints."""
    width, height = size
    x, y, wide, high = person["box"]
    draw.rectangle(
        ((x - wide / 2) * width, (y - high / 2) * height, (x + wide / 2) * width, (y + high / 2) * height),
        outline=GREEN,
    )
    points = [(x * width, y * height, visibility) for x, y, visibility in person["keypoints"]]
    for first, second in parameters["bones"]:
        if points[first][2] and points[second][2]:
            draw.line((*points[first][:2], *points[second][:2]), fill=GREY)
    for index, (x, y, visibility) in enumerate(points):
        if visibility:
            colour = colour_of(index, parameters["flip_index"])
            dot = (x - 3, y - 3, x + 3, y + 3)
            draw.ellipse(dot, outline=colour, fill=colour if visibility > 1 else None)


def draw_tile(content: IO[bytes], entry: dict[str, Any], parameters: dict[str, Any]) -> Image.Image:
    """One picture, scaled to TILE, with everybody labelled in it."""
    image = decode(entry["caption"], content, 3, kind="dataset")
    factor = TILE / max(image.size)
    size = max(1, round(image.width * factor)), max(1, round(image.height * factor))
    image = image.resize(size, Image.Resampling.BILINEAR)
    draw = ImageDraw.Draw(image)
    for person in entry["people"]:
        draw_person(draw, person, size, parameters)
    return image


def run(parameters: dict[str, Any]) -> dict[str, Any]:
    """Draw the sheet."""
    entries, columns = parameters["entries"], parameters["columns"]
    with tarfile.open(INPUTS / "images.tar") as archive:
        tiles = []
        for entry in entries:
            content = archive.extractfile(entry["name"])
            assert content is not None
            tiles.append(draw_tile(content, entry, parameters))
    rows = -(-len(tiles) // columns)
    step = TILE + GAP, TILE + CAPTION + GAP
    sheet = Image.new("RGB", (min(columns, len(tiles)) * step[0] + GAP, rows * step[1] + GAP), (24, 26, 30))
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(size=12)
    for index, (entry, tile) in enumerate(zip(entries, tiles, strict=True)):
        left, top = GAP + index % columns * step[0], GAP + index // columns * step[1]
        sheet.paste(tile, (left + (TILE - tile.width) // 2, top + (TILE - tile.height) // 2))
        draw.text((left + 2, top + TILE + 1), entry["caption"][-48:], font=font, fill=(200, 204, 210))
    sheet.save(OUTPUTS / "contact-sheet.png")
    return {"images": len(tiles), "versions": {"pillow": PIL.__version__}}
