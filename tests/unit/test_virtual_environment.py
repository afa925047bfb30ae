"""What making a virtual environment leaves on the machine."""

import pytest

from edgecask.errors import EnvironmentBuildError, NetworkError
from edgecask.runner.environments.virtual_environment import find_python, is_made, make_environment


def test_it_takes_the_place_of_one_that_is_half_made(small_environment, directories):
    folder = directories.environments / "small"
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "left").touch()
    assert not is_made(folder)
    make_environment(directories, small_environment, folder)
    assert is_made(folder) and not (folder / "bin" / "left").exists() and (folder / "bin" / "python").exists()


def test_another_kind_of_machine_is_one_line(small_environment, directories, monkeypatch):
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    with pytest.raises(EnvironmentBuildError, match=r"x86-64, this is Linux on riscv64\..*--runner=docker"):
        make_environment(directories, small_environment, directories.environments / "small")


def test_a_python_that_cannot_be_fetched_is_one_line_and_leaves_nothing(
    small_environment, directories, tmp_path, monkeypatch
):
    monkeypatch.setenv("UV_PYTHON_PREFERENCE", "only-managed")
    monkeypatch.setenv("UV_PYTHON_INSTALL_MIRROR", (tmp_path / "no mirror").as_uri())
    assert find_python() is None
    folder = directories.environments / "small"
    with pytest.raises(NetworkError, match=r"no Python 3\.11.*apt-get install python3\.11"):
        make_environment(directories, small_environment, folder)
    assert not is_made(folder) and list(directories.environments.iterdir()) == []
    assert not (tmp_path / "user").exists()
