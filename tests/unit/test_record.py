"""A record is what was written, or it is nothing."""

import os
from dataclasses import dataclass

import msgspec
import pytest

from edgecask.files import canonical_json, sha256_bytes
from edgecask.store import record as module
from edgecask.store.record import MadeFrom, Record, made_by_host, packed, read_record

MADE_FROM = MadeFrom(
    algorithm=4, stage="toy", environment="e", parameters={"b": 1, "a": [1.5, None]}, inputs={"x": "1" * 64},
    outputs=["y"], programs={"toy.py": "2" * 64}, variables={"A": "1"},
)  # fmt: skip


def record_of(made_from=MADE_FROM, key=None):
    return Record(
        key=key or made_from.key(), made_from=made_from, outputs={"y": "3" * 64}, report={"n": 1}, toolchain={}
    )


@dataclass
class Kept:
    path: object

    def read(self, content, **named):
        self.path.write_bytes(content)
        return read_record(self.path, **named)


@pytest.fixture
def kept(tmp_path):
    return Kept(tmp_path / "record")


def test_it_is_read_as_it_was_written(kept):
    record = record_of()
    assert kept.read(packed(record)) == record == kept.read(packed(record), key=record.key)


def test_the_same_record_is_the_same_bytes(kept):
    turned = msgspec.structs.replace(MADE_FROM, parameters={"a": [1.5, None], "b": 1})
    assert packed(record_of(turned)) == packed(record_of())


@pytest.mark.parametrize("name", MADE_FROM.__struct_fields__)
def test_everything_it_is_made_from_is_in_its_key(name):
    other = {int: 5, str: "other", list: ["other"], dict: {"other": "o"}}[type(getattr(MADE_FROM, name))]
    assert msgspec.structs.replace(MADE_FROM, **{name: other}).key() != MADE_FROM.key()


def test_any_changed_byte_makes_it_nothing(kept):
    content = packed(record_of())
    for position in range(len(content)):
        changed = bytearray(content)
        changed[position] ^= 1
        assert kept.read(bytes(changed)) is None, position
    for length in range(len(content)):
        assert kept.read(content[:length]) is None, length


def test_a_record_under_another_key_is_none(kept):
    record = record_of()
    assert kept.read(packed(record), key="0" * 64) is None
    # Its digest is right, and what it says that it was made from is not.
    liar = record_of(key="0" * 64)
    assert kept.read(packed(liar), key="0" * 64) is None


@pytest.mark.parametrize("body", [b"{}", b"[]", b"", canonical_json({"key": 1}), b"\xff", b"[" * 100_000])
def test_other_content_with_a_right_digest_is_none(kept, body):
    assert kept.read(sha256_bytes(body).encode() + b"\n" + body) is None


def test_what_is_no_file_or_too_large_is_none(tmp_path, kept, monkeypatch):
    assert read_record(tmp_path / "absent") is None and read_record(tmp_path) is None
    os.mkfifo(tmp_path / "pipe")
    assert read_record(tmp_path / "pipe") is None  # and does not wait for a writer
    content = packed(record_of())
    monkeypatch.setattr(module, "MAX_BYTES", len(content) - 1)
    assert kept.read(content) is None


def test_what_the_host_makes_itself_has_no_variables():
    made = made_by_host("facts", programs={"facts.py": "1" * 64}, inputs={"model": "2" * 64})
    assert (made.environment, made.parameters, made.outputs, made.variables) == ("", {}, [], {})
    assert made.key() != made_by_host("facts", programs={"facts.py": "3" * 64}, inputs={"model": "2" * 64}).key()
