"""What a worker does with a stage that has travelled: no program but its own is run, and failures are values."""

import pickle
from dataclasses import replace

import pytest
from local_runner import LocalRunner
from toy_programs import use_pipeline, write_program

from edgecask.errors import CalibrationError, EngineError, StorageError
from edgecask.matrix import work
from edgecask.matrix.work import Done, perform, work_of
from edgecask.plan.stage import Stage
from edgecask.progress import PlainDisplay
from edgecask.runner.executor import Execution
from edgecask.store.result import Blob
from edgecask.store.store import Store

COUNT = """
from pipeline.harness import INPUTS, OUTPUTS, Refused
def run(parameters):
    if parameters.get("refuse"):
        raise Refused("calibration", "No good.", advice="Take others.")
    (OUTPUTS / "out").write_text(str(len((INPUTS / "in").read_bytes())))
    return {}
"""


@pytest.fixture
def store(directories):
    made = Store(directories.store)
    work.use(
        lambda: Execution(directories=directories, store=made, runner=LocalRunner(directories), display=PlainDisplay())
    )
    yield made
    work._maker.clear()


@pytest.fixture
def stage(tmp_path, monkeypatch, store):
    program = write_program(use_pipeline(tmp_path / "pipeline", monkeypatch), "count", COUNT)
    blob = store.ingest_bytes(b"12345")
    return Stage(name="count", program=program, outputs=("out",), inputs={"in": blob})


def test_the_result_is_in_the_store_and_only_its_key_comes_back(stage, store):
    done = perform(pickle.loads(pickle.dumps(work_of(stage))))
    assert done.error is None and not done.cached and len(pickle.dumps(done)) < 1000
    assert store.find(done.key).outputs["out"].path.read_text() == "5"
    assert perform(work_of(stage)).cached


def test_no_path_of_the_client_travels(stage, store):
    assert str(store.root).encode() not in pickle.dumps(work_of(stage))


def test_a_failure_is_a_value_with_all_that_the_user_is_told(stage):
    done = perform(work_of(replace(stage, parameters={"refuse": True})))
    assert isinstance(done.error, CalibrationError) and done.error.advice == "Take others."
    assert not done.may_be_tried_again


def test_another_program_than_the_workers_own_is_not_run(stage):
    sent = work_of(stage)
    other = replace(sent, digests={**sent.digests, "count/count.py": "0" * 64})
    done = perform(other)
    assert isinstance(done.error, EngineError) and "another version of the program count" in done.message


def test_a_program_that_the_worker_does_not_have(stage):
    done = perform(replace(work_of(stage), program="mine"))
    assert isinstance(done.error, EngineError)


@pytest.mark.parametrize("size", [5, 6])
def test_an_input_that_is_not_in_the_store(stage, size):
    blob = Blob(path=stage.inputs["in"].path, sha256="0" * 64 if size == 5 else stage.inputs["in"].sha256, size=size)
    done = perform(work_of(replace(stage, inputs={"in": blob})))
    assert isinstance(done.error, StorageError) and "EDGECASK_REMOTE_STORE" in done.advice
    assert done.may_be_tried_again


def test_a_dask_worker_without_edgecask():
    work._maker.clear()
    done = perform(
        work.Work(name="x", program="x", environment="x", gpus=False, outputs=(), inputs={}, parameters={}, digests={})
    )
    assert isinstance(done.error, EngineError) and "edgecask worker" in done.advice


def test_what_is_done_has_no_error():
    assert Done(key="k").error is None
