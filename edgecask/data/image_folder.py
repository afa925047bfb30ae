"""Pictures below a folder: one rule for calibration, training and evaluation.

It is that of Ultralytics (`ultralytics/data/base.py`: get_img_files): all files with the suffix of a picture, links to
folders are followed, and what begins with a dot is none of the user's pictures (`._IMG_0.jpg` and `.DS_Store` of macOS,
folders of editors). Unlike there a search has an end: it stays on one file system, since a link to /proc or / leads
through all of a machine, and looks at MOST_FILES files.
"""

from __future__ import annotations

import errno
import os
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

IMAGE_SUFFIXES = frozenset(
    {".avif", ".bmp", ".dng", ".heic", ".heif", ".jp2", ".jpeg", ".jpg", ".mpo", ".png", ".tif", ".tiff", ".webp"}
)
"""Of the pictures in a data set, in any letter case: ultralytics.data.utils.IMG_FORMATS."""
READABLE_SUFFIXES = (IMAGE_SUFFIXES - {".dng", ".heic", ".heif"}) | {".gif", ".jfif", ".jpe", ".pgm", ".ppm"}
"""Of pictures that Pillow decodes: they need no labels, so what Ultralytics has to read does not matter."""
# Pictures for their owner, that are left out with a word.
_OTHER_SUFFIXES = frozenset(
    {
        ".arw", ".cr2", ".cr3", ".exr", ".hdr", ".ico", ".jxl", ".nef", ".orf", ".pnm", ".psd", ".raf", ".raw", ".rw2",
        ".svg", ".tga",
    }
)  # fmt: skip

MOST_FILES = 5_000_000


@dataclass(frozen=True, kw_only=True)
class FoundImages:
    """Picture files, sorted by their paths, and how many others of which suffix were left out."""

    images: tuple[Path, ...]
    left_out: Mapping[str, int]


def find_images(folder: Path, suffixes: Collection[str]) -> FoundImages:
    """The pictures below `folder` whose suffix is one of `suffixes`; raises OSError where it cannot be read."""
    images = []
    left_out: Counter[str] = Counter()
    for path in _files(folder):
        suffix = path.suffix.lower()
        if suffix in suffixes:
            images.append(path)
        elif suffix in IMAGE_SUFFIXES | READABLE_SUFFIXES | _OTHER_SUFFIXES:
            left_out[suffix] += 1
    images.sort(key=lambda path: path.relative_to(folder).as_posix())
    return FoundImages(images=tuple(images), left_out=dict(sorted(left_out.items())))


def describe_left_out(left_out: Mapping[str, int]) -> str:
    """What was left out, as in "3 .heic, 1 .svg"."""
    return ", ".join(f"{count:,} {suffix}" for suffix, count in left_out.items())


def _files(folder: Path) -> Iterator[Path]:
    """The files below a folder; each folder is entered once, whichever links lead to it."""
    entered: set[str] = set()
    device = folder.stat().st_dev
    looked_at = 0
    for parent, folders, names in os.walk(folder, followlinks=True, onerror=_raise):
        real = os.path.realpath(parent)
        if real in entered:
            folders.clear()
            continue
        if Path(real).stat().st_dev != device:
            raise OSError(errno.EXDEV, f"it lies on another file system than {folder}: name it by itself", parent)
        entered.add(real)
        looked_at += len(folders) + len(names)
        if looked_at > MOST_FILES:
            raise OSError(errno.E2BIG, f"more than {MOST_FILES:,} files lie in it", str(folder))
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in names:
            path = Path(parent, name)
            # A link that leads nowhere is a picture that is missing: who uses it says so.
            if not name.startswith(".") and (path.is_file() or path.is_symlink()):
                yield path


def _raise(error: OSError) -> None:
    raise error
