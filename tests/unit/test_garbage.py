"""What leaves the store, by age and by size."""

import os

import pytest

from edgecask.store.garbage import Collected, collect_garbage
from edgecask.store.record import MadeFrom
from edgecask.store.store import Store

DAY = 86_400.0
NOW = 100 * DAY


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


def publish(store, name, *, days_old, content, source=b"source"):
    made_from = MadeFrom(
        algorithm=1, stage=name, environment="e", parameters={}, outputs=["out"], programs={}, variables={},
        inputs={"in": store.ingest_bytes(source).sha256},
    )  # fmt: skip
    with store.temporary() as folder:
        (folder / "out").write_bytes(content)
        result = store.publish(made_from, outputs={"out": folder / "out"}, report={}, toolchain={})
    place = store.root / "results" / result.key[:2] / result.key
    os.utime(place, (NOW - days_old * DAY,) * 2)
    store.remember(name, result.key)
    return result.key


def blobs(store):
    return sorted(path.read_bytes() for path in store.root.glob("blobs/*/*"))


def test_old_results_go_with_the_files_that_only_they_need(store):
    old = publish(store, "old", days_old=31, content=b"old")
    new = publish(store, "new", days_old=29, content=b"new")
    assert collect_garbage(store, now=NOW, max_age=30 * DAY) == Collected(results=1, files=1, size=3)
    assert store.find(old) is None and store.find(new) is not None
    assert blobs(store) == [b"new", b"source"]
    assert store.last("old") is None and not list(store.root.glob("last/*/*" + old))


def test_a_result_that_is_found_is_young_again(store):
    key = publish(store, "old", days_old=31, content=b"old")
    assert store.find(key) is not None
    place = store.root / "results" / key[:2] / key
    assert place.stat().st_mtime > NOW  # now, in these tests' time


def test_the_oldest_go_until_the_rest_fits(store):
    for days in (3, 1, 2):
        publish(store, f"{days} days", days_old=days, content=b"%d" % days * 100)
    collect_garbage(store, now=NOW, max_size=206)  # two of 100 bytes, and the source that all share
    assert [blob[:1] for blob in blobs(store)] == [b"1", b"2", b"s"]
    collect_garbage(store, now=NOW, max_size=205)
    assert [blob[:1] for blob in blobs(store)] == [b"1", b"s"]


def test_what_cannot_be_read_goes(store):
    key = publish(store, "x", days_old=0, content=b"x")
    place = store.root / "results" / key[:2] / key
    place.chmod(0o644)
    place.write_bytes(b"nonsense")
    assert collect_garbage(store, now=NOW).results == 1
    assert blobs(store) == []


def test_no_file_goes_before_all_records_that_name_it(store, monkeypatch):
    """Whenever it is killed, the records that are left find their files."""
    for number in range(20):
        publish(store, f"{number}", days_old=31, content=b"%d" % number)
    removed = []
    monkeypatch.setattr("edgecask.store.at_once.PORTION", 2)
    monkeypatch.setattr("edgecask.store.garbage.discard", lambda path: (removed.append(path.parts[-3]), path.unlink()))
    assert collect_garbage(store, now=NOW, max_age=30 * DAY).results == 20
    kinds = ["results"] * 20 + ["blobs"] * 21 + ["last"] * 20
    assert removed == kinds and not list(store.root.glob("*/*/*"))


def test_what_cannot_be_removed_is_an_error_and_records_keep_their_files(store, monkeypatch):
    for number in range(3):
        publish(store, f"{number}", days_old=31, content=b"%d" % number)

    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("edgecask.store.garbage.discard", refuse)
    with pytest.raises(PermissionError):
        collect_garbage(store, now=NOW, max_age=30 * DAY)
    assert len(blobs(store)) == 4


def test_what_else_lies_there_stays(store):
    """EDGECASK_STORE named a folder of the user's own, with folders of the same names in it."""
    publish(store, "old", days_old=31, content=b"old")
    theirs = [store.root / name for name in ("blobs/ab/figure.png", "results/2024/table.csv", "last/cd/" + "0" * 64)]
    for path in theirs:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("years of work")
    assert collect_garbage(store, now=NOW, max_age=30 * DAY).results == 1
    assert sorted(path for path in store.root.glob("*/*/*") if path.is_file()) == sorted(theirs)


def test_an_empty_store_is_fine(store):
    assert collect_garbage(store, now=NOW, max_age=0, max_size=0) == Collected()
