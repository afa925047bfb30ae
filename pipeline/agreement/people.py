"""What the float model is sure of, as the people that another model is held against; used by agreement.py. Needs numpy
alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy

from pipeline.score.labels import AREA_OF_A_BOX

Person = dict[str, Any]
SAME_PERSON = 0.5
"""IoU of two boxes from which on they are taken for one person."""


def people_of(found: Sequence[Mapping[str, Any]], visibility: float) -> list[Person]:
    """Detections as labels: keypoints of more than `visibility` are labelled as visible, the others not at all.

    Who has no visible keypoint is left out. Boxes become x, y, width, height; the area is 0.53 of them.
    """
    people = []
    for entry in found:
        keypoints = numpy.array(entry["keypoints"], float)
        visible = keypoints[:, 2] > visibility
        if not visible.any():
            continue
        keypoints[:, 2] = 2
        keypoints[~visible] = 0
        left, top, right, bottom = entry["box"]
        width, height = right - left, bottom - top
        people.append(
            {
                "box": numpy.array([left, top, width, height]),
                "area": AREA_OF_A_BOX * width * height,
                "crowd": 0,
                "keypoints": keypoints,
            }
        )
    return people


def partners(people: Sequence[Person], found: Sequence[Mapping[str, Any]]) -> list[int | None]:
    """Which detection shows each person; None where none does.

    From the best score on, each detection takes the person whose box it overlaps most, by at least SAME_PERSON, and
    whom no better one took. By boxes, so that keypoints that went astray count with all of their distance.
    """
    taken: list[int | None] = [None] * len(people)
    for number in sorted(range(len(found)), key=lambda number: -found[number]["score"]):
        overlaps = [
            overlap(person["box"], found[number]["box"]) if taken[index] is None else 0.0
            for index, person in enumerate(people)
        ]
        best = max(range(len(people)), key=overlaps.__getitem__, default=None)
        if best is not None and overlaps[best] >= SAME_PERSON:
            taken[best] = number
    return taken


def overlap(person: numpy.ndarray, box: Sequence[float]) -> float:
    """IoU of a person's x, y, width, height with a box x1, y1, x2, y2."""
    corner, other = person[:2] + person[2:], numpy.asarray(box, float)
    shared = numpy.prod((numpy.minimum(corner, other[2:]) - numpy.maximum(person[:2], other[:2])).clip(0))
    union = numpy.prod(person[2:]) + numpy.prod(other[2:] - other[:2]) - shared
    return float(shared / union) if union > 0 else 0.0


class Distances:
    """How far each keypoint lies from where the float model sees it, by image, so that images can be sampled."""

    def __init__(
        self,
        people: Mapping[str, Sequence[Person]],
        found: Mapping[str, Sequence[Mapping[str, Any]]],
        sigmas: Sequence[float],
    ) -> None:
        names, shape = sorted(people), (len(people), len(sigmas))
        variances = (2 * numpy.array(sigmas)) ** 2
        self.counts, self.pixels, self.similarity = numpy.zeros(shape), numpy.zeros(shape), numpy.zeros(shape)
        self.missed = 0
        for number, name in enumerate(names):
            for person, partner in zip(people[name], partners(people[name], found[name]), strict=True):
                if partner is None:
                    self.missed += 1
                    continue
                visible = person["keypoints"][:, 2] > 0
                points = numpy.array(found[name][partner]["keypoints"], float)
                squared = ((points[:, :2] - person["keypoints"][:, :2]) ** 2).sum(1)
                self.counts[number] += visible
                self.pixels[number] += numpy.sqrt(squared) * visible
                self.similarity[number] += numpy.exp(-squared / (2 * variances * (person["area"] + 1e-7))) * visible

    def mean(self, sums: numpy.ndarray, sample: numpy.ndarray | None = None) -> tuple[float, numpy.ndarray]:
        """The mean over all keypoints, and that of each, (K,); NaN where the float model sees none.

        `sums` is `pixels` or `similarity`; `sample` are numbers of images.
        """
        chosen = slice(None) if sample is None else sample
        total, counts = sums[chosen].sum(0), self.counts[chosen].sum(0)
        with numpy.errstate(invalid="ignore"):
            return float(total.sum() / counts.sum()) if counts.sum() else float("nan"), total / counts
