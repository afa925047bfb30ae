"""Which runner a command gets, where no container engine answers: an address at which nobody listens."""

import io

import pytest

from edgecask.cli.session import make_execution, make_runner
from edgecask.directories import user_directories
from edgecask.errors import EdgecaskError, EngineError, IsolationError, UsageError
from edgecask.progress import PlainDisplay
from edgecask.runner import isolation
from edgecask.runner.isolation import Isolation
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

    def call(name, **named):
        return make_runner(name, directories, said.append, **named), said

    return call


def wall(monkeypatch, **facts):
    monkeypatch.setattr(isolation, "available_isolation", lambda: Isolation(**facts))


@pytest.fixture(autouse=True)
def a_wall(monkeypatch):
    wall(monkeypatch, name="bubblewrap")


def test_virtual_environments_need_no_word(make):
    for required in (False, True):
        runner, said = make("venv", require_isolation=required)
        assert isinstance(runner, VirtualEnvironmentRunner) and said == []


def test_what_does_not_hold_is_one_line_or_an_error(make, monkeypatch):
    wall(monkeypatch, name="none", lacks=("read and write whatever you can",), why="bwrap is not installed")
    _, said = make("venv")
    assert said == ["stages in virtual environments can read and write whatever you can (bwrap is not installed)"]
    for runner in ("venv", "auto"):
        with pytest.raises(IsolationError, match="^Stages in virtual environments can .*Install bubblewrap"):
            make(runner, require_isolation=True)


@pytest.mark.parametrize("size", ["abc", "0", "1k", "-1", "", "6 gigs"])
def test_a_limit_of_memory_that_is_none_is_told(make, monkeypatch, size):
    monkeypatch.setenv("EDGECASK_STAGE_MEMORY", size)
    with pytest.raises(UsageError, match="EDGECASK_STAGE_MEMORY is .* no size of at least 16 MiB"):
        make("venv")


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
