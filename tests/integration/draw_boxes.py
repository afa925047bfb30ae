"""A tiny data set of detection: discs, squares and bars, drawn with Pillow, the same for the same seed."""

from __future__ import annotations

import random
from pathlib import Path

from draw_figures import write_data_set
from PIL import Image, ImageDraw

KINDS = ("disc", "square", "bar")
SIDE = 96


def draw_boxes(folder: Path, *, train: int = 24, val: int = 8, seed: int = 0) -> Path:
    """Write pictures, labels and data.yaml; the path of the latter."""
    return write_data_set(folder, scene, f"names: {list(KINDS)}\n", train=train, val=val, seed=seed)


def scene(numbers: random.Random) -> tuple[Image.Image, str]:
    """One picture with one thing in its left half and one in its right half, and the label lines."""
    image = Image.new("RGB", (SIDE, SIDE), tuple(numbers.randrange(120, 256) for _ in range(3)))
    pen, lines = ImageDraw.Draw(image), []
    for middle in (SIDE / 4, 3 * SIDE / 4):
        number = numbers.randrange(len(KINDS))
        width = numbers.uniform(24, 44)
        height = width / 3 if KINDS[number] == "bar" else width
        y = numbers.uniform(height / 2 + 2, SIDE - height / 2 - 2)
        corners = (middle - width / 2, y - height / 2, middle + width / 2, y + height / 2)
        colour = tuple(numbers.randrange(0, 90) for _ in range(3))
        (pen.ellipse if KINDS[number] == "disc" else pen.rectangle)(corners, fill=colour)
        lines.append(f"{number} {middle / SIDE:.6f} {y / SIDE:.6f} {width / SIDE:.6f} {height / SIDE:.6f}\n")
    return image, "".join(lines)
