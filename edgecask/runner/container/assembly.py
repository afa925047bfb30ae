"""From files to an image, without anything of the machine that does it: the same files give the same image id.

An engine's own builder writes times into files and descriptions. Here a layer is a tar of sorted names without times,
an image's description says nothing but what it is made of, and the engine is handed the whole as an archive: an OCI
layout that is also what `docker save` writes, so that Docker and Podman load it.
"""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

from edgecask.errors import EnvironmentBuildError
from edgecask.files import canonical_json, sha256_bytes, sha256_file

FORMAT = 1
"""Part of an image's key: raise it when the same files are to give another image."""
TIME = "1970-01-01T00:00:00Z"
INHERITED = ("Env", "Entrypoint", "Cmd")
"""What an image takes over from the one that it stands on."""
UV_NOTE = "uv_cache.json"
"""When uv saw the wheel; nothing reads it in an environment."""
GZIP = b"\x1f\x8b"
MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
CONFIG_TYPE = "application/vnd.oci.image.config.v1+json"
LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar"
KINDS = {tarfile.REGTYPE: tarfile.REGTYPE, tarfile.LNKTYPE: tarfile.REGTYPE, tarfile.DIRTYPE: tarfile.DIRTYPE,
         tarfile.SYMTYPE: tarfile.SYMTYPE}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Folder:
    """An empty folder of a layer."""

    name: str
    owner: int


def write_layer(made: Path, destination: Path, *, place: str, folders: Sequence[Folder] = ()) -> None:
    """Write a layer of what an engine's archive holds below its first folder, which becomes `place`.

    Everything belongs to root and is of 1970; `folders` are added. Raises EnvironmentBuildError for what is no file,
    folder or link.
    """
    with tarfile.open(made) as source, tarfile.open(destination, "w", format=tarfile.PAX_FORMAT) as layer:
        members = {_placed(member.name, place): member for member in source}
        for folder in folders:
            added = _member(folder.name, tarfile.DIRTYPE, 0o755)
            added.uid = added.gid = folder.owner
            members[folder.name] = added
        for name in sorted(members):
            member = members[name]
            if name.endswith(f".dist-info/{UV_NOTE}"):
                continue
            if member.type not in KINDS:
                raise EnvironmentBuildError(f"{name} is neither a file nor a folder nor a link.")
            entry = _member(name, KINDS[member.type], member.mode)
            entry.uid, entry.gid = (member.uid, member.gid) if name in {folder.name for folder in folders} else (0, 0)
            if entry.issym():
                entry.linkname = member.linkname
            content: IO[bytes] | None = None
            if entry.isreg():
                content = source.extractfile(member)
                assert content is not None
                if name.endswith(".dist-info/RECORD"):
                    content = io.BytesIO(without_note(content.read()))
                entry.size = _size(content)
            layer.addfile(entry, content)


def without_note(record: bytes) -> bytes:
    """A wheel's RECORD without the line of uv's note, its lines sorted."""
    lines = [line for line in record.splitlines(keepends=True) if f"/{UV_NOTE},".encode() not in line]
    return b"".join(sorted(lines))


def _placed(name: str, place: str) -> str:
    return str(PurePosixPath(place, *PurePosixPath(name).parts[1:]))


def _member(name: str, kind: bytes, mode: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.type, entry.mode = kind, mode & 0o7777
    return entry


def _size(content: IO[bytes]) -> int:
    size = content.seek(0, io.SEEK_END)
    content.seek(0)
    return size


def write_image(
    destination: Path, *, name: str, layer: Path, settings: Mapping[str, Any], below: Path | None = None
) -> str:
    """Write the archive of an image `name`, as engines load it; its id, where an engine calls images by their
    description.

    `layer` is a tar, uncompressed; `settings` stand beside what is inherited of the image in the archive `below`, which
    an engine saved. Raises EnvironmentBuildError where that is no such archive.
    """
    with tarfile.open(destination, "w", format=tarfile.PAX_FORMAT) as archive:
        blobs = _Blobs(archive)
        layers, digests, inherited = _copy(below, blobs) if below is not None else ([], [], {})
        with layer.open("rb") as stream:
            layers.append(blobs.add(stream, LAYER_TYPE))
        digests.append(f"sha256:{sha256_file(layer)}")
        description = canonical_json(
            {
                "architecture": "amd64",
                "os": "linux",
                "created": TIME,
                "config": {**inherited, **settings},
                "rootfs": {"type": "layers", "diff_ids": digests},
                "history": [{"created": TIME, "created_by": "edgecask"}] * len(digests),
            }
        )
        config = blobs.add(io.BytesIO(description), CONFIG_TYPE)
        manifest = {"schemaVersion": 2, "mediaType": MANIFEST_TYPE, "config": config, "layers": layers}
        reference = {
            **blobs.add(io.BytesIO(canonical_json(manifest)), MANIFEST_TYPE),
            "annotations": {"io.containerd.image.name": f"docker.io/{name}", "org.opencontainers.image.ref.name": name},
        }
        named = {"Config": _path(config), "RepoTags": [name], "Layers": [_path(entry) for entry in layers]}
        for member, content in {
            "oci-layout": {"imageLayoutVersion": "1.0.0"},
            "index.json": {"schemaVersion": 2, "manifests": [reference]},
            "manifest.json": [named],
        }.items():
            blobs.write(member, io.BytesIO(canonical_json(content)))
    return f"sha256:{sha256_bytes(description)}"


class _Blobs:
    """The blobs of an OCI layout, each once."""

    def __init__(self, archive: tarfile.TarFile) -> None:
        self._archive = archive
        self._known: set[str] = set()

    def add(self, stream: IO[bytes], kind: str) -> dict[str, Any]:
        """Add what a stream that can be read twice holds; its descriptor."""
        size = _size(stream)
        digest = hashlib.file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]
        descriptor = {"mediaType": kind, "digest": f"sha256:{digest}", "size": size}
        if _path(descriptor) not in self._known:
            self._known.add(_path(descriptor))
            self.write(_path(descriptor), stream)
        return descriptor

    def write(self, name: str, stream: IO[bytes]) -> None:
        """Add a file."""
        entry = _member(name, tarfile.REGTYPE, 0o644)
        entry.size = _size(stream)
        self._archive.addfile(entry, stream)


def _path(descriptor: Mapping[str, Any]) -> str:
    return f"blobs/{descriptor['digest'].replace(':', '/')}"


def _copy(saved: Path, blobs: _Blobs) -> tuple[list[dict[str, Any]], list[str], dict[str, Any]]:
    """The layers of a saved image, their digests when unpacked, and what is inherited of its settings."""
    try:
        with tarfile.open(saved) as archive:
            (manifest,) = json.load(_opened(archive, "manifest.json"))
            description = json.load(_opened(archive, manifest["Config"]))
            layers = []
            for name in manifest["Layers"]:
                stream = _opened(archive, name)
                packed = stream.read(len(GZIP)) == GZIP
                layers.append(blobs.add(stream, f"{LAYER_TYPE}+gzip" if packed else LAYER_TYPE))
            settings = description.get("config") or {}
            inherited = {key: settings[key] for key in INHERITED if settings.get(key)}
            return layers, list(description["rootfs"]["diff_ids"]), inherited
    except (tarfile.TarError, KeyError, TypeError, ValueError) as error:
        raise EnvironmentBuildError(
            f"The engine saved an image in a form that is not known ({type(error).__name__}: {error})."
        ) from error


def _opened(archive: tarfile.TarFile, name: str) -> IO[bytes]:
    content = archive.extractfile(name)
    if content is None:
        raise KeyError(name)
    return content
