"""Content-addressed results: a stage that ran once with the same inputs does not run again.

    blobs/ab/abcdef…     a file's content under its own sha256
    results/ab/abcdef…   a stage's result under its key: the record's sha256, a newline, the record

Everything is written to a temporary name and renamed, and everything is verified when it is read: a damaged or
half-written entry counts as absent and is made again.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from edgecask.files import canonical_json, copy_hashed, sha256_bytes, sha256_file
from edgecask.plan.stage import Blob, StageResult


class Store:
    """The results below one folder. Several processes may use it at once."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def _place(self, kind: str, name: str) -> Path:
        return self.root / kind / name[:2] / name

    @contextmanager
    def temporary(self) -> Iterator[Path]:
        """A folder on the store's own file system, removed afterwards whatever happens."""
        parent = self.root / "temporary"
        parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(dir=parent))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _install(self, temporary: Path, destination: Path) -> None:
        destination.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("rb") as stream:
            os.fsync(stream.fileno())  # a rename may survive a power cut that the content did not
        temporary.chmod(0o444)
        temporary.replace(destination)

    def adopt(self, path: Path) -> Blob:
        """Move a finished file of a `temporary` folder into the store."""
        return self._keep(path, sha256_file(path))

    def ingest(self, source: Path) -> Blob:
        """Copy a user's file into the store, reading it once: what was hashed is what the stages read.

        Raises StorageError where it changes meanwhile.
        """
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
            copy.write_bytes(data)
            return self.adopt(copy)

    def _keep(self, path: Path, digest: str) -> Blob:
        size = path.stat().st_size
        destination = self._place("blobs", digest)
        if self._verified(destination, digest) is None:
            self._install(path, destination)
        return Blob(path=destination, sha256=digest, size=size)

    def _verified(self, path: Path, digest: str) -> Blob | None:
        try:
            if sha256_file(path) != digest:
                return None
            return Blob(path=path, sha256=digest, size=path.stat().st_size)
        except OSError:
            return None

    def find(self, key: str) -> StageResult | None:
        """The verified result under `key`, or None where it is absent, damaged, or lacks one of its files."""
        record = self._record(self._place("results", key))
        if record is None:
            return None
        outputs: dict[str, Blob] = {}
        for name, digest_of_output in record["outputs"].items():
            blob = self._verified(self._place("blobs", digest_of_output), digest_of_output)
            if blob is None:
                return None
            outputs[name] = blob
        return StageResult(
            key=key,
            inputs=record["inputs"],
            outputs=outputs,
            report=record["report"],
            toolchain=record["toolchain"],
            cached=True,
        )

    @staticmethod
    def _record(path: Path) -> dict[str, Any] | None:
        try:
            digest, _, body = path.read_bytes().partition(b"\n")
        except OSError:
            return None
        if sha256_bytes(body) != digest.decode("ascii", "replace"):
            return None
        record: dict[str, Any] = json.loads(body)
        return record

    def source_of(self, sha256: str, *, output: str, source: str) -> Blob | None:
        """The input `source` of the stage that made a file with this sha256 as its output `output`."""
        for path in sorted(self.root.glob("results/*/*")):
            record = self._record(path)
            if record is not None and record["outputs"].get(output) == sha256 and source in record["inputs"]:
                digest = record["inputs"][source]
                blob = self._verified(self._place("blobs", digest), digest)
                if blob is not None:
                    return blob
        return None

    def publish(
        self,
        key: str,
        *,
        inputs: Mapping[str, str],
        outputs: Mapping[str, Path],
        report: Mapping[str, Any],
        toolchain: Mapping[str, Any],
    ) -> StageResult:
        """Move `outputs` (files of a `temporary` folder) into the store and record them under `key`.

        `inputs` are the sha256 of what they were made from, by name.
        """
        blobs = {name: self.adopt(path) for name, path in outputs.items()}
        body = canonical_json(
            {
                "inputs": dict(inputs),
                "outputs": {name: blob.sha256 for name, blob in blobs.items()},
                "report": dict(report),
                "toolchain": dict(toolchain),
            }
        )
        with self.temporary() as folder:
            record = folder / "record"
            record.write_bytes(sha256_bytes(body).encode() + b"\n" + body)
            self._install(record, self._place("results", key))
        return StageResult(key=key, inputs=dict(inputs), outputs=blobs, report=report, toolchain=toolchain)
