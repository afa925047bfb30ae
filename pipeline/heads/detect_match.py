"""Two boxes held against each other; see matches.py. Needs numpy alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy

from pipeline.shared.match import Match


def match(thing: Mapping[str, Any], other: Mapping[str, Any], parameters: Mapping[str, Any]) -> Match:
    """By their IoU, 0 of two classes; two corners are what is moved, and the centre what lies aside."""
    first, second = (numpy.array(each["box"], float) for each in (thing, other))
    across, down = numpy.minimum(first[2:], second[2:]) - numpy.maximum(first[:2], second[:2])
    common = max(float(across), 0.0) * max(float(down), 0.0)
    areas = [float((box[2] - box[0]) * (box[3] - box[1])) for box in (first, second)]
    union = sum(areas) - common
    same = thing["class"] == other["class"] and union > 0
    apart = (first - second).reshape(2, 2)
    right, below = apart.mean(0)
    return Match(
        common / union if same else 0.0, float(numpy.hypot(*apart.T).sum()), len(apart), (float(right), float(below))
    )
