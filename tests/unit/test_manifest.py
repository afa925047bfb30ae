"""Which folders are packages, and reading one while builds put others in its place."""

import json
import os
import threading

import pytest

from edgecask.errors import StorageError
from edgecask.exchange import put_in_place
from edgecask.files import sha256_bytes
from edgecask.package.manifest import MANIFEST, read_files_of, read_manifest, read_model_of

OURS = {
    "schema": 1,
    "target": "grove",
    "model": {"file": "model.tflite", "sha256": sha256_bytes(b"model"), "bytes": 5},
    "toolchain": {},
    "inputs": {},
}


def make_package(folder, content=b"model", **changes):
    folder.mkdir(parents=True)
    manifest = OURS | {"model": OURS["model"] | {"sha256": sha256_bytes(content)}} | changes
    (folder / MANIFEST).write_text(json.dumps(manifest))
    (folder / "model.tflite").write_bytes(content)
    (folder / "report.html").write_bytes(content * 2)
    return folder


def test_a_package_is_known(tmp_path):
    folder = make_package(tmp_path / "grove")
    assert read_manifest(folder, target="grove")["target"] == "grove"
    assert read_model_of(folder, target="grove") == (folder / "model.tflite", b"model")
    assert list(read_files_of(folder, target="grove")) == ["manifest.json", "model.tflite", "report.html"]


@pytest.mark.parametrize(
    "text",
    [
        '{"manifest_version": 3, "name": "An extension", "version": "1.0"}',
        '{"name": "A web application", "icons": []}',
        '{"schema": 1, "target": "grove"}',
        json.dumps(OURS | {"schema": 3}),
        json.dumps(OURS | {"schema": True}),
        json.dumps(OURS | {"target": "xiao"}),
        json.dumps(OURS | {"model": "model.tflite"}),
        json.dumps(OURS | {"model": OURS["model"] | {"file": "../../etc/passwd"}}),
        json.dumps(OURS | {"model": OURS["model"] | {"file": ".."}}),
        json.dumps(OURS | {"model": OURS["model"] | {"sha256": "0"}}),
        json.dumps({name: value for name, value in OURS.items() if name != "inputs"}),
        "[1]",
        "null",
        "not JSON",
        "[" * 100_000,
        "",
    ],
    ids=lambda text: text[:50],
)
def test_other_folders_with_a_manifest_are_not_packages(tmp_path, text):
    (tmp_path / MANIFEST).write_text(text)
    (tmp_path / "model.tflite").write_bytes(b"model")
    assert read_manifest(tmp_path, target="grove") is None
    with pytest.raises(StorageError, match="There is no package in"):
        read_model_of(tmp_path, target="grove")


def test_what_is_no_file_is_no_manifest(tmp_path):
    assert read_manifest(tmp_path, target="grove") is None
    (tmp_path / MANIFEST).mkdir()
    assert read_manifest(tmp_path, target="grove") is None
    (tmp_path / MANIFEST).rmdir()
    os.mkfifo(tmp_path / MANIFEST)
    assert read_manifest(tmp_path, target="grove") is None


def test_a_model_that_was_exchanged_by_hand_is_not_taken_for_the_packages(tmp_path):
    folder = make_package(tmp_path / "grove")
    (folder / "model.tflite").write_bytes(b"mine")
    with pytest.raises(StorageError, match=r"is not the model that .*manifest\.json names.*--model="):
        read_model_of(folder, target="grove")
    (folder / "model.tflite").unlink()
    with pytest.raises(StorageError, match="is not the model"):
        read_model_of(folder, target="grove")


@pytest.mark.parametrize("can_exchange", [True, False])
def test_a_reader_gets_one_builds_files(tmp_path, monkeypatch, can_exchange):
    """Builds replace the package all the time, of two different models; where folders cannot be exchanged, too."""
    if not can_exchange:
        monkeypatch.setattr("edgecask.exchange.exchange", lambda one, other: False)
    folder = make_package(tmp_path / "grove", b"0" * 50_000)
    stop, builds = threading.Event(), 0

    def build():
        nonlocal builds
        while not stop.is_set():
            builds += 1
            put_in_place(make_package(tmp_path / ".grove.new", b"%d" % (builds % 2) * 50_000), folder)
            stop.wait(0.002)

    builder = threading.Thread(target=build)
    builder.start()
    try:
        for _ in range(150):
            _, content = read_model_of(folder, target="grove")
            assert content in (b"0" * 50_000, b"1" * 50_000)
            try:
                files = read_files_of(folder, target="grove")
            except StorageError as error:
                assert "changed while it was read" in str(error)
                continue
            assert files["report.html"] == 2 * files["model.tflite"]
            assert json.loads(files[MANIFEST])["model"]["sha256"] == sha256_bytes(files["model.tflite"])
    finally:
        stop.set()
        builder.join()
    assert builds > 10
