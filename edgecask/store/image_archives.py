"""Pictures as archives of the store: each file is read once, and what was read is what is hashed and packed."""

from __future__ import annotations

import errno
import functools
import tarfile
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from types import MappingProxyType

from edgecask import files
from edgecask.files import printable_name, read_bounded, sha256_bytes, sha256_file, writing_tar
from edgecask.store.record import made_by_host
from edgecask.store.result import Blob
from edgecask.store.store import Store

LARGEST_IMAGE = 512 << 20
REPACKED = "images.tar"
_WRITERS = (Path(__file__), Path(files.__file__))


@dataclass(frozen=True, kw_only=True)
class PackedImages:
    """An archive, and the sha256 of each of its files by the name it has there."""

    archive: Blob
    digests: Mapping[str, str]


def pack(store: Store, named: Iterable[tuple[str, Path]]) -> PackedImages:
    """Files under these names as one archive in the store, without dates and owners; raises OSError."""
    with store.temporary() as temporary:
        path = temporary / "images.tar"
        digests = write_archive(path, named)
        return PackedImages(archive=store.adopt(path), digests=digests)


def write_archive(destination: Path, named: Iterable[tuple[str, Path]]) -> dict[str, str]:
    """As pack, into a file; the sha256 of each of its files."""
    digests = {}
    with writing_tar(destination) as archive:
        for name, path in named:
            # At once: its sha256 must be that of what is written.
            content = read_bounded(path, limit=LARGEST_IMAGE)
            if content is None:
                raise OSError(errno.EFBIG, f"it has more than {LARGEST_IMAGE >> 20} MiB", str(path))
            archive.add(name, content)
            digests[name] = sha256_bytes(content)
    return digests


def names_in(archive: Blob) -> list[str]:
    """The names of an archive's files, sorted."""
    with tarfile.open(archive.path) as opened:
        return sorted(opened.getnames())


@functools.lru_cache
def digests_in(archive: Blob) -> Mapping[str, str]:
    """The sha256 of each of an archive's files by its name."""
    found = {}
    with tarfile.open(archive.path) as opened:
        for member in opened:
            content = opened.extractfile(member)
            if content is not None:
                found[member.name] = sha256_bytes(content.read())
    return MappingProxyType(found)


def repack(store: Store, archives: Sequence[Blob], names: Collection[str]) -> Blob:
    """An archive of these files of other ones, in their order; from the store where it has been made before."""
    made_from = made_by_host(
        "repacked images",
        parameters={"names": sorted(names)},
        inputs={f"{number}.tar": archive.sha256 for number, archive in enumerate(archives)},
        outputs=[REPACKED],
        programs={path.name: sha256_file(path) for path in _WRITERS},
    )

    def write(folder: Path) -> dict[str, Path]:
        with writing_tar(folder / REPACKED) as repacked:
            for archive in archives:
                with tarfile.open(archive.path) as opened:
                    for member in opened:
                        content = opened.extractfile(member) if member.name in names else None
                        if content is not None:
                            repacked.add(member.name, content.read())
        return {REPACKED: folder / REPACKED}

    return store.kept(made_from, write).outputs[REPACKED]


def portable_names(paths: Iterable[PurePath]) -> list[str]:
    """Names for these different paths, with slashes, that every program can write: bytes that are no text escaped."""
    names: dict[str, None] = {}
    for path in paths:
        name = printable_name(path)
        while name in names:  # somebody else is really called so
            name += "_"
        names[name] = None
    return list(names)
