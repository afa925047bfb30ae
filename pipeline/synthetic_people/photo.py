"""What a cheap camera makes of a scene: exposure, colour cast, blur, noise, vignetting.

Only integer arithmetic touches the pixels, so that every machine makes the same ones.
"""

from __future__ import annotations

import numpy
from PIL import Image, ImageChops, ImageFilter, ImageOps

from pipeline.synthetic_people.pose import between, chance, evenly


def _developed(random: numpy.random.Generator, image: Image.Image) -> Image.Image:
    """Exposure, contrast and colour cast, as one table for each channel."""
    gain, lift = between(random, 0.55, 1.35), evenly(random, -12, 18)
    gamma = between(random, 0.7, 1.4)
    strength = 0.06 if chance(random, 0.7) else 0.22
    table: list[int] = []
    for _ in range(3):
        channel = gain * (1 + evenly(random, -strength, strength))
        table += [
            int(min(255.0, max(0.0, 255 * (value / 255) ** gamma * channel + lift)) + 0.5) for value in range(256)
        ]
    return image.point(table)


def _unevenly_lit(random: numpy.random.Generator, image: Image.Image) -> Image.Image:
    """Darker towards some of its corners."""
    corners = Image.fromarray(random.integers(110, 255, (2, 2), dtype=numpy.uint8, endpoint=True))
    light = corners.resize(image.size, Image.Resampling.BICUBIC)
    return ImageChops.multiply(image, Image.merge("RGB", (light,) * 3))


def _blurred(random: numpy.random.Generator, image: Image.Image) -> Image.Image:
    """Out of focus, or taken with fewer pixels."""
    if chance(random, 0.5):
        return image.filter(ImageFilter.GaussianBlur(evenly(random, 0.3, 1.3)))
    width, height = image.size
    share = evenly(random, 0.5, 0.9)
    small = image.resize((int(width * share), int(height * share)), Image.Resampling.BILINEAR)
    return small.resize((width, height), Image.Resampling.BILINEAR)


def _noisy(random: numpy.random.Generator, image: Image.Image) -> Image.Image:
    """Noise of a sensor: the sum of two even distributions, in each channel or the same in all."""
    amplitude = int(random.integers(2, 22))
    width, height = image.size
    channels = 1 if chance(random, 0.3) else 3
    noise = random.integers(0, amplitude, (height, width, channels), dtype=numpy.uint8, endpoint=True)
    noise = noise + random.integers(0, amplitude, (height, width, channels), dtype=numpy.uint8, endpoint=True)
    pixels = numpy.asarray(image).astype(numpy.int16) + noise - amplitude
    return Image.fromarray(numpy.clip(pixels, 0, 255).astype(numpy.uint8))


def photograph(random: numpy.random.Generator, image: Image.Image) -> Image.Image:
    """The picture as a camera might have taken it."""
    if chance(random, 0.5):
        image = _unevenly_lit(random, image)
    if chance(random, 0.9):
        image = _developed(random, image)
    if chance(random, 0.05):
        image = ImageOps.grayscale(image).convert("RGB")
    if chance(random, 0.4):
        image = _blurred(random, image)
    if chance(random, 0.6):
        image = _noisy(random, image)
    return image
