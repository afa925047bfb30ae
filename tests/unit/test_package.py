"""A package written from results as a build leaves them: its bytes, and what it replaces."""

import errno
import functools
import json
import shutil
import subprocess
import zipfile
from dataclasses import replace

import pytest
from finished_build import DATA, METRICS, contents_of
from locations import files_below

from edgecask.errors import StorageError, UsageError
from edgecask.files import sha256_bytes, sha256_file
from edgecask.package import package as module
from edgecask.package.contents import MODEL
from edgecask.package.manifest import MANIFEST, read_manifest, read_model_of
from edgecask.package.package import SUMMARY, leftovers, write_archive, write_package
from edgecask.package.prefetch import FILE, Prefetch
from edgecask.store.store import Store
from edgecask.target.target import load_target


@pytest.fixture
def contents(directories):
    return functools.partial(contents_of, Store(directories.store))


@pytest.fixture
def write(directories, tmp_path):
    def call(contents, destination=None):
        store = Store(directories.store)
        return write_package(
            contents, store=store, directories=directories, destination=destination or tmp_path / "dist" / "grove"
        )

    return call


def test_everything_that_was_made_is_in_it(contents, write):
    package = write(contents())
    written = json.loads((package.folder / MANIFEST).read_text())
    assert written == json.loads(json.dumps(package.manifest))
    model, content = read_model_of(package.folder, target="grove")
    assert content == (DATA / "raw_vela.tflite").read_bytes() and written["model"]["bytes"] == len(content)
    assert (package.folder / SUMMARY).read_bytes() == b"a,b\n"
    assert {MANIFEST, "README.md", "report.html", model.name, SUMMARY} <= set(files_below(package.folder))
    assert model.name in (package.folder / "README.md").read_text()
    assert (package.folder / written["host"]["file"]).read_bytes() == (DATA / "raw_vela.tflite").read_bytes()
    assert leftovers(package.folder) and not any(path.exists() for path in leftovers(package.folder))


def test_the_second_file_lies_beside_the_first(contents, write):
    metrics = {"timeline_ms": 5.0, "sram_kib": 300.0, "flash_kib": 2229.0}
    second = Prefetch(model=DATA / "raw.tflite", metrics=metrics)
    package = write(contents(prefetch=second))
    path, content = read_model_of(package.folder, target="grove", table="prefetch")
    assert path.name == FILE and content == (DATA / "raw.tflite").read_bytes()
    none = write(contents(prefetch=Prefetch(reason="it would gain nothing")))
    assert none.manifest["prefetch"] == {"reason": "it would gain nothing"} and not (none.folder / FILE).exists()


def test_the_same_results_give_the_same_bytes_wherever_they_are_written(contents, write, tmp_path):
    made = contents()
    first = files_below(write(made, tmp_path / "a" / "grove").folder)
    turned = contents(results=dict(reversed(made.results.items())))
    assert files_below(write(turned, tmp_path / "b" / "grove").folder) == first


def test_an_older_package_is_replaced_and_a_link_is_followed(contents, write, tmp_path):
    folder = write(contents()).folder
    (folder / "report.html").write_text("changed")
    (tmp_path / "link").symlink_to(folder)
    assert write(contents(), tmp_path / "link").folder == tmp_path / "link"
    assert (tmp_path / "link").is_symlink() and (folder / "report.html").read_text() != "changed"
    assert read_manifest(folder, target="grove") is not None


def test_what_a_user_put_beside_it_is_kept(contents, write):
    """But nothing that the package brings itself, and no file of an older package that the newer one has no more."""
    folder = write(contents()).folder
    own = {path.name for path in folder.iterdir()}
    assert sorted(own) == json.loads((folder / MANIFEST).read_bytes())["files"] and "host" in own
    (folder / "notes").mkdir()
    (folder / "notes" / "mine.txt").write_text("mine")
    (folder / "away").symlink_to("nowhere")
    assert FILE not in own
    write(contents(prefetch=Prefetch(model=DATA / "raw_vela.tflite", metrics=METRICS)))
    assert (folder / FILE).is_file()
    write(contents())
    assert (folder / "notes" / "mine.txt").read_text() == "mine" and (folder / "away").is_symlink()
    assert sorted(path.name for path in folder.iterdir()) == sorted([*own, "notes", "away"])


def test_what_was_made_from_another_model_is_not_kept(contents, write, tmp_path):
    """`invoke flash` would write it to the model's address; with the same model it stays."""
    target = load_target("stm32n6")
    made, application = target.flash.parts[-1].file, target.flash.parts[1].file
    folder = write(contents("stm32n6"), tmp_path / "stm32n6").folder
    (folder / "stedgeai").mkdir()
    for name in (made, application, f"stedgeai/{made}", f"stedgeai/{application}"):
        (folder / name).touch()
    write(contents("stm32n6", image_size=256), folder)
    assert (folder / made).exists() and (folder / "stedgeai" / made).exists()
    other = contents("stm32n6")
    quantized = other.results["quantize"]
    model = {MODEL: contents().results["compile"].outputs[MODEL]}
    write(replace(other, results={**other.results, "quantize": replace(quantized, outputs=model)}), folder)
    assert not (folder / made).exists() and not (folder / "stedgeai" / made).exists()
    assert (folder / application).exists() and (folder / "stedgeai" / application).exists()


@pytest.mark.parametrize("kind", ["file", "folder", "other target"])
def test_what_is_no_package_for_this_target_is_left_alone(contents, write, tmp_path, kind):
    destination = tmp_path / "dist" / "grove"
    if kind == "other target":
        shutil.move(write(contents("xiao"), tmp_path / "x").folder, destination.parent / "was")
        destination.parent.mkdir(exist_ok=True)
        (destination.parent / "was").rename(destination)
    elif kind == "folder":
        destination.mkdir(parents=True)
        (destination / "mine").touch()
    else:
        destination.parent.mkdir()
        destination.write_text("mine")
    before = files_below(destination) if destination.is_dir() else destination.read_bytes()
    with pytest.raises(StorageError, match="is not a package of edgecask for grove, and is left alone"):
        write(contents())
    assert (files_below(destination) if destination.is_dir() else destination.read_bytes()) == before
    assert [path.name for path in destination.parent.iterdir()] == ["grove"]


@pytest.mark.parametrize(("number", "error"), [(errno.EACCES, StorageError), (errno.ENOSPC, OSError)])
def test_a_failure_leaves_the_older_package_whole(contents, write, monkeypatch, number, error):
    folder = write(contents()).folder
    before = files_below(folder)

    def fail(*arguments):
        raise OSError(number, "no")

    monkeypatch.setattr(module, "put_in_place", fail)
    with pytest.raises(error) as caught:
        write(contents(image_size=256))
    # A full disk is said by whoever calls, with the file that found no room.
    assert isinstance(caught.value, StorageError) == (number == errno.EACCES)
    assert files_below(folder) == before and [path.name for path in folder.parent.iterdir()] == ["grove"]


def test_an_archive_is_the_package_and_nothing_else(contents, write, tmp_path):
    folder = write(contents()).folder
    first = sha256_file(write_archive(folder))
    for path in folder.iterdir():
        path.touch()
    archive = write_archive(folder)
    assert sha256_file(archive) == first and archive == tmp_path / "dist" / "grove.zip"
    with zipfile.ZipFile(archive) as opened:
        assert opened.namelist() == sorted(opened.namelist())
        for name, content in files_below(folder).items():
            assert sha256_bytes(opened.read(f"grove/{name}")) == sha256_bytes(content)
    with pytest.raises(StorageError, match="There is no package"):
        write_archive(tmp_path / "dist" / "absent")


def test_a_signature_stays_while_the_files_stay_the_same_and_goes_with_them(contents, write, tmp_path):
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    folder = write(contents(sign_key=key)).folder
    signed = (folder / "SHA256SUMS.sig").read_bytes()
    assert "SHA256SUMS.sig" not in (folder / "SHA256SUMS").read_text()
    write(contents())
    assert (folder / "SHA256SUMS.sig").read_bytes() == signed
    write(contents(parameters={"gptq": True}))
    assert not (folder / "SHA256SUMS.sig").exists()


def test_a_key_that_is_none_leaves_the_older_package(contents, write, tmp_path):
    folder = write(contents()).folder
    before = files_below(folder)
    with pytest.raises(UsageError, match="There is no key"):
        write(contents(parameters={"gptq": True}, sign_key=tmp_path / "none"))
    assert files_below(folder) == before and not any(path.exists() for path in leftovers(folder))
