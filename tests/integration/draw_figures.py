"""A tiny pose data set: figures of five points, drawn with Pillow, the same for the same seed."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

from PIL import Image, ImageDraw

# head, left hand, right hand, left foot, right foot, in a figure one high and one wide
POINTS = ((0.5, 0.1), (0.1, 0.45), (0.9, 0.45), (0.25, 0.95), (0.75, 0.95))
FLIP = (0, 2, 1, 4, 3)
SIDE = 96


def draw_data_set(folder: Path, *, train: int = 24, val: int = 8, seed: int = 0) -> Path:
    """Write pictures, labels and data.yaml; the path of the latter."""
    keypoints = f"kpt_shape: [5, 3]\nflip_idx: {list(FLIP)}\n"
    return write_data_set(folder, figure, f"{keypoints}names: [figure]\n", train=train, val=val, seed=seed)


def write_data_set(
    folder: Path,
    draw: Callable[[random.Random], tuple[Image.Image, str]],
    description: str,
    *,
    train: int,
    val: int,
    seed: int,
) -> Path:
    """Write what `draw` gives, pictures and their label lines, and a data.yaml with this description of them."""
    numbers = random.Random(seed)
    for split, count in (("train", train), ("val", val)):
        for kind in ("images", "labels"):
            (folder / split / kind).mkdir(parents=True)
        for index in range(count):
            image, lines = draw(numbers)
            image.save(folder / split / "images" / f"{index:03d}.png")
            (folder / split / "labels" / f"{index:03d}.txt").write_text(lines)
    (folder / "data.yaml").write_text(f"train: train/images\nval: val/images\n{description}")
    return folder / "data.yaml"


def figure(numbers: random.Random) -> tuple[Image.Image, str]:
    """One picture of one figure, and its label line."""
    size = numbers.uniform(50, 80)
    left, top = (numbers.uniform(4, SIDE - size - 4) for _ in range(2))
    points = [(left + x * size, top + y * size) for x, y in POINTS]
    background = tuple(numbers.randrange(120, 256) for _ in range(3))
    image = Image.new("RGB", (SIDE, SIDE), background)
    pen = ImageDraw.Draw(image)
    neck, hip = (left + 0.5 * size, top + 0.25 * size), (left + 0.5 * size, top + 0.6 * size)
    for start, end in ((neck, hip), (neck, points[1]), (neck, points[2]), (hip, points[3]), (hip, points[4])):
        pen.line((*start, *end), fill=(20, 20, 60), width=5)
    x, y = points[0]
    pen.ellipse((x - size / 8, y - size / 8, x + size / 8, y + size / 8), fill=(150, 40, 30))
    values = [0.5 * size + left, 0.5 * size + top, size, size]
    keypoints = [f"{x / SIDE:.6f} {y / SIDE:.6f} 2" for x, y in points]
    return image, f"0 {' '.join(f'{value / SIDE:.6f}' for value in values)} {' '.join(keypoints)}\n"
