"""What one of Dask's own workers is given before it registers; tests/campaign/test_slurm.py has such workers."""

from types import SimpleNamespace

import click
import pytest

from edgecask.cli.dask_preload import dask_setup
from edgecask.errors import EngineError
from edgecask.matrix import work


@pytest.fixture
def worker(monkeypatch, tmp_path):
    monkeypatch.setenv("EDGECASK_HOME", str(tmp_path))
    yield SimpleNamespace(state=SimpleNamespace(nthreads=3, total_resources={}, available_resources={}))
    work._maker.clear()


def test_it_offers_a_stage_for_each_thread(worker):
    dask_setup.callback(worker, runner="venv", require_isolation=False, gpus=False)
    assert worker.state.total_resources["stage"] == worker.state.available_resources["stage"] == 3
    assert worker.state.total_resources["memory"] >= 1024
    (make,) = work._maker
    assert make().runner.name == "venv"
    assert "gpu" not in worker.state.total_resources


def test_what_the_command_line_says_comes_first(worker):
    worker.state.total_resources = {"stage": 1}
    worker.state.available_resources = {"stage": 1}
    dask_setup.callback(worker, runner="venv", require_isolation=False, gpus=False)
    assert worker.state.total_resources["stage"] == 1


def test_it_takes_what_edgecask_worker_takes(worker):
    """As Dask itself reads the words behind `--preload`."""
    given = dask_setup.make_context("dask_setup", ["--runner=venv", "--require-isolation", "--gpus"]).params
    assert given == {"runner": "venv", "require_isolation": True, "gpus": True}
    assert dask_setup.make_context("dask_setup", []).params["runner"] == "auto"
    with pytest.raises(click.BadParameter, match="ship"):
        dask_setup.make_context("dask_setup", ["--runner=ship"])


def test_a_gpu_is_offered_where_there_is_one(worker, monkeypatch, tmp_path):
    monkeypatch.setattr("edgecask.runner.venv.GPU_DEVICE", tmp_path / "nvidia0")
    with pytest.raises(EngineError, match="no GPU with NVIDIA's driver"):
        dask_setup.callback(worker, runner="venv", require_isolation=False, gpus=True)
    (tmp_path / "nvidia0").touch()
    dask_setup.callback(worker, runner="venv", require_isolation=False, gpus=True)
    assert worker.state.available_resources["gpu"] == 1
