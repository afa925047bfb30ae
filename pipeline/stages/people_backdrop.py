"""What is behind and in front of people: rooms, landscapes, patterns, furniture. Sizes are in pixels of the canvas."""

from __future__ import annotations

import colorsys

import numpy
from people_clothes import Colour, any_colour, scaled, varied
from people_pose import between, chance, evenly, pick, weighted
from PIL import Image, ImageChops, ImageDraw

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


def _textured(random: numpy.random.Generator, picture: Image.Image) -> Image.Image:
    """With random blotches of one or two sizes."""
    for _ in range(int(random.integers(0, 3))):
        grey = clouds(random, picture.size, pick(random, (4, 8, 16, 40, 100)), int(random.integers(6, 40)))
        picture = ImageChops.add(picture, Image.merge("RGB", (grey,) * 3), offset=-128)
    return picture


class Backdrop:
    """A canvas that things are drawn on; `horizon` is the height of the camera's eye, the floor begins at `ground`."""

    def __init__(self, random: numpy.random.Generator, size: tuple[int, int], horizon: float, ground: float) -> None:
        self.random = random
        self.width, self.height = size
        self.horizon = horizon
        self.ground = min(max(ground, 0.15 * self.height), 1.2 * self.height)
        kinds = {"room": 0.40, "outside": 0.27, "pattern": 0.15, "gradient": 0.18}
        self.kind = weighted(random, kinds)
        first = surface_colour(random)
        second = varied(random, first, 60) if chance(random, 0.7) else surface_colour(random)
        picture = _textured(random, _blend(random, size, first, second))
        self.canvas = picture.convert("RGBA")
        self.canvas.putalpha(0)
        self.draw = ImageDraw.Draw(self.canvas)
        getattr(self, f"_{self.kind}")()

    def _rectangle(self, left: float, top: float, right: float, bottom: float, colour: Colour) -> None:
        if right > left and bottom > top:
            self.draw.rectangle((left, top, right, bottom), fill=ink(colour))

    def _disc(self, x: float, y: float, radius_x: float, radius_y: float, colour: Colour) -> None:
        self.draw.ellipse((x - radius_x, y - radius_y, x + radius_x, y + radius_y), fill=ink(colour))

    def _across(self) -> float:
        return evenly(self.random, -0.1, 1.0) * self.width

    def _floor(self, colour: Colour) -> None:
        """The floor with planks or tiles that run to the horizon."""
        self._rectangle(0, self.ground, self.width, self.height, colour)
        line = ink(scaled(colour, evenly(self.random, 0.75, 1.2)))
        if chance(self.random, 0.6):
            vanishing, step = self.width * evenly(self.random, 0.2, 0.8), self.width * evenly(self.random, 0.1, 0.4)
            for at in range(-8, 9):
                self.draw.line(
                    (vanishing + at * step * 0.3, self.ground, vanishing + at * step * 2, self.height),
                    fill=line,
                    width=2,
                )
        if chance(self.random, 0.4):
            y, step = self.ground, 4.0
            while y < self.height:
                self.draw.line((0, y, self.width, y), fill=line, width=2)
                y, step = y + step, step * 1.4

    def _room(self) -> None:
        random = self.random
        wall = surface_colour(random)
        if chance(random, 0.5):
            self._rectangle(0, 0, self.width, self.ground, wall)
        if chance(random, 0.3):
            step = int(random.integers(10, 70))
            stripe = ink(scaled(wall, evenly(random, 0.8, 1.15)))
            for x in range(0, self.width, step):
                self.draw.rectangle((x, 0, x + step // 2, self.ground), fill=stripe)
        elif chance(random, 0.25):
            self._bricks(wall)
        self._floor(surface_colour(random))
        for _ in range(int(random.integers(1, 7))):
            getattr(self, f"_{pick(random, self.FURNITURE)}")()

    FURNITURE = ("shelf", "window", "painting", "door", "lamp", "sofa", "plant", "cupboard", "table", "curtain", "pole")

    def _bricks(self, colour: Colour) -> None:
        high, line = int(self.random.integers(10, 26)), ink(scaled(colour, 0.8))
        for row, y in enumerate(range(0, int(self.ground), high)):
            self.draw.line((0, y, self.width, y), fill=line, width=2)
            for x in range(row % 2 * high, self.width, 2 * high):
                self.draw.line((x, y, x, y + high), fill=line, width=2)

    def _shelf(self) -> None:
        random, wood = self.random, any_colour(self.random)
        left, wide = self._across(), self.width * evenly(random, 0.15, 0.5)
        top, boards = self.ground * evenly(random, 0.0, 0.5), int(random.integers(2, 5))
        gap = (self.ground - top) / boards * evenly(random, 0.5, 1.0)
        self._rectangle(left, top, left + wide, top + gap * boards, scaled(wood, 0.6))
        for board in range(boards):
            y, x = top + gap * (board + 1), left + 4
            while x < left + wide - 12:
                thick = evenly(random, 6, 22)
                if chance(random, 0.8):
                    self._rectangle(x, y - gap * evenly(random, 0.4, 0.9), x + thick, y, any_colour(random))
                x += thick + 1
            self._rectangle(left, y - 4, left + wide, y, wood)

    def _window(self) -> None:
        random, frame = self.random, any_colour(self.random)
        left, wide = self._across(), self.width * evenly(random, 0.12, 0.4)
        top, high = self.ground * evenly(random, 0.0, 0.3), self.ground * evenly(random, 0.3, 0.6)
        light = scaled((255, 255, 255), evenly(random, 0.6, 1.0))
        self._rectangle(left, top, left + wide, top + high, frame)
        edge = 6
        for column in range(2):
            x = left + edge + column * wide / 2
            self._rectangle(x, top + edge, x + wide / 2 - 2 * edge, top + high - edge, varied(random, light, 30))

    def _painting(self) -> None:
        random = self.random
        left, top = self._across(), self.ground * evenly(random, 0.05, 0.5)
        wide, high = self.width * evenly(random, 0.06, 0.25), self.height * evenly(random, 0.06, 0.25)
        self._rectangle(left, top, left + wide, top + high, any_colour(random))
        self._rectangle(left + 5, top + 5, left + wide - 5, top + high - 5, any_colour(random))
        self._disc(left + wide / 2, top + high / 2, wide / 4, high / 4, any_colour(random))

    def _door(self) -> None:
        colour, left = any_colour(self.random), self._across()
        wide, top = self.width * evenly(self.random, 0.15, 0.25), self.ground * evenly(self.random, 0.0, 0.35)
        self._rectangle(left, top, left + wide, self.ground, scaled(colour, 0.8))
        self._rectangle(left + 6, top + 6, left + wide - 6, self.ground, colour)
        self._disc(left + wide - 14, (top + self.ground) / 2, 4, 4, (220, 200, 120))

    def _cupboard(self) -> None:
        colour, left = any_colour(self.random), self._across()
        wide, top = self.width * evenly(self.random, 0.15, 0.4), self.ground * evenly(self.random, 0.5, 0.85)
        bottom = self.ground + self.height * evenly(self.random, 0.0, 0.08)
        self._rectangle(left, top, left + wide, bottom, colour)
        for at in (0.33, 0.66):
            y = top + (bottom - top) * at
            self.draw.line((left, y, left + wide, y), fill=ink(scaled(colour, 0.6)), width=3)
            self._disc(left + wide / 2, y - 10, 4, 3, scaled(colour, 0.5))

    def _lamp(self) -> None:
        x, colour = self._across(), any_colour(self.random)
        top = self.ground * evenly(self.random, 0.2, 0.7)
        self._rectangle(x - 3, top, x + 3, self.ground + 10, scaled(colour, 0.4))
        wide = self.width * evenly(self.random, 0.02, 0.06)
        self.draw.polygon(
            (x - wide / 2, top - wide, x + wide / 2, top - wide, x + wide, top + wide, x - wide, top + wide),
            fill=ink((250, 240, 190) if chance(self.random, 0.5) else colour),
        )

    def _sofa(self) -> None:
        random, colour = self.random, any_colour(self.random)
        left, wide = self._across(), self.width * evenly(random, 0.3, 0.6)
        bottom, high = self.ground + self.height * evenly(random, 0.0, 0.12), self.height * evenly(random, 0.15, 0.3)
        box = (left, bottom - high, left + wide, bottom)
        self.draw.rounded_rectangle(box, radius=high / 5, fill=ink(scaled(colour, 0.85)))
        self.draw.rounded_rectangle((left, bottom - high / 2, left + wide, bottom), radius=high / 8, fill=ink(colour))
        for x in (left - wide * 0.06, left + wide * 0.94):
            self.draw.rounded_rectangle(
                (x, bottom - high * 0.7, x + wide * 0.12, bottom), radius=high / 8, fill=ink(scaled(colour, 0.75))
            )

    def _plant(self) -> None:
        random, x = self.random, self._across()
        green: Colour = (evenly(random, 20, 110), evenly(random, 80, 190), evenly(random, 20, 90))
        top, size = self.ground * evenly(random, 0.4, 0.9), self.width * evenly(random, 0.04, 0.1)
        self._rectangle(x - size / 2, self.ground - size, x + size / 2, self.ground + 8, any_colour(random))
        for _ in range(int(random.integers(5, 16))):
            dx, dy = evenly(random, -1.2, 1.2) * size, evenly(random, 0, 1) * (self.ground - size - top)
            self._disc(x + dx, top + dy, size * 0.35, size * evenly(random, 0.2, 0.6), varied(random, green, 30))

    def _table(self) -> None:
        random, colour = self.random, any_colour(self.random)
        left, wide = self._across(), self.width * evenly(random, 0.2, 0.5)
        top = self.ground - self.height * evenly(random, 0.0, 0.12)
        bottom = top + self.height * evenly(random, 0.12, 0.25)
        for x in (left + 6, left + wide - 14):
            self._rectangle(x, top, x + 8, bottom, scaled(colour, 0.6))
        self._rectangle(left, top, left + wide, top + 12, colour)

    def _curtain(self) -> None:
        random, colour = self.random, any_colour(self.random)
        left, wide = self._across(), self.width * evenly(random, 0.08, 0.3)
        for fold in range(6):
            x = left + wide * fold / 6
            self._rectangle(x, 0, x + wide / 6, self.ground, scaled(colour, 0.75 + 0.25 * (fold % 2)))

    def _pole(self) -> None:
        x, thick = self._across(), evenly(self.random, 4, 24)
        self._rectangle(x, 0, x + thick, self.ground + 20, any_colour(self.random))

    def _outside(self) -> None:
        random = self.random
        if chance(random, 0.7):
            sky: Colour = (evenly(random, 90, 220), evenly(random, 150, 230), evenly(random, 190, 255))
            upper = _blend(random, (self.width, max(1, int(self.ground))), sky, scaled(sky, evenly(random, 0.8, 1.2)))
            self.canvas.paste(upper, (0, 0))
            self.canvas.putalpha(0)
            for _ in range(int(random.integers(0, 6))):
                x, y = self._across(), evenly(random, 0, 0.6) * self.ground
                wide = self.width * evenly(random, 0.05, 0.2)
                self._disc(x, y, wide, wide * 0.25, varied(random, (225, 228, 235), 25))
        for _ in range(int(random.integers(0, 4))):
            x, high = self._across(), self.height * evenly(random, 0.05, 0.3)
            self._disc(x, self.ground, self.width * evenly(random, 0.2, 0.6), high, any_colour(random))
        things = ("house", "tree", "tree", "bush", "fence", "pole")
        for _ in range(int(random.integers(0, 6))):
            getattr(self, f"_{pick(random, things)}")()
        natural: Colour = (evenly(random, 60, 200), evenly(random, 70, 180), evenly(random, 40, 130))
        self._floor(natural)
        for _ in range(int(random.integers(0, 3))):
            getattr(self, f"_{pick(random, ('bush', 'pole', 'fence'))}")()

    def _house(self) -> None:
        random, colour = self.random, surface_colour(self.random)
        left, wide = self._across(), self.width * evenly(random, 0.2, 0.6)
        top, step = self.ground * evenly(random, 0.0, 0.6), evenly(random, 24, 60)
        self._rectangle(left, top, left + wide, self.ground, colour)
        pane = varied(random, scaled(colour, evenly(random, 0.4, 1.3)), 20)
        y = top + step / 3
        while y + step / 2 < self.ground:
            x = left + step / 3
            while x + step / 2 < left + wide:
                self._rectangle(x, y, x + step / 2, y + step / 2, pane)
                x += step
            y += step

    def _tree(self) -> None:
        random, x = self.random, self._across()
        green: Colour = (evenly(random, 30, 150), evenly(random, 80, 170), evenly(random, 20, 80))
        top, size = self.ground * evenly(random, 0.0, 0.5), self.width * evenly(random, 0.05, 0.16)
        self._rectangle(x - size / 7, top, x + size / 7, self.ground + 10, (96, 70, 48))
        for _ in range(int(random.integers(6, 18))):
            dx, dy = evenly(random, -1, 1) * size, evenly(random, -1, 1) * size
            radius = size * evenly(random, 0.3, 0.7)
            self._disc(x + dx, top + dy, radius, radius, varied(random, green, 25))

    def _bush(self) -> None:
        random, x = self.random, self._across()
        green: Colour = (evenly(random, 30, 120), evenly(random, 80, 170), evenly(random, 20, 80))
        size = self.width * evenly(random, 0.03, 0.08)
        for _ in range(int(random.integers(4, 10))):
            dx, dy = evenly(random, -2, 2) * size, evenly(random, -0.5, 0.5) * size
            self._disc(x + dx, self.ground + dy, size, size * 0.8, varied(random, green, 25))

    def _fence(self) -> None:
        colour, top = any_colour(self.random), self.ground - self.height * evenly(self.random, 0.08, 0.25)
        step = evenly(self.random, 12, 60)
        x = 0.0
        while x < self.width:
            self._rectangle(x, top, x + 5, self.ground, colour)
            x += step
        for at in (0.2, 0.7):
            y = top + (self.ground - top) * at
            self._rectangle(0, y, self.width, y + 4, colour)

    def _pattern(self) -> None:
        """Shapes without meaning."""
        random = self.random
        for _ in range(int(random.integers(5, 40))):
            x, y = self._across(), evenly(random, -0.1, 1.0) * self.height
            wide, high = self.width * evenly(random, 0.02, 0.3), self.height * evenly(random, 0.02, 0.3)
            shape, colour = int(random.integers(4)), any_colour(random)
            if shape == 0:
                self._rectangle(x, y, x + wide, y + high, colour)
            elif shape == 1:
                self._disc(x, y, wide / 2, high / 2, colour)
            elif shape == 2:
                corners = [evenly(random, -0.5, 0.5) for _ in range(8)]
                self.draw.polygon(
                    [x + at * wide if index % 2 == 0 else y + at * high for index, at in enumerate(corners)],
                    fill=ink(colour),
                )
            else:
                end = x + evenly(random, -1, 1) * wide, y + evenly(random, -1, 1) * high
                self.draw.line((x, y, *end), fill=ink(colour), width=int(random.integers(2, 24)))

    def _gradient(self) -> None:
        """Nothing but the soft ground, sometimes with a floor."""
        if chance(self.random, 0.5):
            self._floor(surface_colour(self.random))

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
        self.canvas.paste(Image.new("RGBA", mask.size), (left, top), mask)

    def obstacle(self, left: float, top: float, right: float, bottom: float) -> None:
        """Something that hides what is behind it in this box: a desk, a crate, a bush, a pole, a ball."""
        random, colour = self.random, any_colour(self.random)
        shape = weighted(random, {"crate": 0.4, "bush": 0.2, "ball": 0.15, "boards": 0.25})
        fill = ink(colour, IN_FRONT)
        if shape == "crate":
            self.draw.rectangle((left, top, right, bottom), fill=fill)
            edge = max(3.0, (bottom - top) * 0.08)
            self.draw.rectangle((left, top, right, top + edge), fill=ink(scaled(colour, 1.15), IN_FRONT))
            for _ in range(int(random.integers(0, 3))):
                x = evenly(random, left, right)
                self.draw.line((x, top, x, bottom), fill=ink(scaled(colour, 0.7), IN_FRONT), width=3)
        elif shape == "bush":
            size = max(6.0, (bottom - top) / 4)
            for _ in range(14):
                x, y = evenly(random, left, right), evenly(random, top + size / 2, bottom)
                self.draw.ellipse(
                    (x - size, y - size, x + size, y + size), fill=ink(varied(random, (60, 120, 50), 35), IN_FRONT)
                )
        elif shape == "ball":
            self.draw.ellipse((left, top, right, top + right - left), fill=fill)
            light = (left + (right - left) * 0.2, top + (right - left) * 0.1,
                     left + (right - left) * 0.6, top + (right - left) * 0.4)  # fmt: skip
            self.draw.ellipse(light, fill=ink(scaled(colour, 1.2), IN_FRONT))
        else:
            step = max(6.0, (bottom - top) / 3)
            y = top
            while y < bottom:
                self.draw.rectangle((left, y, right, y + step * 0.7), fill=fill)
                y += step
