"""`invoke clean` removes what edgecask made, and nothing else, whatever it finds."""

import os
import subprocess
import sys

import pytest
from test_manifest import make_package

from edgecask.cli import clean as clean_module
from edgecask.cli.clean import Clean, clean, collect
from edgecask.errors import EngineError, StorageError, UsageError
from edgecask.store.in_use import in_use
from edgecask.store.store import Store
from edgecask.target.target import target_names


@pytest.fixture(autouse=True)
def no_engine(monkeypatch):
    """Images of this machine are not the test's to remove."""

    def connect():
        raise EngineError("none")

    monkeypatch.setattr(clean_module.engine, "connect", connect)


def everything_in(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def run(directories, dist, *, everything=False):
    return list(clean(directories, dist, everything=everything, targets=target_names()))


def fill(directories):
    """One of each thing that edgecask makes."""
    Store(directories.store).ingest_bytes(b"result")
    for path in (
        directories.store / "temporary" / "tmpabcd_123" / "half",
        directories.environments / f"export-{'0' * 16}" / "bin" / "python",
        directories.environments / "tmpabcdefgh" / "link",
        directories.pythons / "cpython-3.11.18-linux-x86_64-gnu" / "bin" / "python3.11",
        directories.pythons / ".gitignore",
        directories.wheelhouse / "numpy-2.0-py3-none-any.whl",
        directories.weights / f"{'a' * 16}-yolov8n-pose.pt",
        directories.base_images / f"{'b' * 16}.json",
        directories.locks / "stage-1.lock",
        directories.templates / f"__jinja2_{'c' * 40}.cache",
        directories.timings / "seconds.json",
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def test_results_and_packages_go_and_environments_stay(directories, tmp_path):
    fill(directories)
    make_package(tmp_path / "dist" / "grove")
    lines = run(directories, tmp_path / "dist")
    assert everything_in(tmp_path / "dist") == []
    assert everything_in(directories.store) == ["running", "running/clean.lock"]
    assert len(everything_in(directories.home)) > 8 and not directories.locks.exists()
    assert any(line.startswith(f"removed {directories.store / 'blobs'}") for line in lines)
    assert f"removed {tmp_path / 'dist' / 'grove'}" in lines


def test_lock_files_of_killed_commands_go_by_age_as_well(directories):
    fill(directories)
    collect(directories, older_than="30d", max_size=None)
    assert not directories.locks.exists() and directories.weights.exists()


def test_everything_leaves_nothing(directories, tmp_path):
    fill(directories)
    run(directories, tmp_path / "dist", everything=True)
    assert everything_in(directories.home) == [] and everything_in(directories.store) == []
    assert run(directories, tmp_path / "dist", everything=True) == []


def test_what_a_user_put_beside_a_package_stays(directories, tmp_path):
    folder = make_package(tmp_path / "dist" / "grove", files=["manifest.json", "model.tflite", "report.html"])
    (folder / "application_signed.hex").touch()
    assert f"left {folder}: it holds what is not edgecask's" in run(directories, tmp_path / "dist")
    assert everything_in(folder) == ["application_signed.hex"]
    assert f"left {folder}: it is not a package of edgecask" in run(directories, tmp_path / "dist")


@pytest.mark.parametrize("installed", [False, True])
def test_not_even_the_folders_stay(directories, tmp_path, monkeypatch, capsys, installed):
    """And where edgecask was installed, the user is told how the rest goes."""
    monkeypatch.setenv("EDGECASK_HOME", str(directories.home))
    monkeypatch.setenv("EDGECASK_STORE", str(directories.store))
    monkeypatch.setattr(clean_module, "is_installed", lambda: installed)
    fill(directories)
    clean_module.run(Clean(everything=True, output=tmp_path / "dist"))
    assert not directories.home.exists() and not directories.store.exists()
    assert ("uv tool uninstall edgecask" in capsys.readouterr().out) is installed


def test_what_else_lies_there_stays(directories, tmp_path):
    """EDGECASK_HOME and EDGECASK_STORE named folders of the user's own, with folders of the same names in them."""
    fill(directories)
    theirs = [
        directories.store / "blobs" / "thesis.txt",
        directories.store / "blobs" / "ab" / "figure.png",
        directories.store / "results" / "2024" / "table.csv",
        directories.store / "temporary" / "draft.txt",
        directories.environments / "mine" / "bin" / "python",
        directories.wheelhouse / "notes.txt",
        directories.weights / "best.pt",
        directories.base_images / "camp.txt",
        directories.locks / "key.txt",
        tmp_path / "outside" / "file",
    ]
    for path in theirs:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("years of work")
    (directories.wheelhouse / "linked.whl").symlink_to(tmp_path / "outside" / "file")
    (directories.environments / f"linked-{'0' * 16}").symlink_to(tmp_path / "outside")
    lines = run(directories, tmp_path / "dist", everything=True)
    assert all(path.read_text() == "years of work" for path in theirs)
    assert len([path for path in directories.home.rglob("*") if path.is_file() or path.is_symlink()]) == 5
    assert f"left {directories.weights}: it holds what is not edgecask's" in lines


def test_folders_in_dist_that_are_not_packages_stay(directories, tmp_path):
    dist = tmp_path / "dist"
    make_package(dist / "grove")
    make_package(dist / "my-copy")  # a package, but under no target's name
    make_package(dist / "xiao")  # says that it is for grove
    (dist / "extension").mkdir()
    (dist / "extension" / "manifest.json").write_text('{"manifest_version": 3}')
    (dist / "stm32n6").mkdir()
    (dist / "stm32n6" / "manifest.json").write_text('{"manifest_version": 3}')
    (dist / "edgecask-0.1.whl").touch()
    lines = run(directories, dist)
    assert sorted(path.name for path in dist.iterdir()) == [
        "edgecask-0.1.whl", "extension", "my-copy", "stm32n6", "xiao",
    ]  # fmt: skip
    assert f"left {dist / 'xiao'}: it is not a package of edgecask" in lines


def test_a_link_stays_and_so_does_what_it_leads_to(directories, tmp_path):
    elsewhere = make_package(tmp_path / "elsewhere" / "grove")
    dist = tmp_path / "dist"
    dist.mkdir()
    (dist / "grove").symlink_to(elsewhere)
    (dist / "xiao").symlink_to(tmp_path / "nowhere")
    lines = run(directories, dist)
    assert (dist / "grove" / "model.tflite").exists() and (dist / "xiao").is_symlink()
    assert lines == [f"left {dist / 'grove'}: it is a link", f"left {dist / 'xiao'}: it is a link"]


def test_what_killed_builds_left_goes(directories, tmp_path):
    dist = tmp_path / "dist"
    (dist / ".grove.new").mkdir(parents=True)
    (dist / ".grove.old").symlink_to(make_package(tmp_path / "elsewhere"))
    (dist / ".mine.new").mkdir()
    run(directories, dist)
    assert [path.name for path in dist.iterdir()] == [".mine.new"]
    assert (tmp_path / "elsewhere" / "model.tflite").exists()


def test_beside_a_command_at_work_nothing_is_removed(directories, tmp_path):
    fill(directories)
    make_package(tmp_path / "dist" / "grove")
    before = everything_in(tmp_path)
    command = "import sys; from test_clean import hold; hold(*sys.argv[1:])"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.Popen(
        [sys.executable, "-c", command, directories.home, directories.store],
        env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    try:
        assert process.stdout.readline() == b"in\n"
        for everything in (False, True):
            with pytest.raises(StorageError, match=f"process {process.pid}.*is at work.*nothing was removed"):
                run(directories, tmp_path / "dist", everything=everything)
        assert set(before) <= set(everything_in(tmp_path))
    finally:
        process.communicate(b"")
    run(directories, tmp_path / "dist")
    assert not (tmp_path / "dist" / "grove").exists()


def hold(home, store):
    """In another process: be at work until the end of input."""
    from pathlib import Path

    from edgecask.directories import Directories

    with in_use(Directories(home=Path(home), store=Path(store))):
        print("in", flush=True)
        sys.stdin.read()


def test_what_cannot_be_removed_does_not_keep_the_rest(directories, tmp_path, monkeypatch):
    fill(directories)
    make_package(tmp_path / "dist" / "grove")
    real = clean_module.discard

    def discard(path):
        if "results" in path.parts or path.name == "grove":
            real(path)
        else:
            raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(clean_module, "discard", discard)
    with pytest.raises(StorageError, match=r"blobs.*\(Permission denied\) could not be removed, and 2 more"):
        run(directories, tmp_path / "dist")
    assert not (tmp_path / "dist" / "grove").exists()


def test_what_was_long_of_no_use_goes_and_packages_stay(directories, tmp_path):
    store = Store(directories.store)
    store.ingest_bytes(b"nobody needs this")
    assert collect(directories, older_than="30d", max_size=None) == "removed 0 results and 1 files (0 MB)"
    assert collect(directories, older_than=None, max_size="1MB") == "removed 0 results and 0 files (0 MB)"


def test_nothing_is_collected_beside_a_command(directories):
    with in_use(directories), pytest.raises(StorageError, match="is at work"):
        collect(directories, older_than="1h", max_size=None)


@pytest.mark.parametrize(
    "given", [{"older_than": "30"}, {"older_than": "-1d"}, {"max_size": "10"}, {"max_size": "1kB"}]
)
def test_what_is_no_time_or_size(given):
    with pytest.raises(UsageError, match=r"is not a (number of days or hours|size in MB, GB or TB)\. Use --"):
        Clean(**given)


def test_everything_and_a_part_at_once():
    with pytest.raises(UsageError, match="keeps nothing"):
        Clean(everything=True, older_than="1d")


def test_it_says_how_far_it_is_with_many_files(directories, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(clean_module, "TOLD_EVERY", 2)
    store = Store(directories.store)
    for number in range(5):
        store.ingest_bytes(b"%d" % number)
    folder = directories.store / "blobs"
    lines = run(directories, tmp_path / "dist")
    assert lines[:2] == [f"removing {folder}: 2 of 5", f"removing {folder}: 4 of 5"]
    for number in range(5):
        store.ingest_bytes(b"%d" % number)
    collect(directories, older_than="1h", max_size=None)
    assert capsys.readouterr().out.splitlines() == ["removing files: 2 of 5", "removing files: 4 of 5"]
