"""Zip files from outside, unpacked without trust: what lies in them is bounded before anything is written."""

from __future__ import annotations

import shutil
import stat
import zipfile
import zlib
from collections.abc import Collection, Iterator
from pathlib import Path, PurePosixPath

from edgecask.errors import DatasetError
from edgecask.files import BLOCK, naming

BEGINNINGS = (b"PK\x03\x04", b"PK\x05\x06")
"""Of a zip, and of one that holds nothing."""
MOST_MEMBERS = 2_000_000
LARGEST_MEMBER = 1 << 30
MOST_TIMES = 100
"""How much larger than itself an archive may unpack to: pictures and labels shrink to a tenth at most."""
SMALL = 64 << 20
"""Bytes that any archive may unpack to."""
LONGEST_NAME = 1024
ADVICE = "Export the data set again."
_HIDDEN = "__MACOSX"


def is_zip(path: Path) -> bool:
    """Whether a file begins as a zip does, or is called one; raises OSError where it cannot be read."""
    with path.open("rb") as stream:
        return stream.read(4) in BEGINNINGS or path.suffix.lower() == ".zip"


def unpack(path: Path, folder: Path, suffixes: Collection[str]) -> None:
    """Write the files of an archive with these suffixes below `folder`, an empty one.

    Others are left alone, and so is what a Mac or an editor hides among them. Raises DatasetError where the archive is
    damaged or encrypted, has names that lead out of it or files under one name, or unpacks to far more than it is.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = list(_wanted(path, archive.infolist(), suffixes))
            for member, name in members:
                destination = folder / name
                destination.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(member) as content, naming(destination), destination.open("xb") as stream:
                    shutil.copyfileobj(content, stream, BLOCK)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, UnicodeDecodeError, ValueError) as error:
        raise DatasetError(f"{path} is no zip file that can be unpacked ({error}).", advice=ADVICE) from error
    except RuntimeError as error:  # how zipfile says that a member is encrypted
        raise DatasetError(f"{path} cannot be unpacked ({error}).", advice="Save it without a password.") from error


def _wanted(
    path: Path, members: Collection[zipfile.ZipInfo], suffixes: Collection[str]
) -> Iterator[tuple[zipfile.ZipInfo, PurePosixPath]]:
    size = path.stat().st_size
    if len(members) > MOST_MEMBERS:
        raise DatasetError(f"{path} holds more than {MOST_MEMBERS:,} files.", advice=ADVICE)
    # Files that lie over each other in the archive are how a small one holds a huge one.
    if sum(member.compress_size for member in members) > size:
        raise DatasetError(f"{path} claims to hold more than it has bytes.", advice=ADVICE)
    unpacked = sum(member.file_size for member in members)
    if unpacked > max(SMALL, MOST_TIMES * size):
        raise DatasetError(
            f"{path} has {size / 1e6:,.1f} MB and unpacks to {unpacked / 1e6:,.0f} MB.",
            advice="Unpack it yourself if that is right, and pass what is in it.",
        )
    seen: set[str] = set()
    folders: set[str] = set()
    for member in members:
        name = PurePosixPath(member.filename.replace("\\", "/"))
        what = f"{path} holds {member.filename!r:.80}"
        if name.is_absolute() or ".." in name.parts or ":" in member.filename or len(member.filename) > LONGEST_NAME:
            raise DatasetError(f"{what}, a name that leads elsewhere.", advice=ADVICE)
        if stat.S_ISLNK(member.external_attr >> 16):
            raise DatasetError(f"{what}, a link.", advice="Put the files themselves into it.")
        if member.is_dir() or name.suffix.lower() not in suffixes or _is_hidden(name):
            continue
        if member.file_size > LARGEST_MEMBER:
            raise DatasetError(f"{what} of more than {LARGEST_MEMBER >> 20:,} MiB.", advice=ADVICE)
        # Folders that do not tell upper case from lower would mix such files up.
        key = str(name).casefold()
        folders.update(str(above).casefold() for above in name.parents)
        if key in seen:
            raise DatasetError(f"{what} twice.", advice=ADVICE)
        seen.add(key)
        yield member, name
    if both := seen & folders:
        raise DatasetError(f"{path} holds {min(both)!r:.80} as a file and as a folder.", advice=ADVICE)


def _is_hidden(name: PurePosixPath) -> bool:
    return any(part.startswith(".") or part == _HIDDEN for part in name.parts)
