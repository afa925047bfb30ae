"""A store that machines share, behind the local one: blobs under their digest first, the record last.

Whatever fsspec can reach (s3://, gs://, file:// …), with fsspec's own credentials. Nothing that comes from it is
believed: a record names its key and carries a digest of itself, a blob has to have the digest it is asked by, and where
signers are named (`ssh-keygen -Y`) a record counts only with the signature of one of them: whoever may write could
otherwise plant a wrong result under a right key.
"""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from edgecask.errors import UsageError
from edgecask.files import sha256_file
from edgecask.store.record import MAX_BYTES
from edgecask.store.temporary import temporary_folder

ATTEMPTS = 3
PAUSE_SECONDS = 0.2
SLOW_SECONDS = 5
"""An attempt that fails after as long has been tried again by the file system itself, as S3's does."""
NAMESPACE = "edgecask-record"
"""Of signatures: one for a record is good for nothing else."""
SIGNER = "edgecask"
"""The principal that the file of allowed signers names for every key of the team."""


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

    def __init__(self, settings: RemoteSettings, *, warn: Callable[[str], None]) -> None:
        """Raises UsageError where fsspec is not installed or knows nothing of the address."""
        self._settings = settings
        self._warn = warn
        self._given_up = False
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
    def writable(self) -> bool:
        """Whether results are put into it."""
        return not self._settings.read_only and not self._given_up

    def _place(self, kind: str, name: str) -> str:
        return f"{self._root.rstrip('/')}/{kind}/{name[:2]}/{name}"

    def record(self, key: str) -> bytes | None:
        """The record under a key as it lies there; None where there is none, or none that is signed as it has to be."""
        place = self._place("results", key)
        content = self._read(place, limit=MAX_BYTES)
        if content is None or self._settings.signers is None:
            return content
        signature = self._read(f"{place}.sig", limit=MAX_BYTES)
        return content if signature is not None and self._is_signed(content, signature) else None

    def fetch(self, sha256: str, destination: Path) -> bool:
        """Write the blob with this digest to a file; False where there is none, or another one in its place."""

        def get() -> bool:
            self._files.get_file(self._place("blobs", sha256), str(destination))
            return True

        return bool(self._try(get)) and destination.is_file() and sha256_file(destination) == sha256

    def put_blob(self, path: Path, sha256: str, size: int) -> None:
        """Put a file under its digest where it is not there yet as long as it is."""
        place = self._place("blobs", sha256)

        def put() -> None:
            try:
                if self._files.info(place)["size"] == size:
                    return
            except FileNotFoundError:
                pass
            self._make_folder(place)
            self._files.put_file(str(path), place)

        if self.writable:
            self._try(put)

    def put_record(self, key: str, content: bytes) -> None:
        """Put a record under its key, when all its blobs are there; with its signature where there is a key."""
        place = self._place("results", key)
        if not self.writable:
            return
        if self._settings.sign_key is not None:
            signature = self._sign(content, self._settings.sign_key)
            self._try(lambda: self._write(f"{place}.sig", signature))
        self._try(lambda: self._write(place, content))

    def _write(self, place: str, content: bytes) -> None:
        self._make_folder(place)
        self._files.pipe_file(place, content)

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

    def _try(self, action: Callable[[], Any]) -> Any:
        """What an action gives; None where there is no such thing, or where the store cannot be reached."""
        for attempt in range(ATTEMPTS):
            if self._given_up:
                return None
            started = time.monotonic()
            try:
                return action()
            except FileNotFoundError:
                return None
            except Exception as error:  # each of fsspec's file systems has errors of its own
                if attempt == ATTEMPTS - 1 or time.monotonic() - started > SLOW_SECONDS:
                    self._give_up(error)
                    return None
                time.sleep(PAUSE_SECONDS * (attempt + 1))
        return None

    def _give_up(self, error: Exception) -> None:
        with self._telling:
            if not self._given_up:
                self._given_up = True
                # The error's own text may hold addresses with credentials.
                self._warn(
                    f"the shared store {shown(self._settings.url)} cannot be used ({type(error).__name__}); "
                    "going on with the local one"
                )

    def _sign(self, content: bytes, key: Path) -> bytes:
        with temporary_folder() as folder:
            record = folder / "record"
            record.write_bytes(content)
            done = subprocess.run(
                ["ssh-keygen", "-q", "-Y", "sign", "-n", NAMESPACE, "-f", str(key), str(record)],
                capture_output=True,
                stdin=subprocess.DEVNULL,
                check=False,
            )
            if done.returncode:
                raise UsageError(
                    f"{key} cannot sign ({done.stderr.decode(errors='replace').strip().splitlines()[-1:]}).",
                    advice="It has to be a private key of OpenSSH's without a passphrase, or one that an agent holds.",
                )
            return record.with_suffix(".sig").read_bytes()

    def _is_signed(self, content: bytes, signature: bytes) -> bool:
        with temporary_folder() as folder:
            file = folder / "signature"
            file.write_bytes(signature)
            who = ("-f", str(self._settings.signers), "-I", SIGNER, "-n", NAMESPACE)
            command = ["ssh-keygen", "-Y", "verify", *who, "-s", str(file)]
            done = subprocess.run(command, input=content, capture_output=True, check=False)
            return done.returncode == 0


def shown(url: str) -> str:
    """An address without what may be secret in it: user, password and query."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}" if parts.scheme else parts.path


def _first_line(error: Exception) -> str:
    lines = str(error).splitlines()
    return lines[0][:120] if lines and isinstance(error, ImportError | ValueError) else type(error).__name__
