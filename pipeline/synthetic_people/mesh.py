"""From a posed body and its clothes to faces that can be drawn. Lengths are fractions of the stature."""

from __future__ import annotations

from dataclasses import dataclass

import numpy

from pipeline.synthetic_people.clothes import Cloth, Colour, Outfit
from pipeline.synthetic_people.head import ear, features, hair, head
from pipeline.synthetic_people.pose import SIDES, Body, Skeleton
from pipeline.synthetic_people.tube import PARTS, RING, SECTORS, Tube, plain


@dataclass(frozen=True, kw_only=True)
class Mesh:
    """The corners (F, 4, 3) of all faces, their colours (F, 3), and which of PARTS (F,) they belong to.

    Faces are drawn group by group (`groups` (F,), one for every tube), the farthest group first. `group_nearer` (G,)
    and, among the faces of a group, `nearer` (F,) are how much closer to the camera they count than they are.
    """

    corners: numpy.ndarray
    colours: numpy.ndarray
    parts: numpy.ndarray
    groups: numpy.ndarray
    group_nearer: numpy.ndarray
    nearer: numpy.ndarray


def _limb(
    skeleton: Skeleton,
    *,
    part: str,
    start: str,
    end: str,
    profile: tuple[tuple[float, float], ...],
    cloth: Cloth,
    covered: float,
    skin: Colour,
    loose: float,
    flat: float = 1.0,
) -> Tube:
    """A tube from joint to joint; `profile` has (position along it, radius), `covered` is how far the cloth reaches."""
    frame, begin = skeleton.frames[part], skeleton.points[start]
    axis = skeleton.points[end] - begin
    positions = numpy.array([position for position, _ in profile])
    radii = numpy.array([radius for _, radius in profile])
    dressed = (positions[:-1] + positions[1:]) / 2 < covered
    radii = numpy.where((positions < covered) & (radii > 0), radii + loose, radii)
    colours = numpy.where(dressed[:, None, None], cloth.colours(len(profile) - 1, SECTORS), numpy.array(skin))
    return Tube(
        part=part,
        centres=begin + positions[:, None] * axis,
        first=radii[:, None] * frame[:, 0],
        second=(radii * flat)[:, None] * frame[:, 2],
        colours=colours,
    )


def _arm(skeleton: Skeleton, body: Body, outfit: Outfit, side: str) -> list[Tube]:
    g = body.girth
    skin, cloth, loose = outfit.skin, outfit.shirt, outfit.width
    upper = ((-0.2, 0.0), (-0.12, 0.024), (0.05, 0.031), (0.3, 0.029), (0.6, 0.026), (0.9, 0.021), (1.05, 0.019))
    lower = ((-0.1, 0.0), (-0.04, 0.018), (0.1, 0.023), (0.3, 0.024), (0.6, 0.019), (1.0, 0.014))
    hand = ((-0.06, 0.013), (0.2, 0.020), (0.55, 0.022), (0.85, 0.014), (1.0, 0.0))
    wrist, frame = skeleton.points[f"{side}_wrist"], skeleton.frames[f"{side}_forearm"]
    reach = numpy.array([position for position, _ in hand])[:, None] * (-0.095 * frame[:, 1])
    radii = numpy.array([radius for _, radius in hand])[:, None]
    return [
        _limb(skeleton, part=f"{side}_upper_arm", start=f"{side}_shoulder", end=f"{side}_elbow",
              profile=tuple((at, radius * g) for at, radius in upper), cloth=cloth, covered=max(outfit.sleeve, -0.05),
              skin=skin, loose=loose),
        _limb(skeleton, part=f"{side}_forearm", start=f"{side}_elbow", end=f"{side}_wrist",
              profile=tuple((at, radius * g) for at, radius in lower), cloth=cloth, covered=outfit.sleeve - 1,
              skin=skin, loose=loose),
        Tube(part=f"{side}_hand", centres=wrist + reach, first=0.55 * radii * frame[:, 0],
             second=radii * frame[:, 2], colours=plain(len(hand), outfit.gloves or skin)),
    ]  # fmt: skip


def _leg(skeleton: Skeleton, body: Body, outfit: Outfit, side: str) -> list[Tube]:
    g = body.girth
    skin, cloth, loose = outfit.skin, outfit.trousers, outfit.width
    upper = ((-0.14, 0.0), (-0.1, 0.045), (0.05, 0.054), (0.3, 0.051), (0.6, 0.042), (0.9, 0.034), (1.05, 0.030))
    lower = ((-0.09, 0.0), (-0.04, 0.029), (0.1, 0.033), (0.3, 0.035), (0.6, 0.027), (0.85, 0.020), (1.02, 0.019))
    ankle, frame = skeleton.points[f"{side}_ankle"], skeleton.frames[f"{side}_foot"]
    foot = ((-0.32, 0.0, -0.02), (-0.28, 0.022, -0.012), (0.0, 0.030, -0.010), (0.35, 0.027, -0.018),
            (0.7, 0.020, -0.024), (0.78, 0.0, -0.028))  # fmt: skip
    along = numpy.array([position * body.foot for position, _, _ in foot])[:, None] * frame[:, 2]
    lower_edge = numpy.array([height for _, _, height in foot])[:, None] * frame[:, 1]
    radii = numpy.array([radius for _, radius, _ in foot])[:, None]
    return [
        _limb(skeleton, part=f"{side}_thigh", start=f"{side}_hip", end=f"{side}_knee",
              profile=tuple((at, radius * g) for at, radius in upper), cloth=cloth, covered=outfit.leg, skin=skin,
              loose=loose),
        _limb(skeleton, part=f"{side}_shank", start=f"{side}_knee", end=f"{side}_ankle",
              profile=tuple((at, radius * g) for at, radius in lower), cloth=cloth, covered=outfit.leg - 1, skin=skin,
              loose=loose),
        Tube(part=f"{side}_foot", centres=ankle + along + lower_edge, first=radii * frame[:, 0],
             second=radii * frame[:, 1], colours=plain(len(foot), outfit.shoes)),
    ]  # fmt: skip


def _torso(skeleton: Skeleton, body: Body, outfit: Outfit) -> Tube:
    """From the crotch to the shoulders; the lowest rings wear trousers or a skirt's top, the others the shirt."""
    pelvis, chest = skeleton.frames["pelvis"], skeleton.frames["chest"]
    hips, waist, top = (skeleton.points[name] for name in ("pelvis", "waist", "chest"))
    g, shoulder, hip, slim, belly = body.girth, body.shoulder, body.hip, body.waist, body.belly
    # Share of the way from hips to waist (0–1) and on to the shoulders (1–2), half width, half depth.
    profile = (
        (-0.75, 0.02, 0.02), (-0.55, hip + 0.020 * g, 0.055 * g), (0.0, hip + 0.042 * g, 0.068 * g),
        (0.5, (hip + 0.036 * g) * (1 + slim) / 2, 0.064 * g * (1 + belly)), (1.0, 0.095 * g * slim, 0.058 * g),
        (1.25, 0.096 * g, 0.061 * g), (1.5, 0.102 * g, 0.066 * g), (1.75, 0.6 * shoulder + 0.045 * g, 0.066 * g),
        (1.92, 0.92 * shoulder, 0.052 * g), (2.03, 0.75 * shoulder, 0.042 * g), (2.12, 0.036 * g, 0.034 * g),
    )  # fmt: skip
    centres, first, second = [], [], []
    for position, width, depth in profile:
        mix = min(1.0, max(0.0, position - 0.5))
        frame = pelvis * (1 - mix) + chest * mix
        centre = hips + (waist - hips) * position if position <= 1 else waist + (top - waist) * (position - 1)
        forward = belly * 0.03 * max(0.0, 1 - abs(position - 0.6))
        centres.append(centre + frame[:, 2] * forward)
        first.append(frame[:, 2] * depth)
        second.append(frame[:, 0] * width)
    faces = len(profile) - 1
    colours = outfit.shirt.colours(faces, SECTORS)[::-1].copy()
    lower = outfit.trousers.colours(3, SECTORS)
    colours[:3] = lower
    if outfit.sleeve == 0.0:
        colours[-1] = outfit.skin
    return Tube(
        part="torso",
        centres=numpy.array(centres),
        first=numpy.array(first),
        second=numpy.array(second),
        colours=colours,
    )


def _neck(skeleton: Skeleton, body: Body, outfit: Outfit) -> Tube:
    frame = skeleton.frames["chest"]
    start, end = skeleton.points["neck"] - frame[:, 1] * 0.02, skeleton.points["head"]
    radii = numpy.array([0.034, 0.029, 0.028])[:, None] * min(body.girth, 1.25) * (1.35 if outfit.scarf else 1.0)
    return Tube(
        part="neck",
        centres=start + numpy.array([0.0, 0.5, 1.0])[:, None] * (end - start),
        first=radii * frame[:, 2],
        second=radii * frame[:, 0],
        colours=plain(3, outfit.scarf or outfit.skin),
    )


def _skirt(skeleton: Skeleton, body: Body, outfit: Outfit) -> list[Tube]:
    """From the waist around both thighs."""
    frame = skeleton.frames["pelvis"]
    knees = [skeleton.points[f"{side}_knee"] for side, _ in SIDES]
    hips = skeleton.points["pelvis"]
    middle = hips + (sum(knees) / 2 - hips) * outfit.skirt
    apart = float(numpy.linalg.norm(knees[0] - knees[1])) * outfit.skirt / 2 + 0.055 * body.girth
    axis = middle - hips
    down = axis / max(float(numpy.linalg.norm(axis)), 1e-6)
    side = frame[:, 0] - down * float(frame[:, 0] @ down)
    side = side / max(float(numpy.linalg.norm(side)), 1e-6)
    front = numpy.cross(side, -down)
    wide = body.hip + 0.046 * body.girth
    rows = ((0.5, 0.9 * wide, 0.066), (0.0, wide, 0.076), (-0.4, 0.5 * (wide + apart), 0.082), (-1.0, apart, 0.088))
    waist = skeleton.points["waist"] - hips
    centres = [hips + (waist * at if at > 0 else -axis * at) for at, _, _ in rows]
    return [
        Tube(
            part="skirt",
            centres=numpy.array(centres[::-1]),
            first=numpy.array([front * depth * body.girth for _, _, depth in rows[::-1]]),
            second=numpy.array([side * width for _, width, _ in rows[::-1]]),
            colours=outfit.trousers.colours(len(rows) - 1, SECTORS)[::-1],
            nearer=0.06,
        )
    ]


def _backpack(skeleton: Skeleton, body: Body, colour: Colour) -> Tube:
    frame = skeleton.frames["chest"]
    base, top = skeleton.points["waist"], skeleton.points["chest"]
    rows = numpy.array([(-0.05, 0.0, 0.0), (0.0, 0.085, 0.05), (0.7, 0.08, 0.045), (0.98, 0.05, 0.03), (1.0, 0.0, 0.0)])
    return Tube(
        part="backpack",
        centres=base + rows[:, :1] * (top - base) - frame[:, 2] * (0.062 * body.girth + 0.045),
        first=rows[:, 2:] * frame[:, 2],
        second=rows[:, 1:2] * frame[:, 0],
        colours=plain(len(rows), colour),
    )


def stool(skeleton: Skeleton, body: Body, colour: Colour, *, back: bool) -> list[Tube]:
    """Something to sit on, under the pelvis and not leaning with it."""
    seat = skeleton.points["pelvis"]
    height = float(seat[1]) - 0.058 * body.girth
    rows = numpy.array([(0.0, 0.10), (0.02, 0.10), (0.82, 0.03), (0.86, 0.115), (1.0, 0.115), (1.0, 0.0)])
    upright = numpy.array([0.0, 1.0, 0.0])
    forward = skeleton.frames["pelvis"][:, 2] * numpy.array([1.0, 0.0, 1.0])
    forward = forward / max(float(numpy.linalg.norm(forward)), 1e-6)
    sideways = numpy.cross(upright, forward)
    base = numpy.array([seat[0], 0.0, seat[2]]) + forward * 0.03
    tubes = [
        Tube(
            part="thing",
            centres=base + rows[:, :1] * height * upright,
            first=rows[:, 1:] * forward,
            second=rows[:, 1:] * sideways,
            colours=plain(len(rows), colour),
            nearer=-0.05,
        )
    ]
    if back:
        rows = numpy.array([(0.0, 0.0), (0.0, 1.0), (0.26, 1.0), (0.27, 0.0)])
        tubes.append(
            Tube(
                part="thing",
                centres=base - forward * 0.15 + (height + rows[:, :1]) * upright,
                first=rows[:, 1:] * 0.015 * forward,
                second=rows[:, 1:] * 0.11 * sideways,
                colours=plain(len(rows), colour),
            )
        )
    return tubes


def build_mesh(skeleton: Skeleton, body: Body, outfit: Outfit, things: list[Tube]) -> Mesh:
    """All faces of one person, and of the things that belong to it."""
    tubes = [_torso(skeleton, body, outfit), _neck(skeleton, body, outfit), head(skeleton, body, outfit), *things]
    tubes += hair(skeleton, body, outfit)
    for side, sign in SIDES:
        tubes += _arm(skeleton, body, outfit, side) + _leg(skeleton, body, outfit, side)
        if outfit.hair_style not in ("long", "wide"):
            tubes.append(ear(skeleton, body, outfit.skin, sign))
    if outfit.skirt:
        tubes += _skirt(skeleton, body, outfit)
    if outfit.backpack:
        tubes.append(_backpack(skeleton, body, outfit.backpack))
    spokes = RING[None, :, :1] * numpy.concatenate([tube.first for tube in tubes])[:, None]
    spokes = spokes + RING[None, :, 1:] * numpy.concatenate([tube.second for tube in tubes])[:, None]
    swelling = [numpy.ones((len(tube.centres), SECTORS)) if tube.swelling is None else tube.swelling for tube in tubes]
    points = (
        numpy.concatenate([tube.centres for tube in tubes])[:, None] + spokes * numpy.concatenate(swelling)[..., None]
    )
    lengths = numpy.array([len(tube.centres) for tube in tubes])
    last = numpy.cumsum(lengths) - 1
    lower = numpy.setdiff1d(numpy.arange(lengths.sum()), last)
    after = numpy.roll(points, -1, axis=1)
    corners = numpy.stack([points[lower], after[lower], after[lower + 1], points[lower + 1]], axis=2).reshape(-1, 4, 3)
    colours = numpy.concatenate([tube.colours for tube in tubes]).reshape(-1, 3)
    per_tube = (lengths - 1) * SECTORS
    parts = numpy.repeat([PARTS.index(tube.part) for tube in tubes], per_tube)
    groups = numpy.repeat(numpy.arange(len(tubes)), per_tube)
    marks, mark_colours = features(skeleton, body, outfit)
    head_group = numpy.full(len(marks), [tube.part for tube in tubes].index("head"))
    return Mesh(
        corners=numpy.concatenate([corners, numpy.stack(marks)]),
        colours=numpy.concatenate([colours, numpy.array(mark_colours)]),
        parts=numpy.concatenate([parts, numpy.full(len(marks), PARTS.index("head"))]),
        groups=numpy.concatenate([groups, head_group]),
        group_nearer=numpy.array([tube.nearer for tube in tubes]),
        # The marks of a face lie on the head, each above the one before.
        nearer=numpy.concatenate([numpy.zeros(len(groups)), 0.5 + 0.001 * numpy.arange(len(marks))]),
    )
