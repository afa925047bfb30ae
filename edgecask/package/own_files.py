"""What in a package's folder is edgecask's, and what a user put beside it: only the first is replaced or removed.

ST's tools read and write in that folder, and `invoke flash` looks there for the application that the user builds.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection
from pathlib import Path

from edgecask.files import discard
from edgecask.package import signature
from edgecask.target.package_tables import Manifest
from edgecask.target.target import Target


def added_by_user(folder: Path, manifest: Manifest) -> list[Path]:
    """What lies in a package's folder and is not of the package, sorted; a package of 0.1 does not say."""
    own = manifest.get("files")
    return [] if own is None else sorted(path for path in folder.iterdir() if path.name not in (*own, signature.FILE))


def carry_over(older: Path, manifest: Manifest, newer: Path, *, stale: Collection[str]) -> None:
    """Copy what a user put beside a package to the one that takes its place.

    What has one of the names `stale`, at whatever depth, stays behind: it was made from the older package's model.
    """
    for path in added_by_user(older, manifest):
        copy = newer / path.name
        if copy.exists() or path.name in stale:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.copytree(path, copy, symlinks=True, ignore=shutil.ignore_patterns(*stale))
        else:
            shutil.copy2(path, copy, follow_symlinks=False)


def made_from_model(target: Target) -> frozenset[str]:
    """Names of files that tools make from the model and `invoke flash` writes to the model's address."""
    return frozenset(part.file for part in target.flash.parts if part.address == target.flash.address)


def remove_own(folder: Path, manifest: Manifest) -> bool:
    """Remove a package; False where its folder stays, for what a user put into it. Raises OSError."""
    if not added_by_user(folder, manifest):
        discard(folder)
        return True
    for name in (*manifest["files"], signature.FILE):
        discard(folder / name)
    return False
