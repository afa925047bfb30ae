"""What the detect stage found, read back; used by score.py and agreement.py."""

from __future__ import annotations

import json
from typing import Any

from pipeline.harness import INPUTS


def read_detections(prefix: str) -> dict[str, dict[str, Any]]:
    """All parts of one model's detections (PREFIX-NNNN.json, see pipeline/detect), by the image's name."""
    return {
        entry["name"]: entry
        for path in sorted(INPUTS.glob(f"{prefix}-*.json"))
        for entry in json.loads(path.read_text())["images"]
    }
