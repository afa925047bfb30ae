"""The outputs of a YOLOv8 head as a firmware wants them: their names and shapes, for any image size.

An output is (1, anchors, channels), (1, channels, anchors) where `channels_first`, or (1, side, side, channels) where
it is a `feature_map`. Its anchors are the cells of one grid, or of all three; its channels may depend on how many
keypoints, say, or classes a network has.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

STRIDES = (8, 16, 32)
"""Pixels a cell, of the three grids of a YOLOv8 network; an input's side is a multiple of the last."""
BOX_BINS = 16
"""A side of a box is the expectation over so many bins, in cells (Ultralytics' DFL, `reg_max`)."""
BOX_VALUES = 4
"""cx, cy, w, h."""
BOX_CHANNELS = BOX_VALUES * BOX_BINS
"""Before they are decoded: four sides of sixteen bins each (el_algorithm_yolo_pose.cpp)."""


@dataclass(frozen=True, kw_only=True)
class Channels:
    """So many as `fixed`, and `each` more for everything that a network may have any number of (a keypoint, say)."""

    fixed: int
    each: int = 0

    def count(self, channels: int) -> int | None:
        """How many of these things so many channels hold, 0 where there are none; None where the number is wrong."""
        if not self.each:
            return 0 if channels == self.fixed else None
        more = channels - self.fixed
        return more // self.each if more > 0 and more % self.each == 0 else None


@dataclass(frozen=True, kw_only=True)
class Output:
    """One output tensor; `stride` names its grid, None stands for all three, the finest first."""

    name: str
    channels: Channels
    stride: int | None = None
    channels_first: bool = False
    feature_map: bool = False

    @property
    def rank(self) -> int:
        """How many dimensions it has."""
        return 4 if self.feature_map else 3

    def anchors(self, image_size: int) -> int:
        """How many cells there are for an input of so many pixels a side."""
        strides = STRIDES if self.stride is None else (self.stride,)
        return sum((image_size // stride) ** 2 for stride in strides)

    def count(self, shape: Sequence[int], image_size: int) -> int | None:
        """What `Channels.count` says of a tensor of this shape; None where it cannot be this output."""
        if len(shape) != self.rank or shape[0] != 1:
            return None
        if self.feature_map:
            side = image_size // (self.stride or STRIDES[0])
            return self.channels.count(shape[3]) if tuple(shape[1:3]) == (side, side) else None
        anchors, channels = (shape[2], shape[1]) if self.channels_first else (shape[1], shape[2])
        return self.channels.count(channels) if anchors == self.anchors(image_size) else None


@dataclass(frozen=True, kw_only=True)
class Head:
    """All outputs of a head, in the order in which edgecask writes them; `title` says in words what it is."""

    title: str
    outputs: tuple[Output, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the outputs."""
        return tuple(output.name for output in self.outputs)

    def output_of(self, shape: Sequence[int], image_size: int) -> Output | None:
        """The output that a tensor of this shape is, as firmwares tell them apart; None where it is none."""
        return next((output for output in self.outputs if output.count(shape, image_size) is not None), None)

    def counts(self, shapes: Sequence[Sequence[int]], image_size: int) -> list[int]:
        """How many things each tensor says the network has, where it is an output that says so."""
        found = [(self.output_of(shape, image_size), shape) for shape in shapes]
        counted = [output.count(shape, image_size) for output, shape in found if output and output.channels.each]
        return [count for count in counted if count is not None]
