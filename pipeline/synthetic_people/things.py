"""Furniture, plants and houses behind people, and what stands before them. Each is put somewhere at random."""

from __future__ import annotations

from pipeline.synthetic_people.canvas import IN_FRONT, Canvas, ink, surface_colour
from pipeline.synthetic_people.clothes import Colour, any_colour, scaled, varied
from pipeline.synthetic_people.pose import chance, evenly, weighted


def shelf(canvas: Canvas) -> None:
    """Boards with books."""
    random, wood = canvas.random, any_colour(canvas.random)
    left, wide = canvas.across(), canvas.width * evenly(random, 0.15, 0.5)
    top, boards = canvas.ground * evenly(random, 0.0, 0.5), int(random.integers(2, 5))
    gap = (canvas.ground - top) / boards * evenly(random, 0.5, 1.0)
    canvas.rectangle(left, top, left + wide, top + gap * boards, scaled(wood, 0.6))
    for board in range(boards):
        y, x = top + gap * (board + 1), left + 4
        while x < left + wide - 12:
            thick = evenly(random, 6, 22)
            if chance(random, 0.8):
                canvas.rectangle(x, y - gap * evenly(random, 0.4, 0.9), x + thick, y, any_colour(random))
            x += thick + 1
        canvas.rectangle(left, y - 4, left + wide, y, wood)


def window(canvas: Canvas) -> None:
    """Two panes in a frame."""
    random, frame = canvas.random, any_colour(canvas.random)
    left, wide = canvas.across(), canvas.width * evenly(random, 0.12, 0.4)
    top, high = canvas.ground * evenly(random, 0.0, 0.3), canvas.ground * evenly(random, 0.3, 0.6)
    light = scaled((255, 255, 255), evenly(random, 0.6, 1.0))
    canvas.rectangle(left, top, left + wide, top + high, frame)
    edge = 6
    for column in range(2):
        x = left + edge + column * wide / 2
        canvas.rectangle(x, top + edge, x + wide / 2 - 2 * edge, top + high - edge, varied(random, light, 30))


def painting(canvas: Canvas) -> None:
    """A frame with a disc in it."""
    random = canvas.random
    left, top = canvas.across(), canvas.ground * evenly(random, 0.05, 0.5)
    wide, high = canvas.width * evenly(random, 0.06, 0.25), canvas.height * evenly(random, 0.06, 0.25)
    canvas.rectangle(left, top, left + wide, top + high, any_colour(random))
    canvas.rectangle(left + 5, top + 5, left + wide - 5, top + high - 5, any_colour(random))
    canvas.disc(left + wide / 2, top + high / 2, wide / 4, high / 4, any_colour(random))


def door(canvas: Canvas) -> None:
    """A door with a knob."""
    colour, left = any_colour(canvas.random), canvas.across()
    wide, top = canvas.width * evenly(canvas.random, 0.15, 0.25), canvas.ground * evenly(canvas.random, 0.0, 0.35)
    canvas.rectangle(left, top, left + wide, canvas.ground, scaled(colour, 0.8))
    canvas.rectangle(left + 6, top + 6, left + wide - 6, canvas.ground, colour)
    canvas.disc(left + wide - 14, (top + canvas.ground) / 2, 4, 4, (220, 200, 120))


def cupboard(canvas: Canvas) -> None:
    """Drawers."""
    colour, left = any_colour(canvas.random), canvas.across()
    wide, top = canvas.width * evenly(canvas.random, 0.15, 0.4), canvas.ground * evenly(canvas.random, 0.5, 0.85)
    bottom = canvas.ground + canvas.height * evenly(canvas.random, 0.0, 0.08)
    canvas.rectangle(left, top, left + wide, bottom, colour)
    for at in (0.33, 0.66):
        y = top + (bottom - top) * at
        canvas.draw.line((left, y, left + wide, y), fill=ink(scaled(colour, 0.6)), width=3)
        canvas.disc(left + wide / 2, y - 10, 4, 3, scaled(colour, 0.5))


def lamp(canvas: Canvas) -> None:
    """A standing lamp."""
    x, colour = canvas.across(), any_colour(canvas.random)
    top = canvas.ground * evenly(canvas.random, 0.2, 0.7)
    canvas.rectangle(x - 3, top, x + 3, canvas.ground + 10, scaled(colour, 0.4))
    wide = canvas.width * evenly(canvas.random, 0.02, 0.06)
    canvas.draw.polygon(
        (x - wide / 2, top - wide, x + wide / 2, top - wide, x + wide, top + wide, x - wide, top + wide),
        fill=ink((250, 240, 190) if chance(canvas.random, 0.5) else colour),
    )


def sofa(canvas: Canvas) -> None:
    """A back, a seat, two arms."""
    random, colour = canvas.random, any_colour(canvas.random)
    left, wide = canvas.across(), canvas.width * evenly(random, 0.3, 0.6)
    bottom, high = canvas.ground + canvas.height * evenly(random, 0.0, 0.12), canvas.height * evenly(random, 0.15, 0.3)
    box = (left, bottom - high, left + wide, bottom)
    canvas.draw.rounded_rectangle(box, radius=high / 5, fill=ink(scaled(colour, 0.85)))
    canvas.draw.rounded_rectangle((left, bottom - high / 2, left + wide, bottom), radius=high / 8, fill=ink(colour))
    for x in (left - wide * 0.06, left + wide * 0.94):
        canvas.draw.rounded_rectangle(
            (x, bottom - high * 0.7, x + wide * 0.12, bottom), radius=high / 8, fill=ink(scaled(colour, 0.75))
        )


def plant(canvas: Canvas) -> None:
    """Leaves over a pot."""
    random, x = canvas.random, canvas.across()
    green: Colour = (evenly(random, 20, 110), evenly(random, 80, 190), evenly(random, 20, 90))
    top, size = canvas.ground * evenly(random, 0.4, 0.9), canvas.width * evenly(random, 0.04, 0.1)
    canvas.rectangle(x - size / 2, canvas.ground - size, x + size / 2, canvas.ground + 8, any_colour(random))
    for _ in range(int(random.integers(5, 16))):
        dx, dy = evenly(random, -1.2, 1.2) * size, evenly(random, 0, 1) * (canvas.ground - size - top)
        canvas.disc(x + dx, top + dy, size * 0.35, size * evenly(random, 0.2, 0.6), varied(random, green, 30))


def table(canvas: Canvas) -> None:
    """A board on two legs."""
    random, colour = canvas.random, any_colour(canvas.random)
    left, wide = canvas.across(), canvas.width * evenly(random, 0.2, 0.5)
    top = canvas.ground - canvas.height * evenly(random, 0.0, 0.12)
    bottom = top + canvas.height * evenly(random, 0.12, 0.25)
    for x in (left + 6, left + wide - 14):
        canvas.rectangle(x, top, x + 8, bottom, scaled(colour, 0.6))
    canvas.rectangle(left, top, left + wide, top + 12, colour)


def curtain(canvas: Canvas) -> None:
    """Six folds."""
    random, colour = canvas.random, any_colour(canvas.random)
    left, wide = canvas.across(), canvas.width * evenly(random, 0.08, 0.3)
    for fold in range(6):
        x = left + wide * fold / 6
        canvas.rectangle(x, 0, x + wide / 6, canvas.ground, scaled(colour, 0.75 + 0.25 * (fold % 2)))


def pole(canvas: Canvas) -> None:
    """From the ceiling to the floor."""
    x, thick = canvas.across(), evenly(canvas.random, 4, 24)
    canvas.rectangle(x, 0, x + thick, canvas.ground + 20, any_colour(canvas.random))


def house(canvas: Canvas) -> None:
    """A wall of windows."""
    random, colour = canvas.random, surface_colour(canvas.random)
    left, wide = canvas.across(), canvas.width * evenly(random, 0.2, 0.6)
    top, step = canvas.ground * evenly(random, 0.0, 0.6), evenly(random, 24, 60)
    canvas.rectangle(left, top, left + wide, canvas.ground, colour)
    pane = varied(random, scaled(colour, evenly(random, 0.4, 1.3)), 20)
    y = top + step / 3
    while y + step / 2 < canvas.ground:
        x = left + step / 3
        while x + step / 2 < left + wide:
            canvas.rectangle(x, y, x + step / 2, y + step / 2, pane)
            x += step
        y += step


def tree(canvas: Canvas) -> None:
    """A trunk under a crown."""
    random, x = canvas.random, canvas.across()
    green: Colour = (evenly(random, 30, 150), evenly(random, 80, 170), evenly(random, 20, 80))
    top, size = canvas.ground * evenly(random, 0.0, 0.5), canvas.width * evenly(random, 0.05, 0.16)
    canvas.rectangle(x - size / 7, top, x + size / 7, canvas.ground + 10, (96, 70, 48))
    for _ in range(int(random.integers(6, 18))):
        dx, dy = evenly(random, -1, 1) * size, evenly(random, -1, 1) * size
        radius = size * evenly(random, 0.3, 0.7)
        canvas.disc(x + dx, top + dy, radius, radius, varied(random, green, 25))


def bush(canvas: Canvas) -> None:
    """Leaves on the ground."""
    random, x = canvas.random, canvas.across()
    green: Colour = (evenly(random, 30, 120), evenly(random, 80, 170), evenly(random, 20, 80))
    size = canvas.width * evenly(random, 0.03, 0.08)
    for _ in range(int(random.integers(4, 10))):
        dx, dy = evenly(random, -2, 2) * size, evenly(random, -0.5, 0.5) * size
        canvas.disc(x + dx, canvas.ground + dy, size, size * 0.8, varied(random, green, 25))


def fence(canvas: Canvas) -> None:
    """Posts and two rails."""
    colour, top = any_colour(canvas.random), canvas.ground - canvas.height * evenly(canvas.random, 0.08, 0.25)
    step = evenly(canvas.random, 12, 60)
    x = 0.0
    while x < canvas.width:
        canvas.rectangle(x, top, x + 5, canvas.ground, colour)
        x += step
    for at in (0.2, 0.7):
        y = top + (canvas.ground - top) * at
        canvas.rectangle(0, y, canvas.width, y + 4, colour)


FURNITURE = (shelf, window, painting, door, lamp, sofa, plant, cupboard, table, curtain, pole)
LANDSCAPE = (house, tree, tree, bush, fence, pole)
FOREGROUND = (bush, pole, fence)


def obstacle(canvas: Canvas, left: float, top: float, right: float, bottom: float) -> None:
    """Something that hides what is behind it in this box: a desk, a crate, a bush, a pole, a ball."""
    random, colour = canvas.random, any_colour(canvas.random)
    shape = weighted(random, {"crate": 0.4, "bush": 0.2, "ball": 0.15, "boards": 0.25})
    fill = ink(colour, IN_FRONT)
    if shape == "crate":
        canvas.draw.rectangle((left, top, right, bottom), fill=fill)
        edge = max(3.0, (bottom - top) * 0.08)
        canvas.draw.rectangle((left, top, right, top + edge), fill=ink(scaled(colour, 1.15), IN_FRONT))
        for _ in range(int(random.integers(0, 3))):
            x = evenly(random, left, right)
            canvas.draw.line((x, top, x, bottom), fill=ink(scaled(colour, 0.7), IN_FRONT), width=3)
    elif shape == "bush":
        size = max(6.0, (bottom - top) / 4)
        for _ in range(14):
            x, y = evenly(random, left, right), evenly(random, top + size / 2, bottom)
            canvas.draw.ellipse(
                (x - size, y - size, x + size, y + size), fill=ink(varied(random, (60, 120, 50), 35), IN_FRONT)
            )
    elif shape == "ball":
        canvas.draw.ellipse((left, top, right, top + right - left), fill=fill)
        light = (left + (right - left) * 0.2, top + (right - left) * 0.1,
                 left + (right - left) * 0.6, top + (right - left) * 0.4)  # fmt: skip
        canvas.draw.ellipse(light, fill=ink(scaled(colour, 1.2), IN_FRONT))
    else:
        step = max(6.0, (bottom - top) / 3)
        y = top
        while y < bottom:
            canvas.draw.rectangle((left, y, right, y + step * 0.7), fill=fill)
            y += step
