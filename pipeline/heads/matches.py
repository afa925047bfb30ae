"""How much two detections of a task are the same, by task: what pipeline/board_check goes by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pipeline.heads import detect_match, pose_match
from pipeline.shared.match import Match

MATCHES: Mapping[str, Callable[[Mapping[str, Any], Mapping[str, Any], Mapping[str, Any]], Match]] = {
    "pose": pose_match.match,
    "detect": detect_match.match,
}
