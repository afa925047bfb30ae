"""The photographs that ship inside ultralytics, in the environment `export`: calibration for a user who has none yet.

Output `samples.tar`: several fixed crops of each photograph, as PNG. No parameters.
"""

from __future__ import annotations

import importlib.metadata
import io
from pathlib import Path
from typing import Any

from PIL import Image

from pipeline.harness import OUTPUTS
from pipeline.shared.archives import write_archive

# Parts of the picture (left, top, right, bottom) that are cut out: the whole, its four quarters, its middle.
CROPS = (
    (0.0, 0.0, 1.0, 1.0),
    (0.0, 0.0, 0.6, 0.6),
    (0.4, 0.0, 1.0, 0.6),
    (0.0, 0.4, 0.6, 1.0),
    (0.4, 0.4, 1.0, 1.0),
    (0.2, 0.2, 0.8, 0.8),
)


def run(parameters: dict[str, Any]) -> dict[str, Any]:
    """Cut the crops and pack them."""
    # Found without importing ultralytics, which takes seconds and would import torch.
    files = importlib.metadata.files("ultralytics") or []
    photographs = sorted((f for f in files if f.parent.name == "assets" and f.suffix == ".jpg"), key=lambda f: f.name)
    crops: list[tuple[str, bytes | Path]] = []
    for photograph in photographs:
        with Image.open(str(photograph.locate())) as opened:
            image = opened.convert("RGB")
        for index, (left, top, right, bottom) in enumerate(CROPS):
            width, height = image.size
            box = (round(left * width), round(top * height), round(right * width), round(bottom * height))
            encoded = io.BytesIO()
            image.crop(box).save(encoded, "PNG", compress_level=1)
            crops.append((f"{photograph.stem}-{index}.png", encoded.getvalue()))
    write_archive(OUTPUTS / "samples.tar", crops)
    return {"count": len(crops), "versions": {"ultralytics": importlib.metadata.version("ultralytics")}}
