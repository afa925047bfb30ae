import hashlib
import os
from pathlib import Path, PurePath

import pytest

from edgecask.store.image_archives import names_in, pack, portable_names, repack
from edgecask.store.store import Store


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


def test_some_files_of_archives_make_another(store, tmp_path):
    for name in ("a.png", "c.jpg", "b.png"):
        (tmp_path / name).write_bytes(name.encode())
    named = [(name, tmp_path / name) for name in ("c.jpg", "b.png", "a.png")]
    first, second = pack(store, named[:2]).archive, pack(store, named[2:]).archive
    assert names_in(first) == ["b.png", "c.jpg"]
    some = repack(store, [first, second], {"c.jpg", "a.png"})
    assert some == pack(store, [named[0], named[2]]).archive


def test_what_is_hashed_is_what_is_packed(store, tmp_path):
    class Changing(type(Path())):
        """A file that is another one each time it is read."""

        reads = 0

        def read_bytes(self):
            Changing.reads += 1
            return b"x" * Changing.reads

    packed = pack(store, [("a", Changing(tmp_path / "a")), ("b", Changing(tmp_path / "b"))])
    assert Changing.reads == 2
    assert packed.digests == {"a": hashlib.sha256(b"x").hexdigest(), "b": hashlib.sha256(b"xx").hexdigest()}


def test_names_stay_apart_and_can_be_written():
    paths = [PurePath(os.fsdecode(b"caf\xe9.jpg")), PurePath("caf\\xe9.jpg"), PurePath("sub/ü.png")]
    names = portable_names(paths)
    assert names == ["caf\\xe9.jpg", "caf\\xe9.jpg_", "sub/ü.png"]
    assert all(name.encode() for name in names)
