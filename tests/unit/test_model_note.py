"""What a board is told of its model is what it says of it."""

import base64
import hashlib

import pytest

from edgecask.files import sha256_bytes
from edgecask.firmware.board.model_note import read_note, write_note

MODEL = b"a model"
MD5 = "md5:" + hashlib.md5(MODEL).hexdigest()


def test_there_and_back():
    note = read_note(write_note({"name": "best 192", "sha256": sha256_bytes(MODEL), "checksum": MD5}))
    assert (note.name, note.is_about(MODEL), note.is_about(b"another")) == ("best 192", True, False)


def test_what_seeeds_tool_leaves():
    note = read_note(write_note({"name": "Gesture", "checksum": MD5, "classes": ["paper"]}))
    assert (note.sha256, note.is_about(MODEL), note.is_about(b"another")) == (None, True, False)
    assert read_note(write_note({"name": "mine"})).is_about(MODEL) is None


@pytest.mark.parametrize(
    "text", ["", "hello", "e30", "W10=", base64.b64encode(b"\xff").decode(), base64.b64encode(b"[" * 100_000).decode()]
)
def test_what_is_something_else(text):
    assert read_note(text) is None


def test_values_of_other_types_are_left_out():
    assert read_note(write_note({"name": 3, "sha256": [], "checksum": None})).is_about(MODEL) is None
