"""Where edgecask finds what it brings along, in a clone and installed."""

import multiprocessing
import time

import pytest
from filelock import Timeout
from locations import REPOSITORY

from edgecask.directories import bundled, claim, is_installed

FOLDERS = ("pipeline", "docker", "targets", "models")


@pytest.mark.parametrize("name", FOLDERS)
def test_in_a_clone_they_stand_beside_the_package(name):
    assert not is_installed()
    assert bundled(name) == REPOSITORY / name and bundled(name).is_dir()


@pytest.mark.parametrize("name", FOLDERS)
def test_installed_they_are_inside_it_whatever_else_has_their_names(name, tmp_path):
    """`docker` beside the package is the engine's SDK then."""
    package = tmp_path / "site-packages" / "edgecask"
    for folder in FOLDERS:
        (package / folder).mkdir(parents=True)
        (package.parent / folder).mkdir()
    assert is_installed(package)
    assert bundled(name, package) == package / name


def test_what_is_claimed_is_refused_to_others_and_leaves_no_file(directories):
    with claim(directories, "run", "a"):
        with pytest.raises(Timeout), claim(directories, "run", "a"):
            pytest.fail("let in")
        with claim(directories, "run", "b"):
            assert sorted(path.name for path in directories.locks.glob("run-*")) == ["run-a.lock", "run-b.lock"]
    assert not list(directories.locks.glob("run-*"))


def _claim(directories, seconds, inside, met, claimed):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            with claim(directories, "run", "a"):
                try:
                    inside.touch(exist_ok=False)
                except FileExistsError:
                    met.value += 1
                else:
                    time.sleep(0.001)
                    inside.unlink()
                claimed.value += 1
        except Timeout:
            pass


def test_claims_race(directories, tmp_path):
    """Each ends by removing the file that the others are about to lock."""
    met, claimed = multiprocessing.Value("i"), multiprocessing.Value("i")
    arguments = (directories, 1.5, tmp_path / "inside", met, claimed)
    processes = [multiprocessing.Process(target=_claim, args=arguments) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert met.value == 0 and claimed.value > 1
