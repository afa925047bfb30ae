"""Temporary folders that say whose they are: what a killed process leaves is removed by the next one."""

from __future__ import annotations

import contextlib
import re
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from edgecask.store.owner import is_gone, own_identity

NAME = re.compile(r"\.?edgecask-(?P<owner>[0-9a-f]{16}-\d+-\d+)-\w{8}", re.ASCII)
FOREIGN_SECONDS = 24 * 3600
"""After this time without a change a folder of another machine, or of an earlier boot, is nobody's any more."""


@contextmanager
def temporary_folder(parent: Path | None = None, *, hidden: bool = False) -> Iterator[Path]:
    """A new folder in `parent` (that of the system where there is none), removed afterwards whatever happens."""
    if parent is not None:
        parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{'.' if hidden else ''}edgecask-{own_identity()}-", dir=parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def sweep(parents: Iterable[Path]) -> list[Path]:
    """Remove what dead processes left in these folders, and say what; what cannot be removed is left for another."""
    removed = []
    for parent in parents:
        with contextlib.suppress(OSError):
            for folder in parent.iterdir():
                if _is_left_over(folder):
                    shutil.rmtree(folder, ignore_errors=True)
                    removed.append(folder)
    return removed


def _is_left_over(folder: Path) -> bool:
    found = NAME.fullmatch(folder.name)
    if found is None or folder.is_symlink():
        return False
    gone = is_gone(found["owner"])
    if gone is None:
        with contextlib.suppress(OSError):
            return time.time() - folder.lstat().st_mtime > FOREIGN_SECONDS
        return False
    return gone
