"""Pictures for calibration: found in sorted order, packed with their names, hashed; and some of those in an archive."""

from __future__ import annotations

import tarfile
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from edgecask.errors import CalibrationError
from edgecask.files import writing_tar
from edgecask.store.result import Blob
from edgecask.store.store import Store

# What Pillow decodes without plugins and cameras write, in any letter case.
SUFFIXES = frozenset({".bmp", ".gif", ".jpeg", ".jpg", ".png", ".ppm", ".tif", ".tiff", ".webp"})


@dataclass(frozen=True, kw_only=True)
class CalibrationImages:
    """A folder's pictures as one archive; `count` of them."""

    archive: Blob
    count: int


def find_images(folder: Path) -> list[Path]:
    """All pictures below `folder`, sorted by their path; raises CalibrationError where there are none."""
    if not folder.exists():
        raise CalibrationError(
            f"The calibration folder {folder} does not exist.", advice="Pass --calibration=FOLDER with pictures."
        )
    if not folder.is_dir():
        raise CalibrationError(f"{folder} is not a folder.", advice="Pass --calibration=FOLDER with pictures.")
    images = sorted(
        (path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file()),
        key=lambda path: path.relative_to(folder).as_posix(),
    )
    if not images:
        raise CalibrationError(
            f"The calibration folder {folder} holds no picture ({', '.join(sorted(SUFFIXES))}).",
            advice="Put some hundred pictures into it that look like what the camera will see.",
        )
    return images


def pack_images(store: Store, folder: Path) -> CalibrationImages:
    """The folder's pictures in the store: the same files give the same archive, whatever their dates and owners."""
    images = find_images(folder)
    named = [(image.relative_to(folder).as_posix(), image) for image in images]
    return CalibrationImages(archive=pack(store, named), count=len(images))


def names_in(archive: Blob) -> list[str]:
    """The pictures of an archive, sorted by their names."""
    with tarfile.open(archive.path) as opened:
        return sorted(name for name in opened.getnames() if Path(name).suffix.lower() in SUFFIXES)


def repack(store: Store, archive: Blob, names: Collection[str]) -> Blob:
    """An archive of these files of another one, in its order."""
    with store.temporary() as temporary:
        path = temporary / "images.tar"
        with tarfile.open(archive.path) as opened, writing_tar(path) as repacked:
            for member in opened:
                content = opened.extractfile(member) if member.name in names else None
                if content is not None:
                    repacked.add(member.name, content.read())
        return store.adopt(path)


def pack(store: Store, named: Sequence[tuple[str, Path]]) -> Blob:
    """Files under these names as one archive in the store, without dates and owners."""
    with store.temporary() as temporary:
        path = temporary / "images.tar"
        with writing_tar(path) as archive:
            for name, image in named:
                archive.add(name, image)
        return store.adopt(path)
