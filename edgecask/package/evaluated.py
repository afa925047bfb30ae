"""What a user names to be evaluated: a model file, or a package, whose model may run on the device alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgecask.analysis.accuracy import as_flashed, runnable
from edgecask.data.weights import Weights
from edgecask.errors import ModelFileError, UsageError
from edgecask.files import sha256_bytes
from edgecask.package.manifest import no_package, read_manifest, read_model_of
from edgecask.store.result import Blob
from edgecask.store.store import Store
from edgecask.target.model_file import ModelFile, parse_model, read_content
from edgecask.target.package_tables import Manifest
from edgecask.wording import shorten

FLOAT = "float"
"""The value of --against that stands for the checkpoint that a package was made from."""


@dataclass(frozen=True, kw_only=True)
class Evaluated:
    """A model that runs on this machine; `twin` where it stands for another file, `manifest` of its package.

    `before` is what a file for the device was compiled from, where that itself is evaluated.
    """

    name: str
    blob: Blob
    model: ModelFile
    twin: bool
    manifest: Manifest | None
    before: Blob | None = None


def target_at(path: Path) -> str:
    """The name of the target of a package, whose folder or file `path` is; raises UsageError where it is of none."""
    if not path.exists():
        read_content(path)  # which says what is wrong with it
    manifest = read_manifest(path if path.is_dir() else path.parent, target=None)
    if manifest is None:
        raise UsageError(
            f"{path} is of no package, so nothing says for which device it is.", advice="Name it with --target."
        )
    return manifest["target"]


def find_evaluated(store: Store, path: Path, *, target: str) -> Evaluated:
    """The model at `path`, a file or the folder of a package for `target`.

    For what went through Vela that is the package's twin (`host/`), or the model in the store from which it was made.
    Raises StorageError where a folder is no package, ModelFileError where the file is none or no twin is left.
    """
    path = _file_at(path, target)
    content = read_content(path)
    manifest = _package_of(path, sha256_bytes(content), target)
    if manifest is not None and "file" in _table(manifest, "host"):
        twin, content = read_model_of(path.parent, target=target, table="host")
        return Evaluated(
            name=path.name,
            blob=store.ingest_bytes(content),
            model=parse_model(content, name=str(twin)),
            twin=True,
            manifest=manifest,
        )
    blob, model, is_twin = runnable(store, path)
    return Evaluated(name=path.name, blob=blob, model=model, twin=is_twin, manifest=manifest)


def find_flashed(store: Store, path: Path, *, target: str) -> Evaluated:
    """The very file at `path`, or the one of a package, for a simulated NPU; raises as find_evaluated does."""
    path = _file_at(path, target)
    blob, model, source = as_flashed(store, path)
    manifest = _package_of(path, blob.sha256, target)
    if source is None and manifest is not None and "file" in _table(manifest, "host"):
        source = store.ingest_bytes(read_model_of(path.parent, target=target, table="host")[1])
    return Evaluated(name=path.name, blob=blob, model=model, twin=False, manifest=manifest, before=source)


def _file_at(path: Path, target: str) -> Path:
    """The file, or the model of the package in this folder."""
    if not path.is_dir():
        return path
    manifest = read_manifest(path, target=target)
    if manifest is None:
        raise no_package(path, target)
    return path / manifest["model"]["file"]


def _package_of(path: Path, sha256: str, target: str) -> Manifest | None:
    """The manifest beside a file, where it names this very file as a model."""
    manifest = read_manifest(path.parent, target=target)
    if manifest is None:
        return None
    return manifest if sha256 in (manifest["model"]["sha256"], _table(manifest, "prefetch").get("sha256")) else None


def _table(manifest: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A table of a manifest that somebody else may have written; empty where it is none."""
    found = manifest.get(name)
    return found if isinstance(found, dict) else {}


def made_from(store: Store, evaluated: Evaluated) -> Weights:
    """The checkpoint that a package's model was made from, out of the store.

    Raises UsageError where the model is in no package, ModelFileError where the store has the checkpoint no more.
    """
    if evaluated.manifest is None:
        raise UsageError(
            f"--against={FLOAT} is the checkpoint that a package was made from, and {evaluated.name} is in no package.",
            advice="Pass the checkpoint: --against=best.pt.",
        )
    entry = _table(evaluated.manifest["inputs"], "weights")
    name, sha256 = (str(entry.get(key, "?")) for key in ("name", "sha256"))
    blob = store.blob(sha256)
    if blob is None:
        raise ModelFileError(
            f"The checkpoint that the package was made from ({shorten(name)}, sha256 {shorten(sha256)}) is not in "
            "the store.",
            advice="Pass it: --against=best.pt.",
        )
    return Weights(path=blob.path, label=shorten(name))
