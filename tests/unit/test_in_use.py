"""Commands at work and `clean`, as processes that really race and are really killed."""

import errno
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from edgecask.directories import Directories
from edgecask.errors import StorageError
from edgecask.store import in_use as in_use_module
from edgecask.store.in_use import alone, in_use

WORK = """
import sys, time
from pathlib import Path
from edgecask.directories import Directories
from edgecask.store.in_use import in_use
with in_use(Directories(home=Path(sys.argv[1]), store=Path(sys.argv[2]))):
    print("in", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def worker(directories):
    processes = []

    def start():
        process = subprocess.Popen(
            [sys.executable, "-c", WORK, directories.home, directories.store],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        assert process.stdout.readline() == "in\n"
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def test_cleaning_is_refused_beside_a_command_and_names_it(directories, worker):
    process = worker()
    message = rf"`-c .*` \(process {process.pid}\) is at work in .*nothing was removed"
    with pytest.raises(StorageError, match=message), alone(directories):
        pytest.fail("let in")
    process.communicate("")
    with alone(directories):
        pass


def test_a_killed_command_does_not_stop_cleaning(directories, worker):
    process = worker()
    process.send_signal(signal.SIGKILL)
    process.wait()
    with alone(directories):
        assert [path.name for path in (directories.home / "running").iterdir()] == ["clean.lock"]


def test_several_commands_work_at_once_and_leave_nothing(directories, worker):
    first, second = worker(), worker()
    with in_use(directories), in_use(directories):
        pass
    first.communicate("")
    with pytest.raises(StorageError, match=f"process {second.pid}"), alone(directories):
        pass
    second.communicate("")
    with alone(directories, leaving=True):
        pass
    assert not (directories.home / "running").exists() and not (directories.store / "running").exists()


def test_two_homes_that_share_a_store(tmp_path, directories, worker):
    worker()
    other = Directories(home=tmp_path / "another home", store=directories.store)
    with pytest.raises(StorageError, match="is at work in .*store"), alone(other):
        pytest.fail("let in")


def test_nothing_is_made_where_nothing_is(directories):
    with alone(directories, leaving=True):
        pass
    assert not directories.home.exists() and not directories.store.exists()


def _work(directories, seconds, broken):
    """What a build does: write a file, and need it a moment later."""
    file = directories.store / f"blob-{os.getpid()}"
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with in_use(directories):
            file.write_bytes(b"x")
            time.sleep(0.003)
            if not file.exists():
                broken.value += 1


def _clean(directories, seconds, cleaned):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            with alone(directories, leaving=True):
                for path in directories.store.glob("blob-*"):
                    path.unlink()
                cleaned.value += 1
        except StorageError:
            pass


def test_commands_and_cleaning_race(directories):
    directories.store.mkdir(parents=True)
    broken, cleaned = multiprocessing.Value("i"), multiprocessing.Value("i")
    processes = [multiprocessing.Process(target=_work, args=(directories, 3, broken)) for _ in range(2)]
    processes.append(multiprocessing.Process(target=_clean, args=(directories, 3, cleaned)))
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert broken.value == 0
    assert cleaned.value > 0


def _clean_alone(directories, seconds, cleaned, met):
    """A `clean` that says when another one was in as well."""
    mark = directories.home / "cleaning"
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            with alone(directories, leaving=True):
                try:
                    mark.touch(exist_ok=False)
                except FileExistsError:
                    met.value += 1
                else:
                    mark.unlink()
                cleaned.value += 1
        except StorageError:
            pass


def test_cleanings_race(directories):
    """Each ends by removing the folder that the others are about to enter."""
    directories.home.mkdir(parents=True)
    directories.store.mkdir()
    cleaned, met = multiprocessing.Value("i"), multiprocessing.Value("i")
    processes = [multiprocessing.Process(target=_clean_alone, args=(directories, 1.5, cleaned, met)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert met.value == 0 and cleaned.value > 0


@pytest.mark.parametrize("way", [in_use, alone])
def test_a_folder_that_is_removed_while_it_is_found(directories, monkeypatch, way):
    """mkdir(exist_ok=True) raises FileExistsError where the folder goes between its own two looks."""
    folder = directories.home / "running"
    mkdir, removed = Path.mkdir, []

    def raced(path, *arguments, **named):
        if path == folder and not removed:
            removed.append(path)
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
        return mkdir(path, *arguments, **named)

    directories.home.mkdir(parents=True)
    monkeypatch.setattr(Path, "mkdir", raced)
    with way(directories):
        assert removed and len(list(folder.glob("*-*.lock"))) == (way is in_use)


@pytest.mark.parametrize("way", [in_use, alone])
def test_a_folder_that_is_removed_between_two_looks(directories, monkeypatch, way):
    folder = directories.home / "running"
    mkdir, look, looks = Path.mkdir, Path.stat, []

    def raced(path, *arguments, **named):
        if path == folder and not looks:
            mkdir(path)
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
        return mkdir(path, *arguments, **named)

    def removed(path, **named):
        found = look(path, **named)
        if path == folder and not looks:
            looks.append(path)
            folder.rmdir()
        return found

    directories.home.mkdir(parents=True)
    monkeypatch.setattr(Path, "mkdir", raced)
    monkeypatch.setattr(Path, "stat", removed)
    with way(directories):
        assert looks and len(list(folder.glob("*-*.lock"))) == (way is in_use)


@pytest.mark.parametrize("way", [in_use, alone])
def test_a_file_in_the_place_of_the_folder_is_an_error(directories, way):
    directories.home.mkdir(parents=True)
    (directories.home / "running").write_text("mine")
    with pytest.raises(FileExistsError), way(directories):
        pytest.fail("let in")


def test_a_store_that_is_not_ours_to_write_serves(directories, monkeypatch):
    for number in (errno.EROFS, errno.EACCES):

        def refuse(folder, held, number=number):
            raise OSError(number, os.strerror(number), str(folder))

        monkeypatch.setattr(in_use_module, "_enter", refuse)
        with in_use(directories):
            pass

    def full(folder, held):
        raise OSError(errno.ENOSPC, "full", str(folder))

    monkeypatch.setattr(in_use_module, "_enter", full)
    with pytest.raises(OSError, match="full"), in_use(directories):
        pass


def test_what_killed_commands_left_does_not_pile_up(directories, worker):
    for _ in range(3):
        process = worker()
        process.kill()
        process.wait()
    with in_use(directories):
        for folder in (directories.home, directories.store):
            assert len(list((folder / "running").glob("*-*.lock"))) == 1


def _end_half(directories, steps):
    """Work, and be killed before one of the files that go at the end."""
    unlink, ending = Path.unlink, False

    def unlink_or_die(path, missing_ok=False):
        nonlocal steps
        if ending:
            if not steps:
                os.kill(os.getpid(), signal.SIGKILL)
            steps -= 1
        unlink(path, missing_ok=missing_ok)

    Path.unlink = unlink_or_die
    with in_use(directories):
        ending = True


def test_a_command_that_is_killed_while_it_ends_leaves_nothing_that_nobody_removes(directories):
    """What stands beside a lock file goes with it, so it never stays alone."""
    ends = []
    for steps in range(8):
        process = multiprocessing.Process(target=_end_half, args=(directories, steps))
        process.start()
        process.join()
        ends.append(process.exitcode)
        with alone(directories):
            for folder in (directories.home, directories.store):
                assert [path.name for path in (folder / "running").iterdir()] == ["clean.lock"]
    assert ends[0] == -signal.SIGKILL and ends[-1] == 0
