"""What scenes are drawn on: RGB with the identity of what a pixel shows in the alpha channel. Sizes are in pixels."""

from __future__ import annotations

import colorsys

import numpy
from PIL import Image, ImageDraw

from pipeline.synthetic_people.clothes import Colour, any_colour
from pipeline.synthetic_people.pose import between, chance, evenly

Ink = tuple[int, int, int, int]
IN_FRONT = 250
"""The identity (alpha) of what hides people; the backdrop has 0."""


def ink(colour: Colour, identity: int = 0) -> Ink:
    """A colour as it is drawn, with the identity of what it belongs to."""
    red, green, blue = (int(min(255.0, max(0.0, channel))) for channel in colour)
    return red, green, blue, identity


def surface_colour(random: numpy.random.Generator) -> Colour:
    """What walls and floors are painted: mostly pale or greyish, sometimes anything."""
    if chance(random, 0.3):
        return any_colour(random)
    red, green, blue = colorsys.hls_to_rgb(random.random(), between(random, 0.15, 0.95), evenly(random, 0.0, 0.45))
    return red * 255, green * 255, blue * 255


class Canvas:
    """A picture in the making; `ground` is the height at which the floor begins."""

    def __init__(self, random: numpy.random.Generator, image: Image.Image, ground: float) -> None:
        self.random = random
        self.width, self.height = image.size
        self.ground = ground
        self.image = image.convert("RGBA")
        self.image.putalpha(0)
        self.draw = ImageDraw.Draw(self.image)

    def rectangle(self, left: float, top: float, right: float, bottom: float, colour: Colour) -> None:
        """A filled rectangle of the backdrop; nothing where it has no width or height."""
        if right > left and bottom > top:
            self.draw.rectangle((left, top, right, bottom), fill=ink(colour))

    def disc(self, x: float, y: float, radius_x: float, radius_y: float, colour: Colour) -> None:
        """A filled ellipse of the backdrop."""
        self.draw.ellipse((x - radius_x, y - radius_y, x + radius_x, y + radius_y), fill=ink(colour))

    def across(self) -> float:
        """A place along the width, or a little beside it."""
        return evenly(self.random, -0.1, 1.0) * self.width

    def shadow(self, x: float, y: float, radius_x: float, radius_y: float, strength: float) -> None:
        """A soft-edged darkening of the floor."""
        box = tuple(int(value) for value in (x - radius_x, y - radius_y, x + radius_x, y + radius_y))
        left, top, right, bottom = max(0, box[0]), max(0, box[1]), min(self.width, box[2]), min(self.height, box[3])
        if right <= left or bottom <= top:
            return
        mask = Image.new("L", (right - left, bottom - top), 0)
        brush = ImageDraw.Draw(mask)
        for share in (1.0, 0.8, 0.6):
            brush.ellipse(
                (x - radius_x * share - left, y - radius_y * share - top, x + radius_x * share - left,
                 y + radius_y * share - top),
                fill=int(255 * strength * (1.25 - share * 0.75)),
            )  # fmt: skip
        self.image.paste(Image.new("RGBA", mask.size), (left, top), mask)
