"""manifest.json: what tells a package of edgecask's from any other folder, and its model from another build's."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any, cast

from edgecask.errors import EdgecaskError, StorageError
from edgecask.files import read_bounded, sha256_bytes
from edgecask.target.package_tables import Manifest

SCHEMA = 2
SCHEMAS = (1, 2)
"""Those that were ever written; folders with them are edgecask's."""
MANIFEST = "manifest.json"
MAX_MANIFEST_BYTES = 16 << 20
MAX_FILE_BYTES = 256 << 20
"""Of a file in a package: more than any device's flash."""
ATTEMPTS = 5
PAUSE_SECONDS = 0.02
MISSING = {
    "prefetch": (
        "file with weights brought ahead",
        "Build it again without --no-prefetch, or flash the model: `edgecask flash --target=TARGET`.",
    ),
    "host": ("model that runs on this machine", "Build it again: `edgecask build --target=TARGET`."),
}
"""What a package may lack, by the table of its manifest, and what to do."""
_SHA256 = re.compile(r"[0-9a-f]{64}")


def read_manifest(folder: Path, *, target: str | None) -> Manifest | None:
    """The manifest of a package for `target`, or for any; None where the folder is not one that edgecask wrote.

    Browser extensions, web applications and datasets have a manifest.json, too: ours names its schema, its target, its
    model with a digest, and what it was made from.
    """
    try:
        content = read_bounded(folder / MANIFEST, limit=MAX_MANIFEST_BYTES)
        found = json.loads(content) if content is not None else None
    except (OSError, ValueError, RecursionError, EdgecaskError):
        return None
    if not isinstance(found, dict) or type(found.get("schema")) is not int or found["schema"] not in SCHEMAS:
        return None
    model = found.get("model")
    ours = (
        _is_name(found.get("target"))
        and target in (None, found["target"])
        and isinstance(model, dict)
        and _is_name(model.get("file"))
        and isinstance(model.get("sha256"), str)
        and _SHA256.fullmatch(model["sha256"]) is not None
        and isinstance(found.get("inputs"), dict)
    )
    return cast("Manifest", found) if ours else None


def _is_path(value: Any) -> bool:
    """Whether it names a file in a folder, or in a folder in it."""
    parts = value.split("/") if isinstance(value, str) else []
    return 0 < len(parts) <= 2 and all(map(_is_name, parts))


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and value not in ("", ".", "..") and not set(value) & set("/\\:\0")


def read_model_of(folder: Path, *, target: str, table: str = "model") -> tuple[Path, bytes]:
    """The model of a package, or its file of another `table` (MISSING): path, and bytes, which the manifest names.

    A build may put another package in this one's place at any moment, so a manifest that does not fit is read again.
    Raises StorageError where there is no package, or its model is another file.
    """
    path = None
    for attempt in range(ATTEMPTS):
        if attempt:
            time.sleep(PAUSE_SECONDS)
        manifest = read_manifest(folder, target=target)
        if manifest is None:
            continue
        named = manifest.get(table)
        if not isinstance(named, dict) or not _is_path(named.get("file")):
            what, advice = MISSING[table]
            raise StorageError(f"The package in {folder} has no {what}.", advice=advice.replace("TARGET", target))
        path = folder / named["file"]
        try:
            content = read_bounded(path, limit=MAX_FILE_BYTES)
        except (OSError, EdgecaskError):
            continue
        if content is not None and sha256_bytes(content) == named.get("sha256"):
            return path, content
    if path is None:
        raise no_package(folder, target)
    raise StorageError(
        f"{path} is not the model that {folder / MANIFEST} names.",
        advice=f"Run `invoke build --target={target}` again, or pass --model={path} where it is meant to be another.",
    )


def read_files_of(folder: Path, *, target: str) -> dict[str, bytes]:
    """All files of a package by their paths in it, sorted, and of one build; raises as read_model_of does."""
    for attempt in range(ATTEMPTS):
        if attempt:
            time.sleep(PAUSE_SECONDS)
        model, content = read_model_of(folder, target=target)
        try:
            before = (folder / MANIFEST).read_bytes()
            files = {
                path.relative_to(folder).as_posix(): path.read_bytes()
                for path in sorted(folder.rglob("*"))
                if path.is_file()
            }
            unchanged = (folder / MANIFEST).read_bytes() == before == files[MANIFEST]
        except (OSError, KeyError):
            continue
        if unchanged and files.get(model.name) == content:
            return files
    raise StorageError(f"{folder} changed while it was read.", advice="Run this again when no build is running.")


def no_package(folder: Path, target: str) -> StorageError:
    """The error for a folder that is not a package."""
    return StorageError(f"There is no package in {folder}.", advice=f"Run `invoke build --target={target}`.")
