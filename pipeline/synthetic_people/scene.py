"""One picture with people whose keypoints are known exactly.

Everything is drawn larger than the picture. The alpha channel of the canvas carries the identity of what a pixel
shows, so that the labels say what was really drawn.
"""

from __future__ import annotations

import math

import numpy
from PIL import Image

from pipeline.synthetic_people.backdrop import make_backdrop
from pipeline.synthetic_people.canvas import IN_FRONT, Canvas
from pipeline.synthetic_people.labels import IDENTITIES, SCALE, Labelled, label
from pipeline.synthetic_people.layout import Person, arrange
from pipeline.synthetic_people.pose import chance, evenly, pick
from pipeline.synthetic_people.things import obstacle
from pipeline.synthetic_people.tube import PARTS


def draw_person(canvas: Canvas, person: Person, number: int, light: numpy.ndarray, ambient: float) -> None:
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
        canvas.draw.polygon(corners, fill=tuple(fill))


def _obstacles(
    random: numpy.random.Generator, people: list[Person], width: int, height: int
) -> list[tuple[float, float, float, float]]:
    """Boxes in front of people: before the legs of one of them, or anywhere along the lower edge."""
    boxes = []
    if people and chance(random, 0.10):
        left, top, right, bottom = pick(random, people).extent()
        line = top + (bottom - top) * evenly(random, 0.55, 0.9)
        middle, half = evenly(random, left, right), (right - left) * evenly(random, 0.25, 1.0)
        boxes.append((middle - half, line, middle + half, bottom + evenly(random, 0, 0.1) * height))
    if chance(random, 0.06):
        left, top = evenly(random, -0.2, 1.0) * width, evenly(random, 0.75, 0.95) * height
        boxes.append((left, top, left + evenly(random, 0.1, 0.5) * width, height + 2.0))
    if chance(random, 0.05):
        left = evenly(random, 0.0, 1.0) * width
        boxes.append((left, -2.0, left + evenly(random, 0.01, 0.05) * width, height + 2.0))
    return boxes


def draw_scene(
    random: numpy.random.Generator, width: int, height: int, *, facing: float
) -> tuple[Image.Image, list[Labelled]]:
    """A picture of this size and everybody in it, the nearest last; not all pictures have people.

    `facing` is the share of people who look roughly at the camera.
    """
    canvas_width, canvas_height = width * SCALE, height * SCALE
    people, ground = arrange(random, canvas_width, canvas_height, facing=facing)
    if chance(random, 0.05):
        people = []
    backdrop_seed, light_seed, obstacle_seed = (int(random.integers(1 << 62)) for _ in range(3))
    while True:
        canvas = make_backdrop(numpy.random.default_rng(backdrop_seed), (canvas_width, canvas_height), ground)
        lighting = numpy.random.default_rng(light_seed)
        angle, up = evenly(lighting, -math.pi, math.pi), evenly(lighting, 0.15, 0.9)
        flat = math.sqrt(1 - up * up)
        light = numpy.array([flat * math.sin(angle), up, flat * abs(math.cos(angle))])
        ambient = evenly(lighting, 0.35, 0.8)
        for person in people:
            left, _, right, _ = person.extent()
            foot = person.camera.project(person.camera.view(numpy.zeros((1, 3))))[0]
            canvas.shadow(float(foot[0]), float(foot[1]), (right - left) * 0.45, person.stature * 0.05, 0.6)
        for number, person in enumerate(people):
            draw_person(canvas, person, number, light, ambient)
            identities = numpy.asarray(canvas.image.getchannel("A"))
            person.drawn = int(((identities > number * IDENTITIES) & (identities <= (number + 1) * IDENTITIES)).sum())
        canvas.random = numpy.random.default_rng(obstacle_seed)
        for box in _obstacles(canvas.random, people, canvas_width, canvas_height):
            obstacle(canvas, *box)
        identities = numpy.asarray(canvas.image.getchannel("A"))
        labels = [label(identities, person, number) for number, person in enumerate(people)]
        if all(found is not None for found in labels):
            image = canvas.image.convert("RGB").reduce(SCALE)
            return image, [found for found in labels if found is not None]
        # Somebody is nearly hidden: without that person.
        people = [person for person, found in zip(people, labels, strict=True) if found is not None]
