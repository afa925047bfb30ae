"""SHA256SUMS: what is in a package, so that anybody can tell that nothing was changed.

`sha256sum --check SHA256SUMS` does so without edgecask.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from edgecask.errors import VerificationError
from edgecask.files import read_input, sha256_bytes, sha256_file

FILE = "SHA256SUMS"
MAX_BYTES = 1 << 20
MAX_FILE_BYTES = 256 << 20
_LINE = re.compile(r"([0-9a-f]{64})  (\S.*)")


def sums_of(folder: Path, names: Iterable[str]) -> bytes:
    """The text of SHA256SUMS for files and folders of these names in a folder, in coreutils' form."""
    lines = [f"{sha256_file(path)}  {path.relative_to(folder).as_posix()}\n" for path in _files(folder, names)]
    return "".join(lines).encode()


def differences(folder: Path, names: Iterable[str]) -> list[str]:
    """What differs between a package's files and its SHA256SUMS, each without a final full stop.

    `names` are what the manifest says is of the package. Raises VerificationError where SHA256SUMS cannot be read.
    """
    listed = _listed(folder)
    there = {file.relative_to(folder).as_posix(): file for file in _files(folder, [*names, *listed])}
    problems = [f"{name} is missing" for name in sorted(set(listed) - set(there))]
    problems += [f"{name} is not in {FILE}" for name in sorted(set(there) - set(listed))]
    problems += [
        f"{name} is another file than was packed"
        for name, digest in sorted(listed.items())
        if name in there and sha256_file(there[name]) != digest
    ]
    return problems


def listed_files(folder: Path) -> dict[str, bytes]:
    """The contents of what SHA256SUMS lists, and its own, by name.

    Raises VerificationError where one is another than is listed.
    """
    listed, files = _listed(folder), {}
    advice = "Take the package from where it was built."
    for name, digest in listed.items():
        files[name] = read_input(folder / name, limit=MAX_FILE_BYTES, error=VerificationError, advice=advice)
        if sha256_bytes(files[name]) != digest:
            raise VerificationError(f"{folder / name} is another file than was packed.", advice=advice)
    return {**files, FILE: read_input(folder / FILE, limit=MAX_BYTES, error=VerificationError, advice=advice)}


def _listed(folder: Path) -> dict[str, str]:
    """The sha256 by name; raises VerificationError where SHA256SUMS cannot be read."""
    path = folder / FILE
    content = read_input(path, limit=MAX_BYTES, error=VerificationError, advice="Build the package again.")
    listed: dict[str, str] = {}
    for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), start=1):
        found = _LINE.fullmatch(line)
        if found is None or Path(found[2]).is_absolute() or ".." in Path(found[2]).parts:
            raise VerificationError(
                f"Line {number} of {path} is none of sha256sum's.", advice="Build the package again."
            )
        listed[found[2]] = found[1]
    return listed


def _files(folder: Path, names: Iterable[str]) -> Iterator[Path]:
    """The regular files of these names, and those below folders of these names, sorted; links are none."""
    found = set()
    for name in {*names} - {FILE}:
        place = folder / name
        found |= set(place.rglob("*")) if place.is_dir() and not place.is_symlink() else {place}
    return iter(sorted(path for path in found if path.is_file() and not path.is_symlink()))
