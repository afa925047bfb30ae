"""One picture with people whose keypoints are known exactly.

Everything is drawn at twice the size. The alpha channel of the canvas carries the identity of what a pixel shows, so
that visibility is what was really drawn: 2 where the keypoint's own part of the body is seen, 1 where something is in
front of it, 0 where it lies outside the picture or where a whole limb is hidden by something else than the person.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy
from people_backdrop import IN_FRONT, Backdrop
from people_clothes import any_colour, sample_outfit
from people_head import face_points
from people_mesh import Mesh, build_mesh, stool
from people_pose import (
    Body,
    Skeleton,
    between,
    chance,
    evenly,
    pick,
    place,
    rotation,
    sample_body,
    sample_pose,
    weighted,
)
from people_tube import PARTS
from PIL import Image

SCALE = 2
"""How much larger than the picture everything is drawn."""
IDENTITIES = 30
"""Person number n has the identities 1 + n · IDENTITIES + part."""
KEYPOINTS = (
    "nose", "left_eye", "right_eye", "left_ear", "right_ear", "left_shoulder", "right_shoulder", "left_elbow",
    "right_elbow", "left_wrist", "right_wrist", "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle",
    "right_ankle",
)  # fmt: skip
"""COCO's keypoints in COCO's order."""
BONES = ((0, 1), (0, 2), (1, 3), (2, 4), (5, 6), (5, 7), (7, 9), (6, 8), (8, 10), (5, 11), (6, 12), (11, 12), (11, 13),
         (13, 15), (12, 14), (14, 16), (0, 5), (0, 6))  # fmt: skip
NEIGHBOURS = {index: tuple(a + b - index for a, b in BONES if index in (a, b)) for index in range(len(KEYPOINTS))}
# The parts that a keypoint belongs to: where one of these is drawn at its place, it is seen.
OWN_PARTS = {
    "nose": ("head",), "eye": ("head",), "ear": ("head", "hair"), "shoulder": ("torso", "upper_arm"),
    "elbow": ("upper_arm", "forearm"), "wrist": ("forearm", "hand"), "hip": ("torso", "thigh", "skirt"),
    "knee": ("thigh", "shank", "skirt"), "ankle": ("shank", "foot"),
}  # fmt: skip
LEAST_VISIBLE_KEYPOINTS = 4
LEAST_VISIBLE_SHARE = 0.3


@dataclass(frozen=True, kw_only=True)
class Labelled:
    """A person as labelled: box (left, top, right, bottom) and keypoints (17, 3), in pixels of the picture."""

    box: tuple[float, float, float, float]
    keypoints: numpy.ndarray


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


def sample_person(random: numpy.random.Generator, *, close: bool) -> Person:
    """Somebody in some pose, seen from somewhere."""
    body, pose, outfit = sample_body(random), sample_pose(random), sample_outfit(random)
    facing = weighted(random, {"front": 0.5, "back": 0.15, "any": 0.35})
    towards = between(random, -50, 50) + (180 if facing == "back" else 0)
    yaw = evenly(random, -180, 180) if facing == "any" else towards
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


def arrange(random: numpy.random.Generator, width: int, height: int) -> tuple[list[Person], float, float]:
    """People in a canvas of this size, the farthest first; the horizon and where the floor begins."""
    close = chance(random, 0.22)
    main = sample_person(random, close=close)
    main.place(stature=1.0, x=0.0, foot=0.0)
    left, top, right, bottom = main.extent()
    if close:
        # From the knees or the waist up: the head is in the picture, the feet are not.
        size = evenly(random, 1.05, 2.1) * height / (bottom - top)
        size = min(size, 1.1 * width / (right - left))
        head = evenly(random, 0.02, 0.22) * height
        foot = head - top * size
    else:
        size = evenly(random, 0.42, 0.97) * height / (bottom - top)
        size = min(size, 0.98 * width / (right - left))
        slack = height - (bottom - top) * size
        foot = evenly(random, -0.03, 1.0) * slack - top * size
    half = (right - left) * size / 2
    x = evenly(random, 0.6 * half, width - 0.6 * half) if width > 1.2 * half else width / 2
    main.place(stature=size, x=x, foot=foot)
    eye = evenly(random, 0.45, 1.1)  # height of the camera in statures
    horizon = foot - eye * size
    people = [main]
    for _ in range(int(weighted(random, {"0": 0.52, "1": 0.27, "2": 0.13, "3": 0.08}))):
        other = sample_person(random, close=False)
        for _ in range(6):
            stature = size * evenly(random, 0.45, 0.95) if close else size * evenly(random, 0.6, 1.12)
            other.place(stature=stature, x=evenly(random, 0.05, 0.95) * width, foot=horizon + eye * stature)
            extent = other.extent()
            high = min(extent[3], height) - max(extent[1], 0)
            wide = min(extent[2], width) - max(extent[0], 0)
            inside = max(0.0, wide) * max(0.0, high) / ((extent[2] - extent[0]) * (extent[3] - extent[1]))
            if (
                inside > 0.45
                and high > 0.28 * height
                and all(_overlap(extent, someone.extent()) < 0.35 for someone in people)
            ):
                people.append(other)
                break
    people.sort(key=lambda person: person.stature)
    return people, horizon, foot - (foot - horizon) * evenly(random, 0.12, 0.6)


def draw_person(backdrop: Backdrop, person: Person, number: int, light: numpy.ndarray, ambient: float) -> None:
    """Draw the faces that look at the camera, the farthest first; colours follow the light's direction (3,)."""
    mesh, camera = person.mesh, person.camera
    viewed = camera.view(mesh.corners)
    pixels = camera.project(viewed)
    diagonals = pixels[:, 2] - pixels[:, 0], pixels[:, 3] - pixels[:, 1]
    area = diagonals[0][:, 0] * diagonals[1][:, 1] - diagonals[0][:, 1] * diagonals[1][:, 0]
    away = numpy.linalg.norm(viewed.mean(axis=1) - numpy.array([0.0, 0.0, camera.distance]), axis=1)
    counts = numpy.bincount(mesh.groups)
    group_away = numpy.bincount(mesh.groups, weights=away) / counts - mesh.group_nearer
    order = numpy.lexsort((mesh.nearer - away, -group_away[mesh.groups]))
    shown = order[area[order] < 0]
    normals = numpy.cross(viewed[:, 2] - viewed[:, 0], viewed[:, 3] - viewed[:, 1])
    normals /= numpy.maximum(numpy.linalg.norm(normals, axis=1, keepdims=True), 1e-9)
    shade = ambient + (1 - ambient) * numpy.clip(normals @ light * 0.6 + 0.4, 0, 1) * 1.25
    identities = numpy.where(mesh.parts == PARTS.index("thing"), IN_FRONT, 1 + number * IDENTITIES + mesh.parts)
    fills = numpy.concatenate(
        [numpy.clip(mesh.colours * shade[:, None], 0, 255).astype(int), identities[:, None]], axis=1
    )[shown].tolist()
    for corners, fill in zip(pixels[shown].reshape(-1, 8).tolist(), fills, strict=True):
        backdrop.draw.polygon(corners, fill=tuple(fill))


def _keypoints(person: Person) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Pixels (17, 2) of the canvas, and whether each faces the camera or lies on its near side (17,)."""
    skeleton, camera = person.skeleton, person.camera
    surface = face_points(skeleton, person.body)
    points = numpy.stack([surface[name][0] if name in surface else skeleton.points[name] for name in KEYPOINTS])
    viewed = camera.view(points)
    centre = camera.view(numpy.stack([skeleton.points["chest"], skeleton.points["pelvis"]]))
    near = numpy.ones(len(KEYPOINTS), bool)
    eye = numpy.array([0.0, 0.0, camera.distance])
    for index, name in enumerate(KEYPOINTS):
        if name in surface:
            direction = surface[name][1] @ camera.turn.T
            near[index] = direction @ (eye - viewed[index]) > 0
        elif name.endswith(("_shoulder", "_hip")):
            # Inside the body: seen where it is not on the far side of the trunk.
            behind = centre[0 if name.endswith("shoulder") else 1, 2] - viewed[index, 2]
            near[index] = behind < 0.05
    return camera.project(viewed), near


def label(canvas: numpy.ndarray, person: Person, number: int) -> Labelled | None:
    """What is seen of a person, from the identities (H, W) of the canvas; None where that is too little."""
    low = 1 + number * IDENTITIES
    mine = (canvas >= low) & (canvas < low + IDENTITIES)
    columns, rows = numpy.flatnonzero(mine.any(axis=0)), numpy.flatnonzero(mine.any(axis=1))
    if int(mine.sum()) < LEAST_VISIBLE_SHARE * person.drawn or columns.size < 16 or rows.size < 16:
        return None
    pixels, near = _keypoints(person)
    height, width = canvas.shape
    visibility = numpy.zeros(len(KEYPOINTS))
    foreign = numpy.zeros(len(KEYPOINTS), bool)
    for index, (name, (x, y)) in enumerate(zip(KEYPOINTS, pixels.tolist(), strict=True)):
        if not (0 <= x < width and 0 <= y < height):
            continue
        identity = int(canvas[int(y), int(x)])
        own = low <= identity < low + IDENTITIES
        side, _, joint = name.rpartition("_")
        parts = {part if part in PARTS else f"{side}_{part}" for part in OWN_PARTS[joint]}
        seen = own and PARTS[identity - low] in parts and near[index]
        visibility[index] = 2 if seen else 1
        foreign[index] = not own
    for index in range(len(KEYPOINTS)):
        # Nobody could say where the end of a limb is that something else hides altogether.
        if foreign[index] and not any(visibility[other] == 2 for other in NEIGHBOURS[index]):
            visibility[index] = 0
    if int((visibility == 2).sum()) < LEAST_VISIBLE_KEYPOINTS:
        return None
    box = (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)
    return Labelled(
        box=(box[0] / SCALE, box[1] / SCALE, box[2] / SCALE, box[3] / SCALE),
        keypoints=numpy.concatenate([pixels / SCALE, visibility[:, None]], axis=1) * (visibility[:, None] > 0),
    )


def _obstacles(
    random: numpy.random.Generator, people: list[Person], width: int, height: int
) -> list[tuple[float, float, float, float]]:
    """Boxes in front of people: before the legs of one of them, or anywhere along the lower edge."""
    boxes = []
    if people and chance(random, 0.16):
        left, top, right, bottom = pick(random, people).extent()
        line = top + (bottom - top) * evenly(random, 0.55, 0.9)
        middle, half = evenly(random, left, right), (right - left) * evenly(random, 0.25, 1.0)
        boxes.append((middle - half, line, middle + half, bottom + evenly(random, 0, 0.1) * height))
    if chance(random, 0.10):
        left, top = evenly(random, -0.2, 1.0) * width, evenly(random, 0.75, 0.95) * height
        boxes.append((left, top, left + evenly(random, 0.1, 0.5) * width, height + 2.0))
    if chance(random, 0.05):
        left = evenly(random, 0.0, 1.0) * width
        boxes.append((left, -2.0, left + evenly(random, 0.01, 0.05) * width, height + 2.0))
    return boxes


def draw_scene(random: numpy.random.Generator, width: int, height: int) -> tuple[Image.Image, list[Labelled]]:
    """A picture of this size and everybody in it, the nearest last; not all pictures have people."""
    canvas_width, canvas_height = width * SCALE, height * SCALE
    people, horizon, ground = arrange(random, canvas_width, canvas_height)
    if chance(random, 0.05):
        people = []
    backdrop_seed, light_seed, obstacle_seed = (int(random.integers(1 << 62)) for _ in range(3))
    while True:
        backdrop = Backdrop(numpy.random.default_rng(backdrop_seed), (canvas_width, canvas_height), horizon, ground)
        lighting = numpy.random.default_rng(light_seed)
        angle, up = evenly(lighting, -math.pi, math.pi), evenly(lighting, 0.15, 0.9)
        flat = math.sqrt(1 - up * up)
        light = numpy.array([flat * math.sin(angle), up, flat * abs(math.cos(angle))])
        ambient = evenly(lighting, 0.35, 0.8)
        for person in people:
            left, _, right, _ = person.extent()
            foot = person.camera.project(person.camera.view(numpy.zeros((1, 3))))[0]
            backdrop.shadow(float(foot[0]), float(foot[1]), (right - left) * 0.45, person.stature * 0.05, 0.6)
        for number, person in enumerate(people):
            draw_person(backdrop, person, number, light, ambient)
            identities = numpy.asarray(backdrop.canvas.getchannel("A"))
            person.drawn = int(((identities > number * IDENTITIES) & (identities <= (number + 1) * IDENTITIES)).sum())
        backdrop.random = numpy.random.default_rng(obstacle_seed)
        for box in _obstacles(backdrop.random, people, canvas_width, canvas_height):
            backdrop.obstacle(*box)
        identities = numpy.asarray(backdrop.canvas.getchannel("A"))
        labels = [label(identities, person, number) for number, person in enumerate(people)]
        if all(found is not None for found in labels):
            picture = backdrop.canvas.convert("RGB").reduce(SCALE)
            return picture, [found for found in labels if found is not None]
        # Somebody is nearly hidden: without that person.
        people = [person for person, found in zip(people, labels, strict=True) if found is not None]
