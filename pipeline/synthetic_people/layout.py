"""Who is in a picture, where they stand and how the camera sees them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy

from pipeline.synthetic_people.clothes import any_colour, sample_outfit
from pipeline.synthetic_people.mesh import Mesh, build_mesh, stool
from pipeline.synthetic_people.pose import (
    Body,
    Skeleton,
    between,
    chance,
    evenly,
    place,
    rotation,
    sample_body,
    sample_pose,
    weighted,
)
from pipeline.synthetic_people.tube import PARTS


@dataclass(frozen=True, kw_only=True)
class Camera:
    """Where a person stands before the camera.

    `distance` in statures, `focal` in pixels, `turn` the camera's pitch and roll; (`x`, `y`) is the pixel that shows
    the point at half the stature.
    """

    distance: float
    focal: float
    turn: numpy.ndarray
    x: float = 0.0
    y: float = 0.0

    def view(self, points: numpy.ndarray) -> numpy.ndarray:
        """Points (…, 3) in the camera's axes."""
        return numpy.asarray((points - numpy.array([0.0, 0.5, 0.0])) @ self.turn.T)

    def project(self, viewed: numpy.ndarray) -> numpy.ndarray:
        """Viewed points (…, 3) in pixels (…, 2)."""
        factor = self.focal / numpy.maximum(self.distance - viewed[..., 2], 0.05)
        return numpy.stack([self.x + viewed[..., 0] * factor, self.y - viewed[..., 1] * factor], axis=-1)


@dataclass(kw_only=True)
class Person:
    """A body in its place."""

    body: Body
    skeleton: Skeleton
    mesh: Mesh
    camera: Camera
    stature: float = 0.0
    drawn: int = 0

    def place(self, *, stature: float, x: float, foot: float) -> None:
        """Put the person where its stature takes so many pixels, its feet at this height, its middle at `x`."""
        self.stature = stature
        self.camera = Camera(distance=self.camera.distance, focal=stature * self.camera.distance, turn=self.camera.turn)
        base = self.camera.project(self.camera.view(numpy.array([[0.0, 0.0, 0.0]])))[0]
        left, _, right, _ = self.extent()
        self.camera = Camera(
            distance=self.camera.distance, focal=self.camera.focal, turn=self.camera.turn,
            x=x - (left + right) / 2, y=foot - float(base[1]),
        )  # fmt: skip

    def extent(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of the whole body, in pixels of the canvas, also beyond its edges."""
        own = self.mesh.corners[self.mesh.parts != PARTS.index("thing")]
        points = self.camera.project(self.camera.view(own.reshape(-1, 3)))
        (left, top), (right, bottom) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
        return left, top, right, bottom


def sample_person(random: numpy.random.Generator, *, close: bool, facing: float) -> Person:
    """Somebody in some pose, seen from somewhere; a share `facing` looks roughly at the camera."""
    body, pose, outfit = sample_body(random), sample_pose(random), sample_outfit(random)
    away = 1 - facing
    view = weighted(random, {"front": facing, "back": away * 4 / 9, "any": away * 5 / 9})
    towards = between(random, -50, 50) + (180 if view == "back" else 0)
    yaw = evenly(random, -180, 180) if view == "any" else towards
    skeleton = place(body, pose, yaw)
    things = stool(skeleton, body, any_colour(random), back=chance(random, 0.5)) if pose.kind == "sitting" else []
    camera = Camera(
        distance=evenly(random, 1.6, 3.0) if close else evenly(random, 2.2, 6.0),
        focal=1.0,
        turn=rotation(2, between(random, -7, 7)) @ rotation(0, between(random, -10, 24)),
    )
    return Person(body=body, skeleton=skeleton, mesh=build_mesh(skeleton, body, outfit, things), camera=camera)


def _overlap(first: tuple[float, ...], second: tuple[float, ...]) -> float:
    """How much of the smaller box the other one covers."""
    wide = min(first[2], second[2]) - max(first[0], second[0])
    high = min(first[3], second[3]) - max(first[1], second[1])
    smaller = min((box[2] - box[0]) * (box[3] - box[1]) for box in (first, second))
    return max(0.0, wide) * max(0.0, high) / max(smaller, 1.0)


def arrange(random: numpy.random.Generator, width: int, height: int, *, facing: float) -> tuple[list[Person], float]:
    """People in a canvas of this size, the farthest first, and where the floor begins."""
    close = chance(random, 0.15)
    main = sample_person(random, close=close, facing=facing)
    main.place(stature=1.0, x=0.0, foot=0.0)
    left, top, right, bottom = main.extent()
    if close:
        # From the knees or the waist up: the head is in the picture, the feet are not.
        size = evenly(random, 1.05, 2.1) * height / (bottom - top)
        size = min(size, 1.1 * width / (right - left))
        head = evenly(random, 0.02, 0.22) * height
        foot = head - top * size
    else:
        size = evenly(random, 0.5, 0.97) * height / (bottom - top)
        size = min(size, 0.98 * width / (right - left))
        slack = height - (bottom - top) * size
        foot = evenly(random, -0.03, 1.0) * slack - top * size
    half = (right - left) * size / 2
    x = evenly(random, 0.6 * half, width - 0.6 * half) if width > 1.2 * half else width / 2
    main.place(stature=size, x=x, foot=foot)
    eye = evenly(random, 0.45, 1.1)  # height of the camera in statures
    horizon = foot - eye * size
    people = [main]
    for _ in range(int(weighted(random, {"0": 0.60, "1": 0.25, "2": 0.10, "3": 0.05}))):
        other = sample_person(random, close=False, facing=facing)
        for _ in range(6):
            stature = size * evenly(random, 0.45, 0.95) if close else size * evenly(random, 0.7, 1.1)
            other.place(stature=stature, x=evenly(random, 0.05, 0.95) * width, foot=horizon + eye * stature)
            extent = other.extent()
            high = min(extent[3], height) - max(extent[1], 0)
            wide = min(extent[2], width) - max(extent[0], 0)
            inside = max(0.0, wide) * max(0.0, high) / ((extent[2] - extent[0]) * (extent[3] - extent[1]))
            if (
                inside > 0.45
                and high > 0.38 * height
                and all(_overlap(extent, someone.extent()) < 0.35 for someone in people)
            ):
                people.append(other)
                break
    people.sort(key=lambda person: person.stature)
    return people, foot - (foot - horizon) * evenly(random, 0.12, 0.6)
