"""What is behind people: rooms, landscapes, patterns. Sizes are in pixels of the canvas."""

from __future__ import annotations

import numpy
from PIL import Image, ImageChops

from pipeline.synthetic_people.canvas import Canvas, ink, surface_colour
from pipeline.synthetic_people.clothes import Colour, any_colour, scaled, varied
from pipeline.synthetic_people.pose import chance, evenly, pick, weighted
from pipeline.synthetic_people.things import FOREGROUND, FURNITURE, LANDSCAPE


def _blend(random: numpy.random.Generator, size: tuple[int, int], first: Colour, second: Colour) -> Image.Image:
    """From one colour to the other, downwards or to the side."""
    ends = Image.new("RGB", (1, 2))
    ends.putdata([ink(first)[:3], ink(second)[:3]])
    if chance(random, 0.3):
        ends = ends.transpose(Image.Transpose.ROTATE_90)
    return ends.resize(size, Image.Resampling.BILINEAR)


def clouds(random: numpy.random.Generator, size: tuple[int, int], cell: int, depth: int) -> Image.Image:
    """Soft random grey, 128 ± depth, with blotches of `cell` pixels."""
    small = (max(2, size[0] // cell), max(2, size[1] // cell))
    values = random.integers(128 - depth, 128 + depth, (small[1], small[0]), dtype=numpy.uint8, endpoint=True)
    return Image.fromarray(values).resize(size, Image.Resampling.BICUBIC)


def _textured(random: numpy.random.Generator, image: Image.Image) -> Image.Image:
    """With random blotches of one or two sizes."""
    for _ in range(int(random.integers(0, 3))):
        grey = clouds(random, image.size, pick(random, (4, 8, 16, 40, 100)), int(random.integers(6, 40)))
        image = ImageChops.add(image, Image.merge("RGB", (grey,) * 3), offset=-128)
    return image


def _floor(canvas: Canvas, colour: Colour) -> None:
    """The floor with planks or tiles that run to the horizon."""
    canvas.rectangle(0, canvas.ground, canvas.width, canvas.height, colour)
    line = ink(scaled(colour, evenly(canvas.random, 0.75, 1.2)))
    if chance(canvas.random, 0.6):
        vanishing, step = canvas.width * evenly(canvas.random, 0.2, 0.8), canvas.width * evenly(canvas.random, 0.1, 0.4)
        for at in range(-8, 9):
            canvas.draw.line(
                (vanishing + at * step * 0.3, canvas.ground, vanishing + at * step * 2, canvas.height),
                fill=line,
                width=2,
            )
    if chance(canvas.random, 0.4):
        y, step = canvas.ground, 4.0
        while y < canvas.height:
            canvas.draw.line((0, y, canvas.width, y), fill=line, width=2)
            y, step = y + step, step * 1.4


def _bricks(canvas: Canvas, colour: Colour) -> None:
    """A wall of bricks."""
    high, line = int(canvas.random.integers(10, 26)), ink(scaled(colour, 0.8))
    for row, y in enumerate(range(0, int(canvas.ground), high)):
        canvas.draw.line((0, y, canvas.width, y), fill=line, width=2)
        for x in range(row % 2 * high, canvas.width, 2 * high):
            canvas.draw.line((x, y, x, y + high), fill=line, width=2)


def room(canvas: Canvas) -> None:
    """A wall, a floor, furniture."""
    random = canvas.random
    wall = surface_colour(random)
    if chance(random, 0.5):
        canvas.rectangle(0, 0, canvas.width, canvas.ground, wall)
    if chance(random, 0.3):
        step = int(random.integers(10, 70))
        stripe = ink(scaled(wall, evenly(random, 0.8, 1.15)))
        for x in range(0, canvas.width, step):
            canvas.draw.rectangle((x, 0, x + step // 2, canvas.ground), fill=stripe)
    elif chance(random, 0.25):
        _bricks(canvas, wall)
    _floor(canvas, surface_colour(random))
    for _ in range(int(random.integers(1, 7))):
        pick(random, FURNITURE)(canvas)


def outside(canvas: Canvas) -> None:
    """Sky, hills, houses, trees, ground."""
    random = canvas.random
    if chance(random, 0.7):
        sky: Colour = (evenly(random, 90, 220), evenly(random, 150, 230), evenly(random, 190, 255))
        upper = _blend(random, (canvas.width, max(1, int(canvas.ground))), sky, scaled(sky, evenly(random, 0.8, 1.2)))
        canvas.image.paste(upper, (0, 0))
        canvas.image.putalpha(0)
        for _ in range(int(random.integers(0, 6))):
            x, y = canvas.across(), evenly(random, 0, 0.6) * canvas.ground
            wide = canvas.width * evenly(random, 0.05, 0.2)
            canvas.disc(x, y, wide, wide * 0.25, varied(random, (225, 228, 235), 25))
    for _ in range(int(random.integers(0, 4))):
        x, high = canvas.across(), canvas.height * evenly(random, 0.05, 0.3)
        canvas.disc(x, canvas.ground, canvas.width * evenly(random, 0.2, 0.6), high, any_colour(random))
    for _ in range(int(random.integers(0, 6))):
        pick(random, LANDSCAPE)(canvas)
    natural: Colour = (evenly(random, 60, 200), evenly(random, 70, 180), evenly(random, 40, 130))
    _floor(canvas, natural)
    for _ in range(int(random.integers(0, 3))):
        pick(random, FOREGROUND)(canvas)


def pattern(canvas: Canvas) -> None:
    """Shapes without meaning."""
    random = canvas.random
    for _ in range(int(random.integers(5, 40))):
        x, y = canvas.across(), evenly(random, -0.1, 1.0) * canvas.height
        wide, high = canvas.width * evenly(random, 0.02, 0.3), canvas.height * evenly(random, 0.02, 0.3)
        shape, colour = int(random.integers(4)), any_colour(random)
        if shape == 0:
            canvas.rectangle(x, y, x + wide, y + high, colour)
        elif shape == 1:
            canvas.disc(x, y, wide / 2, high / 2, colour)
        elif shape == 2:
            corners = [evenly(random, -0.5, 0.5) for _ in range(8)]
            canvas.draw.polygon(
                [x + at * wide if index % 2 == 0 else y + at * high for index, at in enumerate(corners)],
                fill=ink(colour),
            )
        else:
            end = x + evenly(random, -1, 1) * wide, y + evenly(random, -1, 1) * high
            canvas.draw.line((x, y, *end), fill=ink(colour), width=int(random.integers(2, 24)))


def plain(canvas: Canvas) -> None:
    """Nothing but the soft ground, sometimes with a floor."""
    if chance(canvas.random, 0.5):
        _floor(canvas, surface_colour(canvas.random))


KINDS = {"room": room, "outside": outside, "pattern": pattern, "plain": plain}
WEIGHTS = {"room": 0.40, "outside": 0.27, "pattern": 0.15, "plain": 0.18}


def make_backdrop(random: numpy.random.Generator, size: tuple[int, int], ground: float) -> Canvas:
    """A canvas of this size with a scene on it whose floor begins at about `ground`."""
    kind = weighted(random, WEIGHTS)
    first = surface_colour(random)
    second = varied(random, first, 60) if chance(random, 0.7) else surface_colour(random)
    image = _textured(random, _blend(random, size, first, second))
    canvas = Canvas(random, image, min(max(ground, 0.15 * size[1]), 1.2 * size[1]))
    KINDS[kind](canvas)
    return canvas
