"""Pictures of eight rectangles in random colours, for networks of random weights."""

import numpy
from PIL import Image


def rectangles(numbers: numpy.random.Generator, side: int, *, inset: int, sides: tuple[int, int]) -> Image.Image:
    """A square picture: corners are `inset` away from right and bottom at least, and `sides` long (first, end)."""
    pixels = numpy.full((side, side, 3), numbers.integers(0, 256, 3), numpy.uint8)
    for _ in range(8):
        left, top = numbers.integers(0, side - inset, 2)
        width, height = numbers.integers(*sides, 2)
        pixels[top : top + height, left : left + width] = numbers.integers(0, 256, 3)
    return Image.fromarray(pixels)
