import hashlib
import os
from pathlib import PurePath

import pytest

from edgecask.store import image_archives
from edgecask.store.image_archives import digests_in, names_in, pack, portable_names, repack
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


def test_what_is_hashed_is_what_is_packed(store, tmp_path, monkeypatch):
    reads = []

    def another_one_each_time(path, *, limit):
        reads.append(path)
        return b"x" * len(reads)

    monkeypatch.setattr(image_archives, "read_bounded", another_one_each_time)
    packed = pack(store, [("a", tmp_path / "a"), ("b", tmp_path / "b")])
    assert reads == [tmp_path / "a", tmp_path / "b"]
    assert packed.digests == {"a": hashlib.sha256(b"x").hexdigest(), "b": hashlib.sha256(b"xx").hexdigest()}


def test_an_image_has_a_size(store, tmp_path, monkeypatch):
    monkeypatch.setattr(image_archives, "LARGEST_IMAGE", 10)
    (tmp_path / "a").write_bytes(b"x" * 11)
    with pytest.raises(OSError, match="more than"):
        pack(store, [("a", tmp_path / "a")])


def test_the_digests_of_an_archive_are_those_of_what_was_packed(store, tmp_path):
    for name in ("a.png", "b.png"):
        (tmp_path / name).write_bytes(name.encode())
    packed = pack(store, [(name, tmp_path / name) for name in ("a.png", "b.png")])
    assert digests_in(packed.archive) == packed.digests == {
        name: hashlib.sha256(name.encode()).hexdigest() for name in ("a.png", "b.png")
    }  # fmt: skip


def test_names_stay_apart_and_can_be_written():
    paths = [PurePath(os.fsdecode(b"caf\xe9.jpg")), PurePath("caf\\xe9.jpg"), PurePath("sub/ü.png")]
    names = portable_names(paths)
    assert names == ["caf\\xe9.jpg", "caf\\xe9.jpg_", "sub/ü.png"]
    assert all(name.encode() for name in names)


def test_a_repacked_archive_is_written_once(store, tmp_path, monkeypatch):
    for name in "ab":
        (tmp_path / name).write_bytes(name.encode())
    archive = pack(store, [(name, tmp_path / name) for name in "ab"]).archive
    first = repack(store, [archive], {"b"})
    assert names_in(first) == ["b"]
    monkeypatch.setattr(image_archives, "writing_tar", None)
    assert repack(store, [archive], {"b"}) == first
    with pytest.raises(TypeError):
        repack(store, [archive], {"a"})
