"""Two views of the same frames held against each other, thing by thing; used by board_check.py. Needs numpy alone."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

import numpy

from pipeline.heads.matches import MATCHES
from pipeline.shared.bootstrap import interval, samples

Person = Mapping[str, Any]
SAME, DIFFERS, CANNOT_TELL = "same", "differs", "cannot tell"
SAME_PERSON = 0.3
"""OKS, or IoU, from which on two detections are one person, or one thing."""
MARGIN = 0.1
"""A person whose score is so near the threshold may be shown on one side alone: such a one counts for nothing."""
DIGITS = 4


class Side:
    """What one pair of views of many frames differs by: sums by frame, so that frames can be sampled."""

    def __init__(self, count: int) -> None:
        self.people, self.missed, self.difference = numpy.zeros(count), numpy.zeros(count), numpy.zeros(count)
        self.pixels, self.points, self.offsets = numpy.zeros(count), numpy.zeros(count), numpy.zeros((count, 2))

    def add(self, frame: int, shown: Sequence[Person], found: Sequence[Person], parameters: Mapping[str, Any]) -> None:
        """Hold those who are shown in the first view of a frame against all who are found in the second."""
        match = MATCHES[parameters["task"]]
        left = [each for each in found if each["score"] >= parameters["score"] - 2 * MARGIN]
        for person in sorted(shown, key=lambda each: -float(each["score"])):
            if person["score"] < parameters["score"]:
                continue
            compared = [match(person, other, parameters) for other in left]
            if compared and all(math.isnan(each.likeness) for each in compared):
                continue
            best = max(range(len(left)), key=lambda index: compared[index].likeness, default=None)
            if best is None or compared[best].likeness < SAME_PERSON:
                if person["score"] >= parameters["score"] + MARGIN:
                    self._miss(frame)
                continue
            self.people[frame] += 1
            self.difference[frame] += 1 - compared[best].likeness
            self.pixels[frame] += compared[best].pixels
            self.points[frame] += compared[best].points
            self.offsets[frame] += compared[best].offset
            del left[best]
        for other in left:
            if other["score"] >= parameters["score"] + MARGIN:
                self._miss(frame)

    def _miss(self, frame: int) -> None:
        self.people[frame] += 1
        self.missed[frame] += 1
        self.difference[frame] += 1

    def mean(self, sample: Any = slice(None)) -> float:
        """The mean difference of a person or thing; NaN where there is none."""
        people = self.people[sample].sum()
        return float(self.difference[sample].sum() / people) if people else math.nan

    def offset(self, sample: Any = slice(None)) -> numpy.ndarray:
        """The mean of how far the first view's people lie to the right and down, (2,); NaN where none was matched."""
        matched = (self.people - self.missed)[sample].sum()
        return self.offsets[sample].sum(0) / matched if matched else numpy.full(2, math.nan)

    def figures(self) -> dict[str, Any]:
        """For the output."""
        points = self.points.sum()
        return {
            "people": int(self.people.sum()),
            "missed": int(self.missed.sum()),
            "difference": None if math.isnan(self.mean()) else round(self.mean(), DIGITS),
            "pixels": round(float(self.pixels.sum() / points), DIGITS) if points else None,
        }


def check(
    board: Sequence[Mapping[str, Any]], seen: Mapping[str, Mapping[str, Any]], parameters: Mapping[str, Any]
) -> dict[str, Any]:
    """The verdict, from the board's entries and this machine's by the name of the picture."""
    own, loss = Side(len(board)), Side(len(board))
    for frame, entry in enumerate(board):
        stem = PurePosixPath(entry["name"]).stem
        own.add(frame, entry["people"], seen[f"{stem}.png"]["detections"], parameters)
        for before in sorted(name for name in seen if name.startswith(f"{stem}-") and name.endswith("-before.png")):
            after = before.replace("-before.png", "-after.png")
            loss.add(frame, seen[before]["shown"], seen[after]["detections"], parameters)
    drawn = samples(len(board), replicates=parameters["replicates"], seed=parameters["seed"])
    figures: dict[str, Any] = {
        "frames": len(board),
        "board": own.figures(),
        "loss": loss.figures(),
        "verdict": CANNOT_TELL,
        "ratio": None,
        "offset": None,
    }
    if own.people.sum() < parameters["least"] or not loss.mean() > 0:
        return figures
    with numpy.errstate(divide="ignore"):
        ratios = [numpy.float64(own.mean(sample)) / loss.mean(sample) for sample in drawn]
    figures["ratio"] = {"value": round(own.mean() / loss.mean(), DIGITS), "interval": interval(ratios, DIGITS)}
    low, high = figures["ratio"]["interval"]
    aside = False
    if not numpy.isnan(own.offset()).any():
        offsets = numpy.array([own.offset(sample) for sample in drawn])
        figures["offset"] = {
            name: {"value": round(float(own.offset()[axis]), DIGITS), "interval": interval(offsets[:, axis], DIGITS)}
            for axis, name in enumerate(("right", "down"))
        }
        ends = [each["interval"] for each in figures["offset"].values()]
        aside = any(begin > parameters["offset"] or end < -parameters["offset"] for begin, end in ends)
    if low > parameters["factor"] or aside:
        figures["verdict"] = DIFFERS
    elif high <= parameters["factor"]:
        figures["verdict"] = SAME
    return figures
