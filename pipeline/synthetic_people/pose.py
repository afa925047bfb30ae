"""People who are to be drawn: proportions of a body, the angles of its joints, and where that puts every joint.

Lengths are fractions of the stature. A body's own axes: x to its left, y up, z to its front; at yaw 0 it looks at the
camera, which looks along −z. Angles are in degrees.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy

Choice = TypeVar("Choice")
Vector = numpy.ndarray
SIDES = (("left", 1), ("right", -1))


def between(random: numpy.random.Generator, low: float, high: float) -> float:
    """A number between `low` and `high`, those in the middle more often (the mean of two)."""
    return low + (high - low) * (random.random() + random.random()) / 2


def evenly(random: numpy.random.Generator, low: float, high: float) -> float:
    """A number between `low` and `high`, all of them equally often."""
    return low + (high - low) * random.random()


def chance(random: numpy.random.Generator, share: float) -> bool:
    """True in this share of the cases."""
    return bool(random.random() < share)


def pick(random: numpy.random.Generator, options: Sequence[Choice]) -> Choice:
    """One of the options."""
    return options[int(random.integers(len(options)))]


def weighted(random: numpy.random.Generator, options: dict[str, float]) -> str:
    """One of the options, as often as its weight says."""
    at = random.random() * sum(options.values())
    for name, weight in options.items():
        at -= weight
        if at < 0:
            return name
    return next(reversed(options))


@dataclass(frozen=True, kw_only=True)
class Body:
    """Proportions; the means are those of Drillis and Contini (1966), as in Winter's Biomechanics.

    `girth` multiplies all radii, `belly` widens the waist to the front, `head` is the head's height.
    """

    thigh: float
    shank: float
    foot: float
    upper_arm: float
    forearm: float
    torso: float
    shoulder: float
    hip: float
    neck: float
    head: float
    head_width: float
    girth: float
    waist: float
    belly: float


def sample_body(random: numpy.random.Generator) -> Body:
    """A grown-up or, less often, a child."""
    child = chance(random, 0.12)
    legs = between(random, 0.80, 0.95) if child else between(random, 0.92, 1.08)
    arms = between(random, 0.85, 1.0) if child else between(random, 0.93, 1.07)
    heavy = chance(random, 0.25)
    return Body(
        thigh=0.245 * legs,
        shank=0.246 * legs,
        foot=between(random, 0.13, 0.16),
        upper_arm=0.180 * arms,
        forearm=0.146 * arms,
        torso=0.288 * between(random, 0.94, 1.06),
        shoulder=between(random, 0.100, 0.125),
        hip=between(random, 0.050, 0.064),
        neck=between(random, 0.030, 0.055),
        head=0.13 * (between(random, 1.25, 1.5) if child else between(random, 0.95, 1.15)),
        head_width=between(random, 0.70, 0.84),
        girth=between(random, 1.1, 1.5) if heavy else between(random, 0.85, 1.12),
        waist=between(random, 0.95, 1.2) if heavy else between(random, 0.74, 0.98),
        belly=between(random, 0.1, 0.6) if heavy else 0.0,
    )


@dataclass(kw_only=True)
class Pose:
    """Joint angles; `arms` and `legs` by side.

    An arm is (flexion to the front, abduction, inward rotation, elbow), a leg (flexion to the front, abduction,
    outward rotation, knee, ankle).
    """

    kind: str
    pelvis_pitch: float = 0.0
    pelvis_roll: float = 0.0
    spine: tuple[float, float, float] = (0.0, 0.0, 0.0)
    neck: tuple[float, float, float] = (0.0, 0.0, 0.0)
    arms: dict[str, tuple[float, ...]] = field(default_factory=dict)
    legs: dict[str, tuple[float, ...]] = field(default_factory=dict)


Ranges = tuple[tuple[float, float], ...]
# What arms do: ranges of flexion, abduction, inward rotation, elbow.
ARMS: dict[str, Ranges] = {
    "hanging": ((-18, 22), (3, 18), (-10, 30), (0, 40)),
    "raised": ((0, 30), (115, 172), (-40, 20), (0, 60)),
    "raised in front": ((120, 172), (0, 20), (-20, 20), (0, 50)),
    "forward": ((45, 100), (-5, 25), (-20, 40), (0, 70)),
    "on the hip": ((-25, 5), (35, 55), (45, 80), (80, 115)),
    "folded": ((15, 45), (5, 20), (45, 75), (75, 115)),
    "waving": ((-10, 20), (50, 95), (-110, -70), (50, 110)),
    "at the head": ((50, 95), (15, 60), (0, 40), (115, 145)),
    "to the side": ((-15, 20), (60, 105), (-60, 30), (0, 45)),
    "free": ((-40, 160), (0, 130), (-60, 70), (0, 140)),
}
ARM_WEIGHTS = {
    "hanging": 0.38, "raised": 0.10, "raised in front": 0.06, "forward": 0.12, "on the hip": 0.08, "folded": 0.06,
    "waving": 0.06, "at the head": 0.04, "to the side": 0.07, "free": 0.03,
}  # fmt: skip


def _sample(random: numpy.random.Generator, ranges: Ranges) -> tuple[float, ...]:
    return tuple(between(random, low, high) for low, high in ranges)


def _legs(random: numpy.random.Generator, left: Ranges, right: Ranges | None = None) -> dict[str, tuple[float, ...]]:
    """Both legs; where they differ, either one may be the left."""
    first, second = _sample(random, left), _sample(random, right or left)
    if right and chance(random, 0.5):
        first, second = second, first
    return {"left": first, "right": second}


def _standing(random: numpy.random.Generator) -> dict[str, object]:
    return {"legs": _legs(random, ((-10, 14), (0, 14), (-5, 30), (0, 18), (-8, 8)))}


def _walking(random: numpy.random.Generator) -> dict[str, object]:
    front = ((10, 45), (-2, 6), (-5, 15), (0, 35), (-15, 15))
    back = ((-28, -4), (-2, 6), (-5, 15), (8, 75), (-10, 25))
    legs = _legs(random, front, back)
    elbow = between(random, 5, 100)
    swing = between(random, 10, 45)
    ahead = 1 if legs["left"][0] < legs["right"][0] else -1  # an arm swings with the other leg
    arms = {
        side: (sign * ahead * swing + between(random, -8, 8), between(random, 3, 15), between(random, 0, 25), elbow)
        for side, sign in SIDES
    }
    return {"legs": legs, "arms": arms if chance(random, 0.75) else {}, "pelvis_pitch": between(random, -2, 14)}


def _sitting(random: numpy.random.Generator) -> dict[str, object]:
    leg = ((72, 102), (0, 24), (-5, 20), (55, 108), (-10, 15))
    return {"legs": _legs(random, leg), "pelvis_pitch": between(random, -14, 8)}


def _bending(random: numpy.random.Generator) -> dict[str, object]:
    pitch = between(random, 15, 65)
    leg = ((pitch - 6, pitch + 22), (0, 14), (-5, 20), (0, 40), (-8, 8))
    return {"legs": _legs(random, leg), "pelvis_pitch": pitch, "spine": (between(random, 5, 35), 0.0, 0.0)}


def _squatting(random: numpy.random.Generator) -> dict[str, object]:
    leg = ((85, 122), (4, 32), (0, 30), (88, 132), (-20, 0))
    return {"legs": _legs(random, leg), "pelvis_pitch": between(random, 5, 38)}


def _kneeling(random: numpy.random.Generator) -> dict[str, object]:
    up, down = ((75, 100), (0, 14), (0, 15), (75, 105), (-8, 8)), ((-8, 12), (0, 10), (-5, 10), (75, 100), (20, 50))
    return {"legs": _legs(random, up, down), "pelvis_pitch": between(random, -5, 12)}


def _lunging(random: numpy.random.Generator) -> dict[str, object]:
    front, back = ((40, 80), (0, 14), (0, 15), (45, 90), (-8, 8)), ((-32, -10), (0, 14), (0, 20), (0, 40), (0, 30))
    return {"legs": _legs(random, front, back), "pelvis_pitch": between(random, 0, 25)}


def _spread(random: numpy.random.Generator) -> dict[str, object]:
    arm = ((-10, 20), (55, 160), (-40, 20), (0, 35))
    arms = {side: _sample(random, arm) for side, _ in SIDES}
    return {"legs": _legs(random, ((-8, 12), (14, 36), (0, 30), (0, 15), (-8, 8))), "arms": arms}


def _free(random: numpy.random.Generator) -> dict[str, object]:
    leg = ((-25, 100), (-4, 38), (-10, 30), (0, 110), (-20, 30))
    return {"legs": _legs(random, leg), "pelvis_pitch": between(random, -15, 40)}


Kind = Callable[[numpy.random.Generator], dict[str, object]]
KINDS: dict[str, tuple[float, Kind]] = {
    "standing": (0.36, _standing),
    "walking": (0.22, _walking),
    "sitting": (0.10, _sitting),
    "bending": (0.06, _bending),
    "squatting": (0.04, _squatting),
    "kneeling": (0.03, _kneeling),
    "lunging": (0.05, _lunging),
    "spread": (0.11, _spread),
    "free": (0.03, _free),
}


def sample_pose(random: numpy.random.Generator) -> Pose:
    """A pose of one kind, every angle within its limits."""
    kind = weighted(random, {name: weight for name, (weight, _) in KINDS.items()})
    chosen = KINDS[kind][1](random)
    style = weighted(random, ARM_WEIGHTS)
    both = chance(random, 0.5)
    pose = Pose(
        kind=kind,
        pelvis_roll=between(random, -6, 6),
        spine=(between(random, -6, 16), between(random, -12, 12), between(random, -20, 20)),
        neck=(between(random, -20, 30), between(random, -50, 50), between(random, -14, 14)),
        arms={
            side: _sample(random, ARMS[style if both or side == "left" else weighted(random, ARM_WEIGHTS)])
            for side, _ in SIDES
        },
    )
    if not both and chance(random, 0.5):
        pose.arms = {"left": pose.arms["right"], "right": pose.arms["left"]}
    for name, value in chosen.items():
        if value:
            setattr(pose, name, value)
    return pose


def rotation(axis: int, degrees: float) -> numpy.ndarray:
    """The right-handed rotation (3, 3) about axis 0, 1 or 2."""
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    matrix = numpy.eye(3)
    following, last = (axis + 1) % 3, (axis + 2) % 3
    matrix[following, following] = matrix[last, last] = cosine
    matrix[last, following], matrix[following, last] = sine, -sine
    return matrix


@dataclass(frozen=True, kw_only=True)
class Skeleton:
    """Where a posed body is: `points` (3,) by joint, `frames` (3, 3) by segment, columns are the segment's x, y, z.

    A limb extends along −y of its frame, torso and head along +y. The lowest point stands on y = 0.
    """

    points: dict[str, Vector]
    frames: dict[str, numpy.ndarray]


def place(body: Body, pose: Pose, yaw: float) -> Skeleton:
    """Forward kinematics: every joint and segment of the body in this pose, turned by `yaw` to its left."""
    frames: dict[str, numpy.ndarray] = {}
    points: dict[str, Vector] = {}
    down = numpy.array([0.0, -1.0, 0.0])
    pelvis = rotation(1, yaw) @ rotation(2, pose.pelvis_roll) @ rotation(0, pose.pelvis_pitch)
    bend, side, twist = pose.spine
    chest = pelvis @ rotation(1, twist) @ rotation(2, side) @ rotation(0, bend)
    frames["pelvis"], frames["chest"] = pelvis, chest
    points["pelvis"] = numpy.zeros(3)
    points["waist"] = pelvis[:, 1] * (0.36 * body.torso)
    points["chest"] = points["waist"] + chest[:, 1] * (0.64 * body.torso)
    pitch, turn, tilt = pose.neck
    head = chest @ rotation(1, turn) @ rotation(2, tilt) @ rotation(0, pitch - 0.6 * bend)
    frames["head"] = head
    points["neck"] = points["chest"] + chest[:, 1] * 0.018
    points["head"] = (
        points["neck"] + (chest[:, 1] + head[:, 1]) * (body.neck / 2) + head @ (body.head * numpy.array([0, 0.5, 0.06]))
    )
    for name, sign in SIDES:
        flexion, abduction, inward, elbow = pose.arms[name]
        lift = 0.03 * max(0.0, math.sin(math.radians(max(flexion, abduction) - 60)))
        points[f"{name}_shoulder"] = points["chest"] + chest @ numpy.array([sign * body.shoulder, lift - 0.012, 0.0])
        upper = chest @ rotation(2, sign * abduction) @ rotation(0, -flexion) @ rotation(1, -sign * inward)
        lower = upper @ rotation(0, -elbow)
        frames[f"{name}_upper_arm"], frames[f"{name}_forearm"] = upper, lower
        points[f"{name}_elbow"] = points[f"{name}_shoulder"] + upper @ down * body.upper_arm
        points[f"{name}_wrist"] = points[f"{name}_elbow"] + lower @ down * body.forearm
        flexion, abduction, outward, knee, ankle = pose.legs[name]
        points[f"{name}_hip"] = pelvis[:, 0] * (sign * body.hip)
        thigh = pelvis @ rotation(2, sign * abduction) @ rotation(0, -flexion) @ rotation(1, sign * outward)
        shank = thigh @ rotation(0, knee)
        frames[f"{name}_thigh"], frames[f"{name}_shank"] = thigh, shank
        frames[f"{name}_foot"] = shank @ rotation(0, ankle)
        points[f"{name}_knee"] = points[f"{name}_hip"] + thigh @ down * body.thigh
        points[f"{name}_ankle"] = points[f"{name}_knee"] + shank @ down * body.shank
        points[f"{name}_toe"] = points[f"{name}_ankle"] + frames[f"{name}_foot"] @ numpy.array(
            [0.0, -0.03, 0.75 * body.foot]
        )
    lowest = min(float(points[f"{name}_{joint}"][1]) for name, _ in SIDES for joint in ("ankle", "toe", "knee", "hip"))
    ground = numpy.array([0.0, lowest - 0.03, 0.0])
    return Skeleton(points={name: point - ground for name, point in points.items()}, frames=frames)
