"""Files, each thing once: what is hashed, read, written whole, and packed.

Two programs that mean the same thing write, and hash, the same bytes. A user's file is read once: what is hashed is
what is kept, and a file that changes meanwhile is an error. A file that is written is there as a whole or not at all.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import io
import json
import os
import shutil
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePath
from typing import IO, TYPE_CHECKING, Any

from edgecask.errors import EdgecaskError, StorageError

if TYPE_CHECKING:
    import tarfile

BLOCK = 1 << 20
TEMPORARY = ".temporary"
"""How the names of files end that are not yet whole; they also begin with a dot."""


def canonical_json(value: Any) -> bytes:
    """`value` as JSON with sorted keys, no white space and no NaN: the one form that is hashed."""
    return _encoded(json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False))


def readable_json(value: Any) -> bytes:
    """`value` as sorted, indented JSON with a final newline: the form a user reads in the package."""
    return _encoded(json.dumps(value, sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def _encoded(text: str) -> bytes:
    """UTF-8; what a file name had that is no text (a lone surrogate) becomes JSON's own escape of it."""
    return text.encode("utf-8", errors="backslashreplace")


def printable_name(path: PurePath) -> str:
    """A path with slashes as text that every program can write: bytes that are no text are escaped."""
    return os.fsencode(path.as_posix()).decode("utf-8", errors="backslashreplace")


def sha256_bytes(data: bytes) -> str:
    """The sha256 of `data` in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def sha256_file(path: Path) -> str:
    """The sha256 of a file's content in hexadecimal, read in blocks so that memory stays flat.

    Raises OSError where it is no regular file: a pipe would block, and a device has no end.
    """
    with open(path, "rb", opener=_without_waiting) as stream:
        if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
            raise OSError(errno.EINVAL, "it is not a file", str(path))
        return hashlib.file_digest(stream, "sha256").hexdigest()


def sha256_json(value: Any) -> str:
    """The sha256 of `value` in canonical JSON."""
    return sha256_bytes(canonical_json(value))


@contextmanager
def open_regular(path: Path) -> Iterator[IO[bytes]]:
    """A regular file to read from; raises StorageError where it is none (a pipe would block)."""
    # A pipe that takes a file's place between the two would block, too, were it not opened so.
    mode = path.stat().st_mode
    if stat.S_ISDIR(mode):
        raise StorageError(f"{path} is a folder.", advice="Pass the file in it.")
    if not stat.S_ISREG(mode):
        raise StorageError(f"{path} is not a file.", advice="Pass the file itself, not a pipe or a device.")
    with open(path, "rb", opener=_without_waiting) as stream:
        if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
            raise _changed(path)
        yield stream


@contextmanager
def open_unchanging(path: Path) -> Iterator[tuple[IO[bytes], int]]:
    """A regular file to read from once, and its size in bytes.

    Raises StorageError where it is none, or changed while it was read.
    """
    with open_regular(path) as stream:
        before = os.fstat(stream.fileno())
        yield stream, before.st_size
        after = os.fstat(stream.fileno())
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise _changed(path)


def _changed(path: Path) -> StorageError:
    return StorageError(
        f"{path} changed while it was read.", advice="Run this again when nothing writes to that file any more."
    )


def is_named_file(path: Path) -> bool:
    """Whether there is a file that somebody's file names; none has a name that is too long for one."""
    with contextlib.suppress(OSError):
        return path.is_file()
    return False


def read_bounded(path: Path, *, limit: int) -> bytes | None:
    """The content of a file of at most `limit` bytes, None where it is larger; see open_unchanging."""
    with open_unchanging(path) as (stream, size):
        if size > limit:
            return None
        expected = min(limit, max(size, BLOCK))
        content = stream.read(expected + 1)  # not to the limit, which would be reserved at once
        # What the kernel makes while it is read has no size.
        while expected < len(content) <= limit and (more := stream.read(min(BLOCK, limit + 1 - len(content)))):
            content += more
    return content if len(content) <= limit else None


def read_input(path: Path, *, limit: int, error: type[EdgecaskError], advice: str) -> bytes:
    """The content of a file from outside; raises `error` where it is missing, no file, or over `limit` bytes.

    FileNotFoundError is the cause of the error for a file that is missing.
    """
    try:
        content = read_bounded(path, limit=limit)
    except OSError as reason:
        raise error(f"{path} cannot be read ({reason.strerror}).", advice=advice) from reason
    except StorageError as reason:
        why = reason.message.removeprefix(f"{path} ").rstrip(".")
        raise error(f"{path} cannot be read (it {why}).", advice=reason.advice) from reason
    if content is None:
        raise error(f"{path} has more than {limit / 1e6:,.0f} MB.", advice=advice)
    return content


def _without_waiting(name: str, flags: int) -> int:
    return os.open(name, flags | getattr(os, "O_NONBLOCK", 0))


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Let an error of writing that names no file name this one: the system knows of an open file alone."""
    try:
        yield
    except OSError as error:
        if error.filename is None:
            error.filename = str(path)
        raise


def copy_hashed(source: Path, destination: Path) -> str:
    """Copy a file, reading it once; the sha256 of what was copied. See open_unchanging."""
    digest = hashlib.sha256()
    with open_unchanging(source) as (stream, _), destination.open("xb") as copy:
        while block := stream.read(BLOCK):
            digest.update(block)
            with naming(destination):
                copy.write(block)
    return digest.hexdigest()


def copy_regular(source: Path, destination: Path) -> bool:
    """Copy a file of a folder that somebody else writes to; False where it is a link, a pipe or not there."""
    try:
        number = os.open(source, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except OSError:
        return False
    with os.fdopen(number, "rb") as stream:
        if not stat.S_ISREG(os.fstat(number).st_mode):
            return False
        with naming(destination), destination.open("wb") as copy:
            shutil.copyfileobj(stream, copy, BLOCK)
    return True


def link_or_copy(source: Path, destination: Path) -> None:
    """Let a file have another name, or copy it where that cannot be: on another disk, or as another's file."""
    try:
        os.link(source, destination)
    except OSError:
        with naming(destination):
            shutil.copyfile(source, destination)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A name beside `path` to write a file to; when all went well the file takes the place of `path` at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # No other writer that lives has this name, and one that was killed leaves it to be written over.
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}{TEMPORARY}")
    try:
        with naming(path):
            yield temporary
            os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that its name never stands for half of it."""
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def copy_whole(source: Path, destination: Path) -> None:
    """Copy a file so that its new name never stands for half of it."""
    with replacing(destination) as temporary:
        shutil.copyfile(source, temporary)


def sweep(folder: Path) -> None:
    """Remove what killed writers left half-written in a folder that nobody writes to."""
    for path in folder.glob(f".*{TEMPORARY}"):
        path.unlink(missing_ok=True)


def discard(path: Path) -> None:
    """Remove a folder and all that is in it, or a file, or a link but never what it leads to."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


class TarWriter:
    """Adds files to an archive under names, contents and modes alone: no dates and no owners of this machine."""

    def __init__(self, archive: tarfile.TarFile, owner: int) -> None:
        self._archive, self._owner = archive, owner

    def add(self, name: str, content: bytes | Path, *, mode: int = 0o644) -> None:
        """Add a file, from memory or from disk, where it is read once; see open_unchanging."""
        if isinstance(content, bytes):
            self._add(name, io.BytesIO(content), len(content), mode)
            return
        with open_unchanging(content) as (stream, size):
            try:
                self._add(name, stream, size, mode)
            except OSError as error:
                if error.errno is None and os.fstat(stream.fileno()).st_size < size:  # tarfile: unexpected end of data
                    raise _changed(content) from error
                raise

    def add_folder(self, name: str) -> None:
        """Add an empty folder."""
        member = self._member(name, 0o755)
        member.type = b"5"  # tarfile.DIRTYPE
        self._archive.addfile(member)

    def _add(self, name: str, stream: IO[bytes], size: int, mode: int) -> None:
        member = self._member(name, mode)
        member.size = size
        self._archive.addfile(member, stream)

    def _member(self, name: str, mode: int) -> tarfile.TarInfo:
        member = self._archive.tarinfo(name)
        member.mode, member.uid, member.gid = mode, self._owner, self._owner
        return member


@contextmanager
def writing_tar(destination: Path | IO[bytes], *, owner: int = 0) -> Iterator[TarWriter]:
    """An archive that is written to a file: the same files, in the same order, give the same bytes."""
    import tarfile  # not at the top: most commands pack nothing

    if isinstance(destination, Path):
        with naming(destination), tarfile.open(destination, "w", format=tarfile.PAX_FORMAT) as archive:
            yield TarWriter(archive, owner)
    else:
        with tarfile.open(fileobj=destination, mode="w", format=tarfile.PAX_FORMAT) as archive:
            yield TarWriter(archive, owner)


def extract_files(archive: Path, folder: Path) -> None:
    """Write the regular files of an archive below `folder`; every other kind of member is left out.

    Raises StorageError for a name that leads out of the folder. tarfile's own filters came with Python 3.11.4, and
    Debian 12 has 3.11.2.
    """
    import tarfile

    with tarfile.open(archive) as opened:
        for member in opened:
            content = opened.extractfile(member) if member.isreg() else None
            if content is None:
                continue
            destination = folder / member.name
            if not destination.resolve().is_relative_to(folder.resolve()):
                raise StorageError(f"{archive} holds a file {member.name!r}, which leads out of its folder.")
            destination.parent.mkdir(parents=True, exist_ok=True)
            with naming(destination), destination.open("xb") as stream:
                shutil.copyfileobj(content, stream)
