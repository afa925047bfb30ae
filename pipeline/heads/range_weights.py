"""What an error of a head's outputs costs, by task, then by head; see activation_ranges.observe. Needs numpy alone."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.heads import detect_ranges, pose_ranges

RANGE_WEIGHTS: Mapping[str, Mapping[str, pose_ranges.HeadWeights]] = {
    "pose": pose_ranges.HEAD_WEIGHTS,
    "detect": detect_ranges.HEAD_WEIGHTS,
}
