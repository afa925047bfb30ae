"""Content-addressed results: a stage that ran once with the same inputs does not run again.

    blobs/ab/abcdef…     a file's content under its own sha256
    results/ab/abcdef…   a stage's result under its key, with what made it (record.py)
    last/ab/abcdef…      which result was last wanted for a purpose: explains what changed since

Everything is written to a temporary name and renamed, and everything is verified when it is read: a damaged or
half-written entry counts as absent and is made again.
"""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from edgecask.errors import StorageError
from edgecask.files import copy_hashed, discard, naming, read_bounded, sha256_bytes, sha256_file
from edgecask.store.record import MAX_BYTES as MAX_RECORD_BYTES
from edgecask.store.record import MadeFrom, Record, packed, parse_record, read_record
from edgecask.store.remote import Remote
from edgecask.store.result import Blob, StageResult
from edgecask.store.temporary import temporary_folder

_SHA256 = re.compile(r"[0-9a-f]{64}")
USE_SECONDS = 3600
MAX_NOTE_BYTES = 1024
MAX_BYTES_IN_MEMORY = 64 << 20
"""Of a user's file: most checkpoints have less, and are only written where they are not there yet."""


class Store:
    """The results below one folder. Several processes may use it at once."""

    def __init__(self, root: Path, *, remote: Remote | None = None, warn: Callable[[str], None] | None = None) -> None:
        """`remote` is a store that machines share: what is absent here is fetched, and what is made is put there.

        `warn` is told, once, of what is damaged.
        """
        self.root = root
        self._warn = warn
        self._damaged = False
        self.remote = remote

    def _place(self, kind: str, name: str) -> Path:
        return self.root / kind / name[:2] / name

    @contextmanager
    def temporary(self) -> Iterator[Path]:
        """A folder on the store's own file system, removed afterwards whatever happens."""
        with temporary_folder(self.root / "temporary") as folder:
            yield folder

    def _install(self, temporary: Path, destination: Path) -> None:
        destination.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("rb") as stream:
            os.fsync(stream.fileno())  # a rename may survive a power cut that the content did not
        temporary.chmod(0o444)
        try:
            temporary.replace(destination)
        except IsADirectoryError:  # what is no file is as good as absent
            discard(destination)
            temporary.replace(destination)

    def adopt(self, path: Path) -> Blob:
        """Move a finished file of a `temporary` folder into the store."""
        return self._keep(path, sha256_file(path))

    def ingest(self, source: Path) -> Blob:
        """Copy a user's file into the store, reading it once: what was hashed is what the stages read.

        Raises StorageError where it changes meanwhile.
        """
        content = read_bounded(source, limit=MAX_BYTES_IN_MEMORY)
        if content is not None:
            return self.ingest_bytes(content)
        with self.temporary() as folder:
            copy = folder / "copy"
            return self._keep(copy, copy_hashed(source, copy))

    def ingest_bytes(self, data: bytes) -> Blob:
        """Put `data` into the store."""
        digest = sha256_bytes(data)
        found = self._verified(self._place("blobs", digest), digest)
        if found is not None:
            return found
        with self.temporary() as folder:
            copy = folder / "copy"
            with naming(copy):
                copy.write_bytes(data)
            return self.adopt(copy)

    def _keep(self, path: Path, digest: str) -> Blob:
        size = path.stat().st_size
        destination = self._place("blobs", digest)
        if self._verified(destination, digest) is None:
            self._install(path, destination)
        return Blob(path=destination, sha256=digest, size=size)

    def blob(self, sha256: str, *, here: bool = False) -> Blob | None:
        """The file with this sha256, from the shared store where it is there alone; not so with `here`.

        None where it is nowhere, or `sha256` is something else.
        """
        if not _SHA256.fullmatch(sha256):
            return None
        found = self._verified(self._place("blobs", sha256), sha256)
        if found is not None or here or self.remote is None:
            return found
        with self.temporary() as folder:
            copy = folder / "copy"
            return self._keep(copy, sha256) if self.remote.fetch(sha256, copy) else None

    def share(self, blob: Blob) -> bool:
        """Put a file into the shared store, for stages that run elsewhere; whether it is there now."""
        return self.remote is not None and self.remote.put_blob(blob.path, blob.sha256, blob.size)

    def share_result(self, result: StageResult) -> bool:
        """See to it that other machines find a result; False where the shared store does not take it.

        It may have been found here alone: `clean` has been at work there, or it could not be reached before. True also
        without a shared store, and where this machine only reads it: then whoever asks has another way to it.
        """
        if self.remote is None or self.remote.read_only:
            return True
        if result.shared:
            return True
        content = read_bounded(self._place("results", result.key), limit=MAX_RECORD_BYTES)
        if content is None or not all(self.share(blob) for blob in result.outputs.values()):
            return False
        return self.remote.has_record(result.key) or self.remote.put_record(result.key, content)

    def _verified(self, path: Path, digest: str) -> Blob | None:
        try:
            if sha256_file(path) == digest:
                return Blob(path=path, sha256=digest, size=path.stat().st_size)
        except FileNotFoundError:
            if not path.is_symlink():
                return None
        except OSError:
            pass
        self._note_damage(path)
        return None

    def _note_damage(self, path: Path) -> None:
        """Warn, once, that something of the store is not what it was: it counts as absent."""
        if not self._damaged and self._warn is not None:
            self._warn(f"{path} is damaged, and is made again; is the disk of {self.root} sound?")
        self._damaged = True

    def find(self, key: str, *, here: bool = False) -> StageResult | None:
        """The verified result under `key`, or None where it is absent, damaged, or lacks one of its files.

        With `here` the shared store is not asked.
        """
        place = self._place("results", key)
        record = read_record(place, key=key)
        if record is None:
            if os.path.lexists(place):
                self._note_damage(place)
            record = self._fetch_record(key, place) if not here else None
        if record is None:
            return None
        outputs: dict[str, Blob] = {}
        for name, digest_of_output in record.outputs.items():
            blob = self.blob(digest_of_output, here=here)
            if blob is None:
                return None
            outputs[name] = blob
        self._note_use(place)
        return StageResult(
            key=key,
            inputs=record.made_from.inputs,
            outputs=outputs,
            report=record.report,
            toolchain=record.toolchain,
            cached=True,
        )

    def _fetch_record(self, key: str, place: Path) -> Record | None:
        """The record of the shared store, kept here from now on."""
        content = self.remote.record(key) if self.remote is not None else None
        record = parse_record(content, key=key) if content is not None else None
        if record is not None and content is not None:
            self._write(content, place)
        return record

    def _note_use(self, place: Path) -> None:
        """Keep when a record was last of use, to the hour (see garbage.py): a file that changes cannot be read."""
        with contextlib.suppress(OSError):  # a store that is read only
            if time.time() - place.stat().st_mtime > USE_SECONDS:
                os.utime(place)

    def records(self) -> Iterator[Record]:
        """All records, in the order of their keys."""
        for path in sorted(self.root.glob("results/*/*")):
            record = read_record(path)
            if record is not None:
                yield record

    def source_of(self, sha256: str, *, output: str, source: str) -> Blob | None:
        """The input `source` of the stage that made a file with this sha256 as its output `output`."""
        for record in self.records():
            digest = record.made_from.inputs.get(source)
            if record.outputs.get(output) == sha256 and digest is not None:
                blob = self._verified(self._place("blobs", digest), digest)
                if blob is not None:
                    return blob
        return None

    def kept(self, made_from: MadeFrom, make: Callable[[Path], Mapping[str, Path]]) -> StageResult:
        """The result of `made_from`, or what `make` writes into a folder, published under it: its files by name."""
        known = self.find(made_from.key())
        if known is not None:
            return known
        with self.temporary() as folder:
            return self.publish(made_from, outputs=make(folder), report={}, toolchain={})

    def publish(
        self,
        made_from: MadeFrom,
        *,
        outputs: Mapping[str, Path],
        report: Mapping[str, Any],
        toolchain: Mapping[str, Any],
    ) -> StageResult:
        """Move `outputs` (files of a `temporary` folder) into the store, and record them under `made_from.key()`."""
        blobs = {name: self.adopt(path) for name, path in outputs.items()}
        record = Record(
            key=made_from.key(),
            made_from=made_from,
            outputs={name: blob.sha256 for name, blob in blobs.items()},
            report=report,
            toolchain=toolchain,
        )
        content = packed(record)
        self._write(content, self._place("results", record.key))
        shared = (
            self.remote is not None
            and all(self.share(blob) for blob in blobs.values())
            and self.remote.put_record(record.key, content)
        )
        return StageResult(
            key=record.key,
            inputs=made_from.inputs,
            outputs=blobs,
            report=report,
            toolchain=toolchain,
            shared=shared,
        )

    def _write(self, content: bytes, place: Path) -> None:
        with self.temporary() as folder:
            copy = folder / "copy"
            with naming(copy):
                copy.write_bytes(content)
            self._install(copy, place)

    def remember(self, purpose: str, key: str) -> None:
        """Note that `key` is what was last wanted for a purpose, such as "build grove: quantize"."""
        place = self._place("last", sha256_bytes(purpose.encode()))
        with contextlib.suppress(OSError):  # it explains plans, and nothing depends on it
            if not place.is_file() or place.read_text(encoding="utf-8") != key:
                self._write(key.encode(), place)

    def last(self, purpose: str) -> Record | None:
        """The record of what was last wanted for a purpose; None where there is none, or no more."""
        try:
            content = read_bounded(self._place("last", sha256_bytes(purpose.encode())), limit=MAX_NOTE_BYTES)
            key = (content or b"").decode("ascii")
        except (OSError, ValueError, StorageError):
            return None
        return read_record(self._place("results", key), key=key)
