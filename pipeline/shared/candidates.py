"""What a decoder finds at every anchor, whatever the task; needs numpy alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy

Array = numpy.ndarray


@dataclass(frozen=True, kw_only=True)
class Candidates:
    """One row for each anchor that is left: boxes (N, 4) as x1, y1, x2, y2; scores (N,); keypoints (N, K, 3) as x, y,
    visibility, where K may be 0; classes (N,), of tasks that have several, and (N, C) scores of all of them where a
    suppression may want those. Coordinates are parts of the picture's width
    and height.
    """

    boxes: Array
    scores: Array
    keypoints: Array
    classes: Array | None = None
    class_scores: Array | None = None

    def of(self, rows: Array | list[int]) -> Candidates:
        """Only these rows, in this order."""
        return Candidates(
            boxes=self.boxes[rows],
            scores=self.scores[rows],
            keypoints=self.keypoints[rows],
            classes=None if self.classes is None else self.classes[rows],
            class_scores=None if self.class_scores is None else self.class_scores[rows],
        )
