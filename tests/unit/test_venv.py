"""What making a virtual environment leaves on the machine."""

import pytest

from edgecask.errors import NetworkError
from edgecask.runner.environments import wheelhouse
from edgecask.runner.environments.environment import Environment
from edgecask.runner.venv import VirtualEnvironmentRunner, find_python


@pytest.fixture
def environment(tmp_path, monkeypatch):
    """An environment without packages, on a machine whose user has a cache of uv's own."""
    lock = tmp_path / "requirements.txt"
    lock.write_text("# nothing\n")
    monkeypatch.setattr(wheelhouse, "INSTALLER_LOCK", lock)
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    for name in ("XDG_CACHE_HOME", "XDG_DATA_HOME", "UV_CACHE_DIR", "UV_PYTHON_INSTALL_DIR"):
        monkeypatch.delenv(name, raising=False)
    return Environment(name="small", lock=lock)


def test_nothing_is_left_outside_edgecasks_folder(environment, directories, tmp_path):
    runner = VirtualEnvironmentRunner(directories)
    runner.prepare(environment, lambda line: None)
    assert runner.is_ready(environment)
    assert not (tmp_path / "user").exists()
    assert [path.name for path in directories.environments.iterdir()] == [runner._folder(environment).name]
    assert not directories.pythons.exists()  # this machine has one


def test_a_python_that_cannot_be_fetched_is_one_line_and_leaves_nothing(
    environment, directories, tmp_path, monkeypatch
):
    monkeypatch.setenv("UV_PYTHON_PREFERENCE", "only-managed")
    monkeypatch.setenv("UV_PYTHON_INSTALL_MIRROR", (tmp_path / "no mirror").as_uri())
    assert find_python() is None
    with pytest.raises(NetworkError, match=r"no Python 3\.11.*apt-get install python3\.11"):
        VirtualEnvironmentRunner(directories).prepare(environment, lambda line: None)
    assert list(directories.environments.iterdir()) == []
    assert not (tmp_path / "user").exists()
