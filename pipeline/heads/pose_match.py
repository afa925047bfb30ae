"""Two people held against each other by their keypoints; see matches.py. Needs numpy alone."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy

from pipeline.score.labels import AREA_OF_A_BOX
from pipeline.shared.match import Match


def match(person: Mapping[str, Any], other: Mapping[str, Any], parameters: Mapping[str, Any]) -> Match:
    """By OKS, of the first one's visible keypoints and box."""
    variances = (2 * numpy.array(parameters["sigmas"])) ** 2
    points, others = (numpy.array(each["keypoints"], float).reshape(-1, 3) for each in (person, other))
    visible = points[:, 2] > parameters["visibility"]
    left, top, right, bottom = person["box"]
    area = AREA_OF_A_BOX * max(right - left, 1) * max(bottom - top, 1)
    apart = (points[:, :2] - others[:, :2])[visible]
    if not apart.size:
        return Match(math.nan, 0.0, 0, (0.0, 0.0))
    squared = (apart**2).sum(1)
    oks = numpy.exp(-squared / (2 * variances[visible] * area)).mean()
    across, down = numpy.median(apart, 0)
    return Match(float(oks), float(numpy.sqrt(squared).sum()), len(squared), (float(across), float(down)))
