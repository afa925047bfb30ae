"""What one of Dask's own workers is given before it registers; tests/campaign/test_slurm.py has such workers."""

from types import SimpleNamespace

import pytest

from edgecask.cli.dask_preload import dask_setup
from edgecask.matrix import work


@pytest.fixture
def worker(monkeypatch, tmp_path):
    monkeypatch.setenv("EDGECASK_HOME", str(tmp_path))
    yield SimpleNamespace(state=SimpleNamespace(nthreads=3, total_resources={}, available_resources={}))
    work._maker.clear()


def test_it_offers_a_stage_for_each_thread(worker):
    dask_setup.callback(worker, runner="venv", require_isolation=False)
    assert worker.state.total_resources["stage"] == worker.state.available_resources["stage"] == 3
    assert worker.state.total_resources["memory"] >= 1024
    (make,) = work._maker
    assert make().runner.name == "venv"


def test_what_the_command_line_says_comes_first(worker):
    worker.state.total_resources = {"stage": 1}
    worker.state.available_resources = {"stage": 1}
    dask_setup.callback(worker, runner="venv", require_isolation=False)
    assert worker.state.total_resources["stage"] == 1


def test_dask_hands_its_options_on(worker):
    with pytest.raises(SystemExit):
        dask_setup.main(["--runner=ship"], obj=worker)
