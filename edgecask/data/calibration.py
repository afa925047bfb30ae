"""Pictures for calibration: found in sorted order, packed with their names, hashed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from edgecask.data.image_folder import READABLE_SUFFIXES, FoundImages, describe_left_out, find_images
from edgecask.errors import CalibrationError
from edgecask.store.image_archives import names_in, pack, portable_names
from edgecask.store.result import Blob
from edgecask.store.store import Store

FEW_IMAGES = 20
"""Below this the ranges of a network depend on what happens to be in the pictures."""
ADVICE = "Pass --calibration=FOLDER with pictures."


@dataclass(frozen=True, kw_only=True)
class CalibrationImages:
    """A folder's pictures as one archive, their sha256 by name, and how many of which suffix were left out."""

    archive: Blob
    digests: Mapping[str, str]
    left_out: Mapping[str, int]

    @property
    def count(self) -> int:
        """How many pictures there are."""
        return len(self.digests)

    def warning(self) -> str:
        """What the user should know of pictures that were left out, or nothing."""
        if not self.left_out:
            return ""
        missing = sum(self.left_out.values())
        return (
            f"{missing:,} of {missing + self.count:,} pictures were left out of calibration "
            f"({describe_left_out(self.left_out)}): save them as JPEG or PNG"
        )


def few_images(count: int) -> str:
    """What the user should know where so few pictures calibrate, or nothing."""
    if count >= FEW_IMAGES:
        return ""
    return f"only {count} picture{'s calibrate' if count > 1 else ' calibrates'} the model: take {FEW_IMAGES} or more"


def find_calibration(folder: Path) -> FoundImages:
    """All pictures below `folder`, sorted by their path; raises CalibrationError where there are none."""
    if not folder.exists():
        raise CalibrationError(f"The calibration folder {folder} does not exist.", advice=ADVICE)
    if not folder.is_dir():
        raise CalibrationError(f"{folder} is not a folder.", advice=ADVICE)
    try:
        found = find_images(folder, READABLE_SUFFIXES)
    except OSError as error:
        raise CalibrationError(
            f"The calibration folder {folder} cannot be read ({error.strerror}: {error.filename}).",
            advice="Check its permissions.",
        ) from error
    if not found.images:
        left_out = f"; it holds {describe_left_out(found.left_out)}" if found.left_out else ""
        raise CalibrationError(
            f"The calibration folder {folder} holds no picture ({', '.join(sorted(READABLE_SUFFIXES))}){left_out}.",
            advice="Put some hundred pictures into it that look like what the camera will see.",
        )
    return found


def pack_images(store: Store, folder: Path) -> CalibrationImages:
    """The folder's pictures in the store: the same files give the same archive, whatever their dates and owners."""
    found = find_calibration(folder)
    names = portable_names(image.relative_to(folder) for image in found.images)
    try:
        packed = pack(store, zip(names, found.images, strict=True))
    except OSError as error:
        if not error.filename or not Path(error.filename).is_relative_to(folder):
            raise  # the store's own
        raise CalibrationError(
            f"{error.filename}, a calibration picture, cannot be read ({error.strerror}).",
            advice="Remove or replace it.",
        ) from error
    return CalibrationImages(archive=packed.archive, digests=packed.digests, left_out=found.left_out)


def images_in(archive: Blob) -> list[str]:
    """The names of an archive's pictures, sorted."""
    return [name for name in names_in(archive) if PurePosixPath(name).suffix.lower() in READABLE_SUFFIXES]
