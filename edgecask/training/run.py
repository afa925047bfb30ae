"""The folder of one training: what it was asked for, and what it has made so far.

    run.json                 the request, what it was trained from, how far it is, and the metrics before and after
    last.pt, best.pt         the checkpoint after the last epoch, and of the best one
    results.csv, *.png, *.jpg   losses and metrics by epoch, curves, mosaics

Every file is written to a temporary name and renamed, and last.pt comes last, so that whenever a training is stopped
its folder is that of an epoch that ended.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from edgecask.directories import Directories, claim
from edgecask.errors import StorageError, UsageError
from edgecask.files import read_bounded, readable_json, sha256_bytes, sweep, write_whole

RECORD = "run.json"
MAX_RECORD_BYTES = 16 << 20
KEYS = {"key", "request", "weights", "data", "epochs_done", "finished"}
LAST = "last.pt"
BEST = "best.pt"
# What the training stage may put into the folder.
_PUBLISHED = re.compile(r"(last\.pt|best\.pt|results\.csv|[A-Za-z0-9_]{1,60}\.(png|jpg))")


class Run:
    """One training's folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def best(self) -> Path:
        """The checkpoint to build from."""
        return self.folder / BEST

    @property
    def last(self) -> Path:
        """The checkpoint after the last epoch that ended; while the training is unfinished, with all to resume it."""
        return self.folder / LAST

    def record(self) -> dict[str, Any] | None:
        """What run.json says, or None where this is not the folder of a training."""
        try:
            content = json.loads(read_bounded(self.folder / RECORD, limit=MAX_RECORD_BYTES) or b"")
        except (OSError, ValueError, StorageError):
            return None
        if not (isinstance(content, dict) and content.keys() >= KEYS):
            return None
        named = isinstance(content["weights"], dict) and "name" in content["weights"]
        hashed = isinstance(content["data"], dict) and "sha256" in content["data"]
        return content if named and hashed else None

    def write_record(self, record: Mapping[str, Any]) -> None:
        """Write run.json."""
        self._write(RECORD, readable_json(dict(record)))

    def receive(self, archive: Path) -> None:
        """Take what the stage has published; anything it has no business to write is left out."""
        with tarfile.open(archive) as published:
            members = {
                member.name: member for member in published if member.isreg() and _PUBLISHED.fullmatch(member.name)
            }
            for name in sorted(members, key=lambda name: (name == LAST, name)):
                content = published.extractfile(members[name])
                assert content is not None
                self._write(name, content.read())

    def _write(self, name: str, content: bytes) -> None:
        write_whole(self.folder / name, content)

    def discard_if_empty(self) -> None:
        """Remove the folder of a training that failed before its first epoch ended."""
        if not self.last.is_file():
            self.sweep()
            (self.folder / RECORD).unlink(missing_ok=True)
            with contextlib.suppress(OSError):
                self.folder.rmdir()

    def sweep(self) -> None:
        """Remove what a killed process left half-written."""
        sweep(self.folder)

    @contextlib.contextmanager
    def held(self, directories: Directories) -> Iterator[None]:
        """Keep every other process out of the folder; raises UsageError where one is in it."""
        from filelock import Timeout

        with contextlib.ExitStack() as held:
            try:
                held.enter_context(claim(directories, "run", sha256_bytes(os.fsencode(self.folder.resolve()))[:16]))
            except Timeout as error:
                raise UsageError(
                    f"{self.folder} is being trained by another process.",
                    advice="Wait for it, or choose another --name.",
                ) from error
            self.sweep()
            yield


def find_runs(parent: Path) -> list[Run]:
    """All trainings below a folder, the one written last first."""
    records = [path for path in parent.glob(f"*/{RECORD}") if path.is_file()]
    return [Run(path.parent) for path in sorted(records, key=lambda path: (-path.stat().st_mtime_ns, path))]
