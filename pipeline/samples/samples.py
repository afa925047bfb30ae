"""The photographs that ship inside ultralytics, in the environment `export`: calibration for a user who has none yet.

Output `samples.tar`: several fixed crops of each photograph, as PNG. No parameters.
"""

from __future__ import annotations

import importlib.metadata
import io
import tarfile
from typing import Any

from PIL import Image

from pipeline.harness import OUTPUTS

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
    count = 0
    with tarfile.open(OUTPUTS / "samples.tar", "w", format=tarfile.USTAR_FORMAT) as archive:
        for photograph in photographs:
            with Image.open(str(photograph.locate())) as opened:
                picture = opened.convert("RGB")
            for index, (left, top, right, bottom) in enumerate(CROPS):
                width, height = picture.size
                box = (round(left * width), round(top * height), round(right * width), round(bottom * height))
                encoded = io.BytesIO()
                picture.crop(box).save(encoded, "PNG", compress_level=1)
                member = tarfile.TarInfo(f"{photograph.stem}-{index}.png")
                member.size = encoded.tell()
                encoded.seek(0)
                archive.addfile(member, encoded)
                count += 1
    return {"count": count, "versions": {"ultralytics": importlib.metadata.version("ultralytics")}}
