"""Pictures of objects that were never there, with a box and a class for each, in the environment `evaluate`.

Every picture has its own random numbers from (seed, split, index), as those of people have.

Parameters: `seed`, `split` (its name), `split_number`, `first` and `count` (which of its pictures), `image_size`
(side of the square in pixels). Output `data.tar`: images/SPLIT/NUMBER.jpg (quality 90) and labels/SPLIT/NUMBER.txt in
Ultralytics' form, in sorted order and without dates or owners. The report names the classes.
"""

from __future__ import annotations

import math
from typing import Any

import numpy
import PIL
from PIL import Image, ImageDraw

from pipeline.synthetic_objects.objects import KINDS
from pipeline.synthetic_people.backdrop import make_backdrop
from pipeline.synthetic_people.canvas import Canvas, ink
from pipeline.synthetic_people.clothes import scaled
from pipeline.synthetic_people.photo import photograph
from pipeline.synthetic_people.pose import chance, evenly
from pipeline.synthetic_people.split import write_images

SCALE = 2
"""How much larger than the picture everything is drawn."""
MOST = 5
SMALLEST, LARGEST = 0.16, 0.55
"""The side of an object's square, in parts of the picture's."""
STEEPEST = math.radians(30)
LEAST_SEEN = 0.5
"""Of an object's own area, or it is left out."""
EMPTY = 0.04

Line = tuple[int, float, float, float, float]
"""A class, and the centre and size of a box, in parts of the picture."""


def _draw(canvas: Canvas, random: numpy.random.Generator, kind: str, identity: int) -> int:
    """Draw an object of a kind somewhere; how many pixels of it are inside the picture."""
    side = canvas.width * math.exp(evenly(random, math.log(SMALLEST), math.log(LARGEST)))
    x, y = (evenly(random, 0.05, 0.95) * canvas.width for _ in range(2))
    turn, light = evenly(random, -STEEPEST, STEEPEST), evenly(random, 0.6, 1.2)
    if kind == "book" and chance(random, 0.4):
        turn += math.pi / 2
    cosine, sine = math.cos(turn), math.sin(turn)
    alone = Image.new("1", canvas.image.size)
    brush = ImageDraw.Draw(alone)
    for patch in KINDS[kind](random):
        corners = [(x + side * (cosine * u - sine * v), y + side * (sine * u + cosine * v)) for u, v in patch.corners]
        canvas.draw.polygon(corners, fill=ink(scaled(patch.colour, light), identity))
        brush.polygon(corners, fill=1)
    return int(numpy.asarray(alone).sum())


def draw_scene(random: numpy.random.Generator, image_size: int) -> tuple[Image.Image, list[Line]]:
    """A square picture and what is seen in it, the nearest last."""
    size, names = image_size * SCALE, list(KINDS)
    count = 0 if chance(random, EMPTY) else int(random.integers(1, MOST + 1))
    kinds = [int(number) for number in random.integers(0, len(names), count)]
    seeds = [int(random.integers(1 << 62)) for _ in range(count + 1)]
    ground = size * evenly(random, 0.3, 0.8)
    while True:
        canvas = make_backdrop(numpy.random.default_rng(seeds[0]), (size, size), ground)
        drawn = [
            _draw(canvas, numpy.random.default_rng(seed), names[kind], number + 1)
            for number, (kind, seed) in enumerate(zip(kinds, seeds[1:], strict=True))
        ]
        identities = numpy.asarray(canvas.image.getchannel("A"))
        seen = [int((identities == number + 1).sum()) for number in range(len(kinds))]
        hidden = [each < LEAST_SEEN * whole or each < 64 for each, whole in zip(seen, drawn, strict=True)]
        if not any(hidden):
            lines = [(kind, *_box(identities == number + 1)) for number, kind in enumerate(kinds)]
            return canvas.image.convert("RGB").reduce(SCALE), lines
        # Something is nearly hidden: without it.
        kinds = [kind for kind, away in zip(kinds, hidden, strict=True) if not away]
        seeds = [seeds[0], *(seed for seed, away in zip(seeds[1:], hidden, strict=True) if not away)]


def _box(mask: numpy.ndarray) -> tuple[float, float, float, float]:
    """Centre and size of what a mask (H, W) holds, in its own parts."""
    columns, rows = numpy.flatnonzero(mask.any(axis=0)), numpy.flatnonzero(mask.any(axis=1))
    (height, width), left, right = mask.shape, int(columns[0]), int(columns[-1]) + 1
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    return (left + right) / 2 / width, (top + bottom) / 2 / height, (right - left) / width, (bottom - top) / height


def make_image(seed: int, split: int, index: int, image_size: int) -> tuple[Image.Image, list[str]]:
    """One picture and its label lines."""
    random = numpy.random.default_rng([seed, split, index])
    image, lines = draw_scene(random, image_size)
    return photograph(random, image), [
        " ".join([str(kind), *(f"{value:.6f}" for value in box)]) for kind, *box in lines
    ]


def run(parameters: dict[str, Any]) -> dict[str, Any]:
    """Make some pictures of one split."""
    seed, number, image_size = (parameters[name] for name in ("seed", "split_number", "image_size"))
    objects, empty = write_images(parameters, lambda index: make_image(seed, number, index, image_size))
    return {
        "images": parameters["count"],
        "objects": objects,
        "without_objects": empty,
        "classes": list(KINDS),
        "versions": {"numpy": numpy.__version__, "pillow": PIL.__version__},
    }
