import itertools
import multiprocessing
import os
import subprocess
import sys
import threading

import msgspec
import pytest
from locations import REPOSITORY

from edgecask.files import sha256_bytes, sha256_file
from edgecask.store import store as store_module
from edgecask.store.record import MadeFrom, Record, packed
from edgecask.store.store import Store

MADE_FROM = MadeFrom(
    algorithm=1, stage="toy", environment="e", parameters={"a": [1, None, "x"]}, inputs={"source": "0" * 64},
    outputs=["model.tflite"], programs={"toy/toy.py": "1" * 64}, variables={},
)  # fmt: skip
KEY = MADE_FROM.key()


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


def publish(store, content=b"model"):
    with store.temporary() as folder:
        (folder / "model.tflite").write_bytes(content)
        return store.publish(
            MADE_FROM,
            outputs={"model.tflite": folder / "model.tflite"},
            report={"n": 1},
            toolchain={},
        )


def test_what_was_published_is_found(store):
    published = publish(store)
    found = store.find(KEY)
    assert found.cached and not published.cached
    assert found.report == {"n": 1}
    assert found.outputs["model.tflite"].path.read_bytes() == b"model"
    assert found.outputs["model.tflite"].sha256 == published.outputs["model.tflite"].sha256


def test_what_is_kept_is_made_once(store):
    made = []

    def make(folder):
        made.append(folder)
        (folder / "model.tflite").write_bytes(b"model")
        return {"model.tflite": folder / "model.tflite"}

    results = [store.kept(MADE_FROM, make) for _ in range(2)]
    assert len(made) == 1 and [result.cached for result in results] == [False, True]
    assert {result.outputs["model.tflite"].path.read_bytes() for result in results} == {b"model"}


def test_an_unknown_key_is_absent(store):
    assert store.find(KEY) is None


def test_a_damaged_file_is_not_trusted_and_is_replaced(store):
    path = publish(store).outputs["model.tflite"].path
    path.chmod(0o644)
    path.write_bytes(b"m0del")
    assert store.find(KEY) is None
    publish(store)
    assert store.find(KEY).outputs["model.tflite"].path.read_bytes() == b"model"


def test_a_missing_file_is_not_trusted(store):
    publish(store).outputs["model.tflite"].path.unlink()
    assert store.find(KEY) is None


@pytest.mark.parametrize(
    "damage", [lambda b: b[:-1], lambda b: b.replace(b'"n":1', b'"n":2'), lambda b: b"", lambda b: b"\xff" + b]
)
def test_a_damaged_record_is_not_trusted(store, damage):
    publish(store)
    record = store.root / "results" / KEY[:2] / KEY
    content = record.read_bytes()
    record.chmod(0o644)
    record.write_bytes(damage(content))
    assert store.find(KEY) is None


def test_nothing_temporary_stays(store):
    with pytest.raises(RuntimeError), store.temporary() as folder:
        (folder / "half").write_bytes(b"x")
        raise RuntimeError
    assert list((store.root / "temporary").iterdir()) == []


@pytest.mark.parametrize("in_memory", [True, False])
def test_ingest_takes_a_copy(store, tmp_path, monkeypatch, in_memory):
    if not in_memory:
        monkeypatch.setattr(store_module, "MAX_BYTES_IN_MEMORY", 3)
    source = tmp_path / "best.pt"
    source.write_bytes(b"weights")
    blob = store.ingest(source)
    source.write_bytes(b"changed")
    assert blob.path.read_bytes() == b"weights"
    assert store.ingest(source).sha256 != blob.sha256


@pytest.mark.parametrize("in_memory", [True, False])
def test_a_file_that_is_replaced_while_it_is_ingested_is_one_of_both(store, tmp_path, monkeypatch, in_memory):
    """Under its own digest: a training renames its checkpoint into place again and again."""
    if not in_memory:
        monkeypatch.setattr(store_module, "MAX_BYTES_IN_MEMORY", 3)
    source = tmp_path / "best.pt"
    contents = [bytes([number]) * 1_000_000 for number in range(2)]
    source.write_bytes(contents[0])
    stop = threading.Event()

    def rename_into_place():
        for content in itertools.cycle(contents):
            if stop.wait(0.0005):
                return
            (tmp_path / "next").write_bytes(content)
            os.replace(tmp_path / "next", source)

    writer = threading.Thread(target=rename_into_place)
    writer.start()
    try:
        blobs = [store.ingest(source) for _ in range(60)]
    finally:
        stop.set()
        writer.join()
    for blob in blobs:
        assert blob.path.read_bytes() in contents and sha256_file(blob.path) == blob.sha256


def test_stored_files_are_read_only(store):
    assert os.stat(publish(store).outputs["model.tflite"].path).st_mode & 0o222 == 0


def _publish_many(root, count):
    store = Store(root)
    for _ in range(count):
        publish(store)
        found = store.find(KEY)
        assert found is not None and found.outputs["model.tflite"].path.read_bytes() == b"model"


def test_processes_share_a_store(store):
    processes = [multiprocessing.Process(target=_publish_many, args=(store.root, 40)) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0, 0, 0]


def other(**changes):
    return msgspec.structs.replace(MADE_FROM, **changes)


def test_a_record_says_what_made_it(store):
    publish(store)
    (record,) = store.records()
    assert record.made_from == MADE_FROM and record.key == KEY


@pytest.mark.parametrize(
    "content",
    [
        packed(Record(key="c" * 64, made_from=MADE_FROM, outputs={}, report={}, toolchain={})),
        packed(Record(key=KEY, made_from=other(stage="other"), outputs={}, report={}, toolchain={})),
        b"[" * 100_000,
        sha256_bytes(b"{}").encode() + b"\n{}",
        sha256_bytes(b"[" * 100_000).encode() + b"\n" + b"[" * 100_000,
    ],
    ids=["another key", "another stage", "no record", "no fields", "deep"],
)
def test_a_record_of_something_else_is_absent_and_made_again(store, content):
    publish(store)
    place = store.root / "results" / KEY[:2] / KEY
    place.chmod(0o644)
    place.write_bytes(content)
    assert store.find(KEY) is None
    publish(store)
    assert store.find(KEY).report == {"n": 1}


def test_a_pipe_in_place_of_a_record_does_not_hang(store):
    publish(store)
    place = store.root / "results" / KEY[:2] / KEY
    place.unlink()
    os.mkfifo(place)
    assert store.find(KEY) is None and list(store.records()) == []


def test_the_last_result_for_a_purpose(store):
    publish(store)
    assert store.last("build grove: toy") is None
    store.remember("build grove: toy", KEY)
    assert store.last("build grove: toy").made_from == MADE_FROM
    store.remember("build grove: toy", "f" * 64)
    assert store.last("build grove: toy") is None


DECODE_AT_ONCE = """
import sys, threading
from edgecask.store.record import read_record
sys.setswitchinterval(1e-6)
barrier, found = threading.Barrier(6), []

def read():
    barrier.wait()
    found.append(read_record(sys.argv[1]))

threads = [threading.Thread(target=read) for _ in range(6)]
for thread in threads: thread.start()
for thread in threads: thread.join()
assert len(found) == 6 and None not in found
"""


@pytest.mark.parametrize("tries", [3, pytest.param(200, marks=pytest.mark.campaign)])
def test_the_first_records_may_be_read_by_several_threads(store, tries):
    """msgspec 0.22.0 ended the process in 2 of 60 tries where each thread let it work the type out."""
    publish(store)
    place = store.root / "results" / KEY[:2] / KEY
    script = DECODE_AT_ONCE.replace("sys.argv[1]", "__import__('pathlib').Path(sys.argv[1])")
    for _ in range(tries):
        done = subprocess.run([sys.executable, "-c", script, place], cwd=REPOSITORY, check=False)
        assert done.returncode == 0


def no_file(path, kind):
    """Put something else than a file in a file's place."""
    if path.exists():
        path.unlink()
    if kind == "folder":
        (path / "below").mkdir(parents=True)
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    else:
        path.symlink_to("gone")


@pytest.mark.parametrize("kind", ["folder", "pipe", "device", "broken link"])
@pytest.mark.parametrize("place", ["blobs", "results", "last"])
def test_what_is_no_file_counts_as_absent_and_is_made_again(tmp_path, place, kind):
    warnings = []
    store = Store(tmp_path / "store", warn=warnings.append)
    blob = publish(store).outputs["model.tflite"]
    store.remember("build", KEY)
    assert store.find(KEY) is not None and warnings == []
    (path,) = [found for found in (store.root / place).glob("*/*") if place != "blobs" or found == blob.path]
    no_file(path, kind)
    if place == "last":
        assert store.last("build") is None
        store.remember("build", KEY)
        assert store.last("build").key == KEY
        return
    assert store.find(KEY) is None and store.find(KEY) is None
    (line,) = warnings
    assert str(path) in line and "made again" in line
    publish(store)
    assert store.find(KEY).outputs["model.tflite"].path.read_bytes() == b"model"
    assert len(warnings) == 1
