"""Of what a board's camera sees, the images that differ from each other."""

from __future__ import annotations

from collections.abc import Generator, Iterator

from edgecask.firmware.board.frames import Frame
from edgecask.firmware.board.jpeg_brightness import block_brightness

NEAR = 4.0
"""Levels of 255 that the blocks of two images differ by in the mean: noise and JPEG make less, a step to the side
more."""


def different_images(frames: Iterator[Frame]) -> Generator[Frame | None]:
    """Each frame whose image can be read and is like no earlier one; None for every other."""
    kept: list[list[float]] = []
    for frame in frames:
        try:
            if frame.image is None:
                raise ValueError("no picture")
            blocks = [value for row in block_brightness(frame.image) for value in row]
        except ValueError:
            blocks = []
        if not blocks or any(_near(blocks, other) for other in kept):
            yield None
            continue
        kept.append(blocks)
        yield frame


def _near(blocks: list[float], other: list[float]) -> bool:
    """Whether two images look the same, but for what all of one is brighter by."""
    if len(blocks) != len(other):
        return False
    shift = (sum(blocks) - sum(other)) / len(blocks)
    return sum(abs(one - two - shift) for one, two in zip(blocks, other, strict=True)) / len(blocks) < NEAR
