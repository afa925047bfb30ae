"""What a checkpoint's network is for, told by the names in it: nothing is unpickled, and no large library is needed.

PyTorch writes a zip whose data.pkl names every class that it holds, of which Ultralytics' model says the task
(ultralytics/nn/tasks.py: PoseModel, DetectionModel). What the file really is, the export stage finds out.
"""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

from edgecask.task.task import TASKS

LARGEST_NAMES = 64 << 20
"""Bytes of a data.pkl: that of YOLOv8x-pose, with its optimizer, has 0.4 million."""
# As pickle writes a class up to protocol 3 (GLOBAL); torch.save uses 2. The first releases had another folder.
_MODEL = re.compile(rb"cultralytics\.(?:yolo\.)?nn\.tasks\n(\w{1,80})\n")


def task_of_checkpoint(path: Path) -> str | None:
    """The name of the task; None where the file does not tell, or names networks of several."""
    try:
        with zipfile.ZipFile(path) as archive:
            entry = next((each for each in archive.infolist() if each.filename.endswith("/data.pkl")), None)
            if entry is None or entry.file_size > LARGEST_NAMES:
                return None
            content = archive.read(entry)  # no more than the size it claims
    except Exception:  # zipfile raises whatever a damaged file leads it to; the export stage says what is wrong with it
        return None
    networks = {name.decode() for name in _MODEL.findall(content)}
    found = [name for name, task in TASKS.items() if networks & task.networks]
    return found[0] if len(found) == 1 else None
