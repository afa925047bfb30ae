"""What of a person is seen: the box and the keypoints, from the identities that a canvas carries.

Visibility is what was really drawn: 2 where the keypoint's own part of the body is seen, 1 where something is in front
of it, 0 where it lies outside the picture or where a whole limb is hidden by something else than the person.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy

from pipeline.heads.pose import COCO_NAMES as NAMES
from pipeline.synthetic_people.head import face_points
from pipeline.synthetic_people.layout import Person
from pipeline.synthetic_people.tube import PARTS

SCALE = 2
"""How much larger than the picture everything is drawn."""
IDENTITIES = 30
"""Person number n has the identities 1 + n · IDENTITIES + part."""
BONES = ((0, 1), (0, 2), (1, 3), (2, 4), (5, 6), (5, 7), (7, 9), (6, 8), (8, 10), (5, 11), (6, 12), (11, 12), (11, 13),
         (13, 15), (12, 14), (14, 16), (0, 5), (0, 6))  # fmt: skip
NEIGHBOURS = {index: tuple(a + b - index for a, b in BONES if index in (a, b)) for index in range(len(NAMES))}
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


def _keypoints(person: Person) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Pixels (17, 2) of the canvas, and whether each faces the camera or lies on its near side (17,)."""
    skeleton, camera = person.skeleton, person.camera
    surface = face_points(skeleton, person.body)
    points = numpy.stack([surface[name][0] if name in surface else skeleton.points[name] for name in NAMES])
    viewed = camera.view(points)
    centre = camera.view(numpy.stack([skeleton.points["chest"], skeleton.points["pelvis"]]))
    near = numpy.ones(len(NAMES), bool)
    eye = numpy.array([0.0, 0.0, camera.distance])
    for index, name in enumerate(NAMES):
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
    visibility = numpy.zeros(len(NAMES))
    foreign = numpy.zeros(len(NAMES), bool)
    for index, (name, (x, y)) in enumerate(zip(NAMES, pixels.tolist(), strict=True)):
        if not (0 <= x < width and 0 <= y < height):
            continue
        identity = int(canvas[int(y), int(x)])
        own = low <= identity < low + IDENTITIES
        side, _, joint = name.rpartition("_")
        parts = {part if part in PARTS else f"{side}_{part}" for part in OWN_PARTS[joint]}
        seen = own and PARTS[identity - low] in parts and near[index]
        visibility[index] = 2 if seen else 1
        foreign[index] = not own
    for index in range(len(NAMES)):
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
