"""A record of the store: one result, with what made it and a digest of itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from edgecask.errors import StorageError
from edgecask.files import canonical_json, read_bounded, sha256_bytes, sha256_json
from edgecask.store.result import ALGORITHM_VERSION

MAX_BYTES = 64 * 1024 * 1024
"""The largest record that is read: reports of stages hold names and figures, never pictures."""


class MadeFrom(msgspec.Struct, frozen=True, kw_only=True):
    """All that a stage's key is made of: digests by the names of inputs and of the program's files.

    `variables` are the environment variables the program ran with.
    """

    algorithm: int
    stage: str
    environment: str
    parameters: Mapping[str, Any]
    inputs: Mapping[str, str]
    outputs: list[str]
    programs: Mapping[str, str]
    variables: Mapping[str, str]

    def facts(self) -> dict[str, Any]:
        """The same as JSON's own types."""
        facts: dict[str, Any] = msgspec.to_builtins(self)
        return facts

    def key(self) -> str:
        """The sha256 that names the result."""
        return sha256_json(self.facts())


def made_by_host(
    stage: str,
    *,
    programs: Mapping[str, str],
    environment: str = "",
    parameters: Mapping[str, Any] | None = None,
    inputs: Mapping[str, str] | None = None,
    outputs: Sequence[str] = (),
) -> MadeFrom:
    """What a result is made of that the host works out itself: by no runner, so with no variables."""
    return MadeFrom(
        algorithm=ALGORITHM_VERSION,
        stage=stage,
        environment=environment,
        parameters=parameters or {},
        inputs=inputs or {},
        outputs=list(outputs),
        programs=programs,
        variables={},
    )


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """A stage's result; `outputs` are the sha256 of its files by name."""

    key: str
    made_from: MadeFrom
    outputs: Mapping[str, str]
    report: Mapping[str, Any]
    toolchain: Mapping[str, Any]


_RECORDS = msgspec.json.Decoder(Record)
"""Made when this is imported: msgspec works out a type when it first decodes one, and where two threads do so at
once the process may end (0.22.0: a segmentation fault in its _core)."""


def packed(record: Record) -> bytes:
    """The record as it lies in the store: the sha256 of what follows, a newline, the record."""
    body = canonical_json(msgspec.to_builtins(record))
    return sha256_bytes(body).encode() + b"\n" + body


def read_record(path: Path, *, key: str | None = None) -> Record | None:
    """The record in a file; None where it is absent, damaged, no record, or one of another key than `key`.

    A pipe or a device in its place is no record either: it is not opened.
    """
    try:
        content = read_bounded(path, limit=MAX_BYTES)
    except (OSError, StorageError):
        return None
    return parse_record(content or b"", key=key)


def parse_record(content: bytes, *, key: str | None = None) -> Record | None:
    """The record in the bytes of a file, wherever they are from; None as for read_record."""
    digest, _, body = content.partition(b"\n")
    if sha256_bytes(body) != digest.decode("ascii", "replace"):
        return None
    try:
        record = _RECORDS.decode(body)
    except msgspec.MsgspecError:
        return None
    if key is not None and not record.key == key == record.made_from.key():
        return None
    return record
