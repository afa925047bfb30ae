"""Where a container engine is looked for."""

from pathlib import Path

import pytest

from edgecask.runner.container import engine


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    return tmp_path


def test_docker_host_alone_counts_where_it_is_set(monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", "tcp://builder:2375")
    assert engine._sockets() == ["tcp://builder:2375"]


@pytest.mark.parametrize(
    "place", [".docker/run/docker.sock", ".docker/desktop/docker.sock", ".colima/default/docker.sock"]
)
def test_sockets_in_the_users_folder_are_found(home, place):
    before = engine._sockets()
    (home / place).parent.mkdir(parents=True)
    (home / place).touch()
    assert engine._sockets() == [*before, f"unix://{home / place}"]


def test_windows_has_a_pipe(monkeypatch):
    monkeypatch.setattr(engine.sys, "platform", "win32")
    assert engine._sockets() == [engine.DOCKER_DESKTOP_PIPE]
