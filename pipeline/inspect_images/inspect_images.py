"""Can these pictures be used? In an environment, since decoding what a stranger made is a risk.

Parameters: `training`: whether every picture must be one that Ultralytics lets in (training_rules.py); `reader`:
whether its own reader must give the same picture as read_image, upright and with the same colours (training_reader.py),
which needs the environment `export`. Input `images.tar`. Output `images.json`: for each picture its `name`, `width`
and `height` in pixels as it is seen upright, and `problem`: why it is not usable, or nothing.
"""

from __future__ import annotations

import contextlib
import io
import json
import tarfile
from pathlib import PurePosixPath
from typing import Any

import PIL

from pipeline.harness import INPUTS, OUTPUTS, OWN
from pipeline.shared.images import UnreadableError, read_image
from pipeline.shared.training_rules import training_problem

with contextlib.suppress(ImportError):  # only `export` has Ultralytics
    from pipeline.shared.training_reader import reader_problem


def inspect(name: str, content: bytes, *, training: bool, reader: bool) -> dict[str, Any]:
    """One picture's entry."""
    try:
        image = read_image(io.BytesIO(content), 3)
    except UnreadableError as error:
        return {"name": name, "width": 0, "height": 0, "problem": str(error)}
    problem = training_problem(content, image) if training else ""
    if reader and not problem:
        path = OWN / f"picture{PurePosixPath(name).suffix.lower()}"
        path.write_bytes(content)
        problem = reader_problem(path, image)
        path.unlink()
    return {"name": name, "width": image.width, "height": image.height, "problem": problem}


def run(parameters: dict[str, Any]) -> dict[str, Any]:
    """Inspect all pictures."""
    found = []
    with tarfile.open(INPUTS / "images.tar") as archive:
        for member in sorted(archive.getmembers(), key=lambda member: member.name):
            stream = archive.extractfile(member)
            assert stream is not None
            found.append(inspect(member.name, stream.read(), **parameters))
    (OUTPUTS / "images.json").write_text(json.dumps(found), encoding="utf-8")
    return {"count": len(found), "versions": {"pillow": PIL.__version__}}
