"""What leaves a shared store, here in a folder: by age and size, and never what is of today."""

import os
import time

import pytest

from edgecask.cli.clean import Clean, collect_shared
from edgecask.errors import StorageError, UsageError
from edgecask.store.record import MadeFrom
from edgecask.store.remote import Remote, RemoteSettings
from edgecask.store.remote_garbage import SAFE_SECONDS, collect_remote_garbage
from edgecask.store.store import Store

DAY = SAFE_SECONDS


@pytest.fixture
def shared(tmp_path):
    return tmp_path / "shared"


@pytest.fixture
def remote(shared):
    return Remote(RemoteSettings(url=f"file://{shared}"), warn=print)


@pytest.fixture
def put(tmp_path, remote, shared):
    """Put a result with one file of its own there, written so many days ago."""
    store = Store(tmp_path / "here", remote=remote)

    def make(name, *, days, content=None):
        made_from = MadeFrom(
            algorithm=1, stage=name, environment="e", parameters={}, inputs={}, outputs=["out"], programs={},
            variables={},
        )  # fmt: skip
        before = set(shared.rglob("*"))
        with store.temporary() as folder:
            (folder / "out").write_bytes(content or name.encode() * 100)
            result = store.publish(made_from, outputs={"out": folder / "out"}, report={}, toolchain={})
        for path in set(shared.rglob("*")) - before:
            then = time.time() - days * DAY
            os.utime(path, (then, then))
        return result.key

    return make


def results(shared):
    return {path.name for path in shared.glob("results/*/*")}


def blobs(shared):
    return {path.name for path in shared.glob("blobs/*/*")}


def test_what_is_old_goes_with_its_files(remote, shared, put):
    old, new = put("old", days=40), put("new", days=2)
    found = collect_remote_garbage(remote, now=time.time(), max_age=30 * DAY)
    assert (found.results, found.files, found.size) == (1, 1, 300)
    assert results(shared) == {new} and len(blobs(shared)) == 1 and old not in results(shared)


@pytest.mark.parametrize("limits", [{"max_age": 0}, {"max_size": 0}, {"max_age": 3600, "max_size": 1}])
def test_what_is_of_today_stays_whatever_is_asked_for(remote, shared, put, limits):
    put("yesterday", days=1.1)
    today = put("today", days=0.9)
    stray = shared / "blobs" / "ab" / ("ab" * 32)  # of somebody who is about to put its record
    stray.parent.mkdir(exist_ok=True)
    stray.write_bytes(b"x")
    collect_remote_garbage(remote, now=time.time(), **limits)
    assert results(shared) == {today} and stray.name in blobs(shared) and len(blobs(shared)) == 2


def test_the_newest_that_fit_stay(remote, shared, put):
    keys = [put(name, days=days, content=name.encode() * 100) for name, days in (("a", 9), ("b", 8), ("c", 7))]
    collect_remote_garbage(remote, now=time.time(), max_size=250)
    assert results(shared) == set(keys[1:])


def test_a_file_that_a_kept_result_needs_stays(remote, shared, put):
    put("old", days=40, content=b"same")
    put("new", days=2, content=b"same")
    collect_remote_garbage(remote, now=time.time(), max_age=30 * DAY)
    assert len(blobs(shared)) == 1 and len(results(shared)) == 1


def test_signatures_go_with_their_records_and_rubbish_goes(remote, shared, put):
    old = put("old", days=40)
    for path in (shared / "results" / old[:2] / f"{old}.sig", shared / "results" / "zz" / "zzz"):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
        os.utime(path, (0, 0))
    collect_remote_garbage(remote, now=time.time(), max_age=30 * DAY)
    assert results(shared) == set()


def test_what_the_store_lost_is_put_again_by_who_has_it(tmp_path, remote, shared, put):
    """`clean` took it away while a machine still has it, and another one asks."""
    key = put("old", days=40)
    collect_remote_garbage(remote, now=time.time(), max_age=30 * DAY)
    here, other = Store(tmp_path / "here", remote=remote), Store(tmp_path / "other", remote=remote)
    assert other.find(key) is None
    assert here.share_result(here.find(key)) and other.find(key) is not None


def test_a_file_that_may_be_about_to_go_is_put_again(tmp_path, remote, shared, put):
    key = put("old", days=0.6)
    here = Store(tmp_path / "here", remote=remote)
    (path,) = shared.glob("blobs/*/*")
    assert here.share_result(here.find(key)) and time.time() - path.stat().st_mtime < 60


def test_a_machine_that_only_reads_removes_nothing(shared, put):
    put("old", days=40)
    remote = Remote(RemoteSettings(url=f"file://{shared}", read_only=True), warn=print)
    with pytest.raises(StorageError, match="only reads"):
        collect_remote_garbage(remote, now=time.time(), max_age=30 * DAY)
    assert len(results(shared)) == 1


def test_the_command(shared, put, monkeypatch):
    put("old", days=40)
    with pytest.raises(UsageError, match="no shared store"):
        collect_shared(older_than="30d", max_size=None)
    monkeypatch.setenv("EDGECASK_REMOTE_STORE", f"file://{shared}")
    assert collect_shared(older_than="30d", max_size=None).startswith("removed 1 results and 1 files")
    with pytest.raises(UsageError, match="--shared needs"):
        Clean(shared=True)


def test_a_store_that_cannot_be_reached_is_an_error_here(shared, remote, monkeypatch):
    def refuse(*given, **named):
        raise PermissionError("secret")

    monkeypatch.setattr(remote._files, "find", refuse)
    with pytest.raises(StorageError, match=r"cannot be used \(PermissionError\)"):
        collect_remote_garbage(remote, now=time.time(), max_age=30 * DAY)
