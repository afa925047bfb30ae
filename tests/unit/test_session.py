"""Which runner a command gets, where no container engine answers: an address at which nobody listens."""

import io

import pytest

from edgecask.cli.session import make_execution, make_runner
from edgecask.directories import user_directories
from edgecask.errors import EdgecaskError, EngineError
from edgecask.progress import PlainDisplay
from edgecask.runner.venv import VirtualEnvironmentRunner
from edgecask.store.in_use import alone


@pytest.fixture(autouse=True)
def no_engine(monkeypatch, tmp_path):
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nobody.sock")
    monkeypatch.setenv("EDGECASK_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("EDGECASK_STORE", str(tmp_path / "store"))


@pytest.fixture
def make(directories):
    said = []

    def call(name):
        return make_runner(name, directories, said.append), said

    return call


def test_virtual_environments_need_no_word(make):
    runner, said = make("venv")
    assert isinstance(runner, VirtualEnvironmentRunner) and said == []


def test_without_an_engine_auto_says_what_it_does_instead(make):
    runner, said = make("auto")
    assert isinstance(runner, VirtualEnvironmentRunner)
    (line,) = said
    assert "no container engine answers" in line and "--runner=docker" in line


def test_docker_in_vain_is_an_error(make):
    with pytest.raises(EngineError) as caught:
        make("docker")
    assert caught.value.exit_code == 14 and "--runner=venv" in str(caught.value)


def test_clean_has_to_wait_for_it(make, directories):
    with alone(directories):
        pass
    make("venv")
    with pytest.raises(EdgecaskError), alone(directories):
        pass


def test_stages_run_in_the_users_own_folders(tmp_path):
    text = io.StringIO()
    execution = make_execution("auto", PlainDisplay(text))
    assert execution.store.root == user_directories().store == tmp_path / "store"
    assert isinstance(execution.runner, VirtualEnvironmentRunner) and "no container engine" in text.getvalue()
