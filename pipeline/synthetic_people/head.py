"""Heads: an egg of skin and hair, ears, hair that hangs or is tied up, and the marks of a face."""

from __future__ import annotations

import math

import numpy

from pipeline.synthetic_people.clothes import Colour, Outfit, scaled
from pipeline.synthetic_people.pose import SIDES, Body, Skeleton
from pipeline.synthetic_people.tube import SECTORS, Tube, plain


def head_axes(body: Body) -> tuple[float, float, float]:
    """Half width, half height and half depth of the head."""
    return body.head * body.head_width / 2, body.head / 2, body.head * 0.47


ELEVATIONS = (-90, -66, -44, -22, 0, 20, 40, 62, 90)


def head(skeleton: Skeleton, body: Body, outfit: Outfit) -> Tube:
    """An egg: skin in front, hair (or a hat) above the hairline and behind."""
    frame, centre = skeleton.frames["head"], skeleton.points["head"]
    width, height, depth = head_axes(body)
    sines = numpy.array([math.sin(math.radians(angle)) for angle in ELEVATIONS])
    cosines = numpy.array([math.cos(math.radians(angle)) for angle in ELEVATIONS])
    jaw = numpy.where(sines < 0, 1 + 0.22 * sines, 1.0)
    middle = (sines[:-1] + sines[1:]) / 2
    sector = numpy.arange(SECTORS)
    # How far a sector's middle is turned from the front, 0 to 180 degrees.
    turned = numpy.minimum(sector + 1, SECTORS - sector - 1) * 360 / SECTORS
    line = numpy.interp(turned, [0, 45, 75, 110, 180], [outfit.hairline, outfit.hairline, 0.0, -0.45, -0.7])
    grown = (middle[:, None] > line) & (outfit.hair_style != "bald")
    hatted = (middle[:, None] > 0.22) & (outfit.hat is not None)
    bearded = (middle[:, None] < -0.3) & (turned < 80) & outfit.beard
    colours = numpy.where((grown | bearded)[..., None], numpy.array(outfit.hair), numpy.array(outfit.skin))
    if outfit.hat is not None:
        colours = numpy.where(hatted[..., None], numpy.array(outfit.hat), colours)
    thick = 1.16 if outfit.hair_style == "wide" else 1.06
    covered = numpy.where(hatted, 1.13, numpy.where(grown, thick, 1.0))
    # A point belongs to up to four faces; the thickest one lifts it.
    swelling = numpy.ones((len(ELEVATIONS), SECTORS))
    for faces in (covered, numpy.roll(covered, 1, axis=1)):
        swelling[:-1] = numpy.maximum(swelling[:-1], faces)
        swelling[1:] = numpy.maximum(swelling[1:], faces)
    lift = numpy.where((outfit.hat is not None) & (sines > 0.9), 1.1, 1.0)
    return Tube(
        part="head",
        centres=centre + (sines * height * lift)[:, None] * frame[:, 1],
        first=(cosines * depth)[:, None] * frame[:, 2],
        second=(cosines * jaw * width)[:, None] * frame[:, 0],
        colours=colours,
        swelling=swelling,
    )


def hair(skeleton: Skeleton, body: Body, outfit: Outfit) -> list[Tube]:
    """Hair that hangs or is tied up."""
    frame, centre = skeleton.frames["head"], skeleton.points["head"]
    width, height, depth = head_axes(body)
    # Height along the head, distance behind its middle, half width, half depth; in the head's own half axes.
    shapes = {
        "long": ((0.7, -0.2, 0.2, 0.2), (0.4, -0.3, 1.08, 0.8), (-0.3, -0.4, 1.2, 0.7), (-1.2, -0.55, 1.25, 0.5),
                 (-2.0, -0.7, 1.0, 0.35), (-2.1, -0.7, 0.0, 0.0)),
        "bun": ((0.5, -1.0, 0.0, 0.0), (0.6, -1.05, 0.4, 0.35), (0.9, -1.0, 0.5, 0.45), (1.2, -0.85, 0.35, 0.3),
                (1.3, -0.8, 0.0, 0.0)),
        "tail": ((0.6, -0.9, 0.0, 0.0), (0.5, -1.1, 0.3, 0.3), (-0.3, -1.35, 0.4, 0.3), (-1.2, -1.3, 0.3, 0.2),
                 (-1.5, -1.25, 0.0, 0.0)),
    }  # fmt: skip
    shape = shapes.get(outfit.hair_style, ())[::-1]
    if outfit.hair_style != "long":
        shape = tuple(sorted(shape))
    if not shape:
        return []
    rows = numpy.array(shape)
    return [
        Tube(
            part="hair",
            centres=centre + rows[:, :1] * height * frame[:, 1] + rows[:, 1:2] * depth * frame[:, 2],
            first=rows[:, 3:] * depth * frame[:, 2],
            second=rows[:, 2:3] * width * frame[:, 0],
            colours=plain(len(shape), outfit.hair),
        )
    ]


# The face: middle (to the head's left, up) and half size on the head's unit ball seen from the front, colour.
EYE, BROW, NOSE, MOUTH = (0.36, 0.08), (0.38, 0.26), (0.0, -0.14), (0.0, -0.48)


def features(skeleton: Skeleton, body: Body, outfit: Outfit) -> tuple[list[numpy.ndarray], list[Colour]]:
    """Eyes, brows, nose, mouth and glasses as faces (4, 3) that lie on the head."""
    frame, centre = skeleton.frames["head"], skeleton.points["head"]
    axes = numpy.array(head_axes(body))
    shade = scaled(outfit.skin, 0.78)
    dark = scaled(outfit.hair, 0.45)
    marks: list[tuple[tuple[float, float], float, float, Colour, float]] = []  # middle, half size, colour, how far out
    for _, sign in SIDES:
        if outfit.glasses == "dark":
            marks.append(((sign * EYE[0], EYE[1]), 0.30, 0.16, (18, 18, 20), 1.06))
        else:
            if outfit.glasses == "clear":
                marks.append(((sign * EYE[0], EYE[1]), 0.28, 0.19, (40, 36, 34), 1.03))
                marks.append(((sign * EYE[0], EYE[1]), 0.23, 0.14, outfit.skin, 1.035))
            marks.append(((sign * EYE[0], EYE[1]), 0.17, 0.085, (238, 236, 232), 1.04))
            marks.append(((sign * EYE[0], EYE[1]), 0.08, 0.085, (38, 28, 24), 1.045))
            marks.append(((sign * BROW[0], BROW[1]), 0.19, 0.035, dark, 1.02))
    marks.append((MOUTH, 0.26, 0.05, (150, 70, 70), 1.02))
    marks.append(((0.0, -0.20), 0.13, 0.06, shade, 1.12))
    marks.append(((0.0, -0.04), 0.06, 0.14, scaled(outfit.skin, 1.06), 1.10))
    corners, colours = [], []
    for (x, y), half_width, half_height, colour, off in marks:
        face = []
        for dx, dy in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
            px, py = x + dx * half_width, y + dy * half_height
            ball = numpy.array([px, py, math.sqrt(max(0.02, 1 - px * px - py * py))])
            face.append(centre + frame @ (ball * axes * off))
        corners.append(numpy.array(face))
        colours.append(colour)
    return corners, colours


def face_points(skeleton: Skeleton, body: Body) -> dict[str, tuple[numpy.ndarray, numpy.ndarray]]:
    """Nose, eyes and ears: the point and the direction it faces, both (3,)."""
    frame, centre = skeleton.frames["head"], skeleton.points["head"]
    axes = numpy.array(head_axes(body))
    local = {"nose": numpy.array([0.0, -0.16, 1.08])}
    for name, sign in SIDES:
        local[f"{name}_eye"] = numpy.array([sign * EYE[0], EYE[1], math.sqrt(1 - EYE[0] ** 2 - EYE[1] ** 2)])
        local[f"{name}_ear"] = numpy.array([sign * 1.0, 0.0, -0.08])
    return {name: (centre + frame @ (point * axes), frame @ (point / axes)) for name, point in local.items()}


def ear(skeleton: Skeleton, body: Body, skin: Colour, sign: int) -> Tube:
    """One ear; `sign` is 1 for the left one."""
    frame = skeleton.frames["head"]
    width, height, depth = head_axes(body)
    middle = skeleton.points["head"] + frame @ numpy.array([sign * width * 1.0, 0.0, -0.08 * depth])
    rows = numpy.array([(-0.28, 0.0), (-0.2, 0.7), (0.1, 1.0), (0.28, 0.6), (0.32, 0.0)])
    return Tube(
        part="head",
        centres=middle + rows[:, :1] * height * frame[:, 1],
        first=rows[:, 1:] * 0.17 * depth * frame[:, 2],
        second=rows[:, 1:] * 0.12 * width * frame[:, 0],
        colours=plain(len(rows), scaled(skin, 0.94)),
    )
