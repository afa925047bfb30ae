"""A pipe in the place of a file from outside: whoever reads says so, or counts it as absent, and never waits."""

import os
import threading

import pytest

from edgecask.cli.project import read_project
from edgecask.data.output import _begins_with
from edgecask.errors import EdgecaskError, TargetError, UsageError
from edgecask.firmware.board.recording import ReplayPort
from edgecask.package import sums
from edgecask.package.package import _keep_signature
from edgecask.target.target import load_target
from edgecask.training.run import Run

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
SECONDS = 10


def outcome(function):
    """What a function returns or raises; it must not wait."""
    found = []

    def call():
        try:
            found.append(function())
        except EdgecaskError as error:
            found.append(error)

    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    thread.join(SECONDS)
    assert not thread.is_alive(), "it waits"
    return found[0]


@pytest.fixture
def pipe(tmp_path):
    def make(name):
        os.mkfifo(tmp_path / name)
        return tmp_path / name

    return make


def test_options(tmp_path, pipe):
    pipe("edgecask.toml")
    found = outcome(lambda: read_project(tmp_path, {}))
    assert isinstance(found, UsageError) and "edgecask.toml cannot be read (it is not a file)" in str(found)


def test_a_recording(pipe):
    found = outcome(lambda: ReplayPort(pipe("board.jsonl")).read())
    assert isinstance(found, UsageError) and "board.jsonl is not a file" in str(found)


def test_the_record_of_a_training(tmp_path, pipe):
    pipe("run.json")
    assert outcome(lambda: Run(tmp_path).record()) is None


def test_what_lies_in_the_folder_of_a_data_set(pipe):
    assert outcome(lambda: _begins_with(pipe("data.yaml"), "# Drawn people")) is False


def test_the_sums_of_an_older_package(tmp_path, pipe):
    new = tmp_path / "new"
    new.mkdir()
    (new / sums.FILE).write_text("sums")
    pipe(sums.FILE)
    assert outcome(lambda: _keep_signature(tmp_path, new)) is None
    assert [path.name for path in new.iterdir()] == [sums.FILE]


def test_a_target(tmp_path, pipe):
    pipe("target.toml")
    assert isinstance(outcome(lambda: load_target(str(tmp_path))), TargetError)


def test_a_target_that_is_too_long_is_one_line(tmp_path):
    (tmp_path / "target.toml").write_text("#" * (1 << 21))
    found = outcome(lambda: load_target(str(tmp_path)))
    assert isinstance(found, TargetError) and "has more than 1 MB" in str(found)
