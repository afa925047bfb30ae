"""A store that machines share, behind the local one: blobs under their digest first, the record last.

Whatever fsspec can reach (s3://, gs://, file:// …), with fsspec's own credentials. Nothing that comes from it is
believed: a record names its key and carries a digest of itself, a blob has to have the digest it is asked by, and where
signers are named (`ssh-keygen -Y`) a record counts only with the signature of one of them: whoever may write could
otherwise plant a wrong result under a right key.
"""

from __future__ import annotations

import contextlib
import math
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from edgecask.errors import StorageError, UsageError
from edgecask.files import sha256_file
from edgecask.store.record import MAX_BYTES, parse_record
from edgecask.store.remote_entry import RemoteEntry, modified
from edgecask.store.signatures import is_signed, sign

ATTEMPTS = 3
PAUSE_SECONDS = 0.2
SLOW_SECONDS = 5
"""An attempt that fails after as long has been tried again by the file system itself, as S3's does."""
LONGEST_PAUSE_SECONDS = 5
AGAIN_SECONDS = 60
"""How long a patient machine leaves a store alone that it has given up."""
FRESH_SECONDS = 12 * 3600
"""A blob that lies there for longer is put again when it is needed: `clean` may be about to take it for unused."""
BATCH = 200
"""Records that are read, or files that are removed, at once."""


@dataclass(frozen=True, kw_only=True)
class RemoteSettings:
    """Where the shared store is and how far it is trusted; an empty `url` stands for none.

    `sign_key` is a private key of OpenSSH's to sign records with, `signers` a file of allowed signers.
    """

    url: str = ""
    read_only: bool = False
    sign_key: Path | None = None
    signers: Path | None = None


class Remote:
    """The shared store. What cannot be reached is told once, and then left alone for the rest of the command."""

    def __init__(self, settings: RemoteSettings, *, warn: Callable[[str], None], patience_seconds: float = 0.0) -> None:
        """Raises UsageError where fsspec is not installed or knows nothing of the address.

        With patience, what a worker needs that is nothing without the store, it is tried for so long before it is given
        up, and again some time after.
        """
        self._settings = settings
        self._warn = warn
        self._patience = patience_seconds
        self._given_up_until = 0.0
        self._told = False
        self._telling = threading.Lock()
        try:
            from fsspec.core import url_to_fs
        except ImportError as error:
            raise UsageError(
                "A shared store needs fsspec, which is not installed.", advice="Install edgecask[cluster]."
            ) from error
        try:
            self._files, self._root = url_to_fs(settings.url)
        except (ImportError, ValueError, OSError) as error:
            raise UsageError(
                f"EDGECASK_REMOTE_STORE: {shown(settings.url)} cannot be used ({_first_line(error)}).",
                advice="Use s3://BUCKET/FOLDER or file:///FOLDER, and install what fsspec needs for it.",
            ) from error
        for path in (settings.sign_key, settings.signers):
            if path is not None and not path.is_file():
                raise UsageError(f"{path} is no file.", advice="It is named by a setting of the shared store.")

    @property
    def _given_up(self) -> bool:
        return time.monotonic() < self._given_up_until

    @property
    def writable(self) -> bool:
        """Whether results are put into it."""
        return not self._settings.read_only and not self._given_up

    @property
    def read_only(self) -> bool:
        """Whether this machine only reads it."""
        return self._settings.read_only

    def _place(self, kind: str, name: str) -> str:
        return f"{self._root.rstrip('/')}/{kind}/{name[:2]}/{name}"

    def record(self, key: str) -> bytes | None:
        """The record under a key as it lies there; None where there is none, or none that is signed as it has to be."""
        place = self._place("results", key)
        content = self._read(place, limit=MAX_BYTES)
        signers = self._settings.signers
        if content is None or signers is None:
            return content
        signature = self._read(f"{place}.sig", limit=MAX_BYTES)
        return content if signature is not None and is_signed(content, signature, signers) else None

    def fetch(self, sha256: str, destination: Path) -> bool:
        """Write the blob with this digest to a file; False where there is none, or another one in its place."""

        def get() -> bool:
            self._files.get_file(self._place("blobs", sha256), str(destination))
            return True

        return bool(self._try(get)) and destination.is_file() and sha256_file(destination) == sha256

    def put_blob(self, path: Path, sha256: str, size: int) -> bool:
        """Put a file under its digest where it is not there yet, or not lately; whether it is there now."""
        place = self._place("blobs", sha256)

        def put() -> bool:
            try:
                found = self._files.info(place)
                if found["size"] == size and time.time() - (modified(found) or 0) < FRESH_SECONDS:
                    return True
            except FileNotFoundError:
                pass
            self._make_folder(place)
            self._files.put_file(str(path), place)
            return True

        return self.writable and bool(self._try(put, writing=True))

    def put_record(self, key: str, content: bytes) -> bool:
        """Put a record under its key, when all its blobs are there; with its signature where there is a key.

        Returns whether it is there now.
        """
        place = self._place("results", key)
        if not self.writable:
            return False
        if self._settings.sign_key is not None:
            signature = sign(content, self._settings.sign_key)
            if not self._try(lambda: self._write(f"{place}.sig", signature), writing=True):
                return False
        return bool(self._try(lambda: self._write(place, content), writing=True))

    def has_record(self, key: str) -> bool:
        """Whether there is a record under a key that counts, with a signature where this machine would make one."""
        if parse_record(self.record(key) or b"", key=key) is None:
            return False
        place = f"{self._place('results', key)}.sig"
        return self._settings.sign_key is None or self._read(place, limit=MAX_BYTES) is not None

    def entries(self, kind: str) -> list[RemoteEntry]:
        """All that lies under "results" or "blobs"; raises StorageError where the store cannot be reached."""
        with self._reaching():
            self._files.invalidate_cache()
            found = self._files.find(f"{self._root.rstrip('/')}/{kind}", detail=True)
        return [
            RemoteEntry(name=place.rpartition("/")[2], size=int(entry.get("size") or 0), modified=modified(entry))
            for place, entry in found.items()
        ]

    def records(self, keys: Sequence[str]) -> Iterator[tuple[str, bytes | None]]:
        """Each key with its record as it lies there, many at once; raises StorageError."""
        for batch in _batched(keys):
            places = {self._place("results", key): key for key in batch}
            with self._reaching():
                found = self._files.cat(list(places), on_error="omit")
            contents = {name.rpartition("/")[2]: content for name, content in found.items()}
            for key in batch:
                yield key, contents.get(key)

    def remove(self, kind: str, names: Sequence[str]) -> None:
        """Remove what lies under these names; raises StorageError, also where this machine may only read."""
        if self._settings.read_only:
            raise StorageError(
                "This machine only reads the shared store.", advice="Unset EDGECASK_REMOTE_STORE_READ_ONLY to clean it."
            )
        for batch in _batched(names):
            places = [self._place(kind, name) for name in batch]
            with self._reaching():
                try:
                    self._files.rm(places)
                except FileNotFoundError:  # somebody else cleans, too
                    for place in places:
                        with contextlib.suppress(FileNotFoundError):
                            self._files.rm(place)

    @contextmanager
    def _reaching(self) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError:
            raise
        except Exception as error:  # each of fsspec's file systems has errors of its own
            raise StorageError(
                f"The shared store {shown(self._settings.url)} cannot be used ({type(error).__name__}).",
                advice="Check EDGECASK_REMOTE_STORE and the credentials of its file system.",
            ) from error

    def _write(self, place: str, content: bytes) -> bool:
        self._make_folder(place)
        self._files.pipe_file(place, content)
        return True

    def _make_folder(self, place: str) -> None:
        if "file" in self._protocols:  # others have no folders
            self._files.makedirs(place.rpartition("/")[0], exist_ok=True)

    @property
    def _protocols(self) -> tuple[str, ...]:
        protocol = self._files.protocol
        return (protocol,) if isinstance(protocol, str) else tuple(protocol)

    def _read(self, place: str, *, limit: int) -> bytes | None:
        def get() -> bytes | None:
            with self._files.open(place, "rb") as stream:
                content: bytes = stream.read(limit + 1)
            return content if len(content) <= limit else None

        found: bytes | None = self._try(get)
        return found

    def _try(self, action: Callable[[], Any], *, writing: bool = False) -> Any:
        """What an action gives; None where there is no such thing, or where the store cannot be reached.

        When it writes, something that is not there is the place to write to, such as a bucket.
        """
        begun = time.monotonic()
        attempt = 0
        while not self._given_up:
            started = time.monotonic()
            try:
                return action()
            except Exception as error:  # each of fsspec's file systems has errors of its own
                if isinstance(error, FileNotFoundError) and not writing:
                    return None
                attempt += 1
                now = time.monotonic()
                if attempt >= ATTEMPTS or now - started > SLOW_SECONDS:
                    if now - begun >= self._patience:
                        self._give_up(error)
                        return None
                    self._tell(error, f"trying it for up to {self._patience:.0f} s, and again later")
                time.sleep(min(PAUSE_SECONDS * attempt, LONGEST_PAUSE_SECONDS))
        return None

    def _give_up(self, error: Exception) -> None:
        self._given_up_until = time.monotonic() + AGAIN_SECONDS if self._patience else math.inf
        self._tell(error, "going on with the local one")

    def _tell(self, error: Exception, what: str) -> None:
        with self._telling:
            if not self._told:
                self._told = True
                # The error's own text may hold addresses with credentials.
                self._warn(
                    f"the shared store {shown(self._settings.url)} cannot be used ({type(error).__name__}); {what}"
                )


def _batched(names: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(names), BATCH):
        yield names[start : start + BATCH]


def shown(url: str) -> str:
    """An address without what may be secret in it: user, password and query."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}" if parts.scheme else parts.path


def _first_line(error: Exception) -> str:
    lines = str(error).splitlines()
    return lines[0][:120] if lines and isinstance(error, ImportError | ValueError) else type(error).__name__
