"""The labelled people of a picture in pixels, as far as the camera saw them; used by score.py. Needs numpy alone.

A keypoint outside of what the camera saw is not labelled, a box ends at its edge, and a person's area shrinks as the
box does; who is not in it at all is left out.
"""

from __future__ import annotations

from typing import Any

import numpy

AREA_OF_A_BOX = 0.53
"""A person's area where there is only a box: Ultralytics' validator and ST take this part of it."""


def in_pixels(person: dict[str, Any], normalised: bool, width: int, height: int) -> dict[str, Any]:
    """The person's label with coordinates in pixels."""
    scale = numpy.array([width, height] if normalised else [1, 1])
    keypoints = numpy.array(person["keypoints"], float).reshape(-1, 3)
    box = numpy.array(person["box"]) * numpy.tile(scale, 2)
    keypoints[:, :2] *= scale
    keypoints[keypoints[:, 2] == 0] = 0  # not labelled: COCO writes zeros
    area = person["area"] if person["area"] is not None else AREA_OF_A_BOX * box[2] * box[3]
    label = {"box": box, "area": float(area), "crowd": int(person["crowd"]), "keypoints": keypoints}
    return {**label, "class": person["class"]} if "class" in person else label


def within(person: dict[str, Any], region: list[int]) -> dict[str, Any] | None:
    """The label of a person as far as it is in the region (left, top, width, height); None where nothing is."""
    low, high = numpy.array(region[:2]), numpy.array(region[:2]) + region[2:]
    keypoints = person["keypoints"].copy()
    keypoints[((keypoints[:, :2] < low) | (keypoints[:, :2] >= high)).any(1)] = 0
    start = numpy.clip(person["box"][:2], low, high)
    sides = numpy.clip(person["box"][:2] + person["box"][2:], low, high) - start
    whole = float(numpy.prod(person["box"][2:]))
    part = float(numpy.prod(sides)) / whole if whole > 0 else 0.0
    if not part and not keypoints.any():
        return None
    if not whole:  # the label has keypoints alone
        return {**person, "keypoints": keypoints}
    return {**person, "box": numpy.concatenate([start, sides]), "area": person["area"] * part, "keypoints": keypoints}


def labels_of(entry: dict[str, Any], seen: dict[str, Any]) -> list[dict[str, Any]]:
    """The people of one entry of ground-truth.json in pixels, as far as the camera saw them; `seen` is its entry."""
    people = [in_pixels(person, entry["normalised"], seen["width"], seen["height"]) for person in entry["people"]]
    if seen["region"] == [0, 0, seen["width"], seen["height"]]:
        return people  # what users label outside their pictures is theirs
    return [label for person in people if (label := within(person, seen["region"])) is not None]


def objects_of(entry: dict[str, Any], seen: dict[str, Any]) -> list[dict[str, Any]]:
    """The boxes of one entry likewise, without those that have no side. All of a box is its area: it decides nothing
    but which of COCO's three sizes an object is of, and those are not told apart here.
    """
    labels = labels_of(entry, seen)
    return [{**label, "area": float(label["box"][2] * label["box"][3])} for label in labels if label["box"][2:].all()]
