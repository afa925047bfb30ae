"""Stages whose programs are started before their inputs are there, through the real harness."""

import io
import os
import time
from pathlib import Path

import pytest
from local_runner import LocalRunner
from toy_programs import use_pipeline, write_program

from edgecask.errors import StageError
from edgecask.plan import model_stages as plan
from edgecask.plan.program import Program
from edgecask.plan.stage import Blob, Stage
from edgecask.progress import PlainDisplay
from edgecask.runner.executor import Execution
from edgecask.runner.prestart import HeadStarts
from edgecask.store.store import Store
from edgecask.target.target import load_target

# Ends only when the other program has been imported beside it.
FIRST = """
import time
from pathlib import Path
from pipeline.harness import OUTPUTS
def run(parameters):
    deadline = time.monotonic() + 10
    while parameters["wait_for"] and not Path(parameters["wait_for"]).exists():
        assert time.monotonic() < deadline, "the other program was not started beside this one"
        time.sleep(0.01)
    (OUTPUTS / "out").write_text("first")
    if parameters["fail"]:
        raise KeyError("no")
    return {}
"""
SECOND = """
import os
from pathlib import Path
from pipeline.harness import INPUTS, OUTPUTS
note = Path({note!r})
note.with_suffix(".new").write_text(str(os.getpid()) + " " + os.getcwd())
note.with_suffix(".new").rename(note)
def run(parameters):
    (OUTPUTS / "out").write_text(INPUTS.joinpath("in").read_text() + parameters["what"] + " by " + str(os.getpid()))
    return {{}}
"""


class Runner(LocalRunner):
    """Counts what is started, ahead of time or not."""

    ready = True

    def __init__(self, directories):
        super().__init__(directories)
        self.started: list[str] = []

    def is_ready(self, environment):
        return self.ready

    def start(self, environment, stage):
        self.started.append(stage.name)
        return super().start(environment, stage)


@pytest.fixture
def programs(tmp_path, monkeypatch):
    folder = use_pipeline(tmp_path / "programs", monkeypatch)
    write_program(folder, "first", FIRST)
    write_program(folder, "second", SECOND.format(note=str(tmp_path / "note")))
    return folder


@pytest.fixture
def execution(directories, programs):
    display = PlainDisplay(io.StringIO())
    return Execution(
        directories=directories, store=Store(directories.store), runner=Runner(directories), display=display
    )


@pytest.fixture
def note(tmp_path):
    """Written by the second program when it is imported: its process and its folder."""
    return tmp_path / "note"


SECOND_STAGE = Stage(name="second", program=Program(name="second", environment="vela"), outputs=("out",))


def first(*, wait_for: Path | str = "", fail: bool = False) -> Stage:
    parameters = {"wait_for": str(wait_for), "fail": fail}
    return Stage(
        name="first", program=Program(name="first", environment="vela"), outputs=("out",), parameters=parameters
    )


def second(execution: Execution) -> Stage:
    made = execution.store.ingest_bytes(b"given ")
    return Stage(
        name="second", program=Program(name="second", environment="vela"), outputs=("out",), inputs={"in": made},
        parameters={"what": "and told"},
    )  # fmt: skip


def running(note: Path) -> bool:
    """Whether the second program's process is still there, or its folder."""
    process, folder = note.read_text().split()
    try:
        os.kill(int(process), 0)
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        state = "Z"
    return state != "Z" or Path(folder).exists()


def test_the_next_program_is_imported_beside_and_gets_its_inputs_later(execution, note):
    with execution:
        execution.run(first(wait_for=note), then=[SECOND_STAGE])
        made = execution.run(second(execution)).outputs["out"].path.read_text()
    assert made == f"given and told by {note.read_text().split()[0]}"
    assert execution.runner.started == ["first", "second"] or execution.runner.started == ["second", "first"]
    assert not running(note)


def test_what_was_not_wanted_ends_with_the_build(execution, note):
    with execution:
        execution.run(first(wait_for=note), then=[SECOND_STAGE])
        assert running(note)
    assert not running(note)


def test_an_error_ends_what_was_started_ahead(execution, note):
    with pytest.raises(StageError, match="first died"), execution:
        execution.run(first(wait_for=note, fail=True), then=[SECOND_STAGE])
    assert not running(note)


def test_an_interruption_ends_what_was_started_ahead(execution, note):
    with pytest.raises(KeyboardInterrupt), execution:
        execution.run(first(wait_for=note), then=[SECOND_STAGE])
        raise KeyboardInterrupt
    assert not running(note)


def test_a_stop_in_between_is_no_reason_of_its_own(execution, note):
    with pytest.raises(StageError, match="stopped from outside"), execution:
        execution.run(first(wait_for=note), then=[SECOND_STAGE])
        for _, begun in execution._head_starts._begun:
            begun.result()  # entirely started: on a busy machine its imports may be done before that
        execution.runner.stop()
        execution.run(second(execution))
    assert not running(note)


def test_nothing_is_started_where_the_result_is_in_the_store(execution, note):
    with execution:
        execution.run(first())
        execution.run(first(), then=[SECOND_STAGE])
    assert execution.runner.started == ["first"] and not note.exists()


def test_nothing_is_started_ahead_where_the_environment_has_to_be_made(execution, note):
    execution.runner.ready = False
    with execution:
        execution.run(first(), then=[SECOND_STAGE])
    assert execution.runner.started == ["first"] and not note.exists()


def test_a_program_that_was_edited_meanwhile_is_started_again(execution, programs, note):
    with execution:
        execution.run(first(wait_for=note), then=[SECOND_STAGE])
        earlier = note.read_text()
        path = programs / "second" / "second.py"
        path.write_text(path.read_text().replace("given", "").replace('" by "', '" anew by "'))
        made = execution.run(second(execution)).outputs["out"].path.read_text()
    assert "anew" in made and not made.endswith(earlier.split()[0])


def test_a_program_that_cannot_be_imported_is_the_stages_own_error(execution, programs, note):
    (programs / "second" / "second.py").write_text(
        (programs / "second" / "second.py").read_text() + "raise KeyError('at import')"
    )
    with pytest.raises(StageError, match="second died") as caught, execution:
        execution.run(first(wait_for=note), then=[SECOND_STAGE])
        execution.run(second(execution))
    assert "at import" in caught.value.details


def test_a_head_start_that_fails_is_made_up_for(execution, monkeypatch):
    start, calls = Runner.start, []

    def fails_once(runner, environment, stage):
        calls.append(stage.name)
        if calls == ["second"]:
            raise OSError("no more processes")
        return start(runner, environment, stage)

    monkeypatch.setattr(Runner, "start", fails_once)
    with execution:
        execution._head_starts.begin(SECOND_STAGE)
        time.sleep(0.1)
        assert execution.run(second(execution)).outputs["out"].path.read_text().startswith("given and told")
    assert calls == ["second", "second"]


def test_what_a_build_starts_ahead_is_what_it_asks_for_later(directories):
    """A stage begun as plan.COMPILE, say, is the one that plan.compile_stage wants."""
    grove, file = load_target("grove"), Blob(path=Path("unused"), sha256="", size=0)
    wanted = [
        (plan.CONVERT, plan.convert_stage(onnx=file, reference=file, outputs=["one"])),
        (plan.QUANTIZE, plan.quantize_stage(grove, saved_model=file, floating=file, calibration=file)),
        (plan.COMPILE, plan.compile_stage(grove, model=file, vela_config=file)),
        (plan.DETECT, plan.detect_stage(grove, models={"float": file, "int8": file}, images=file)),
        (plan.OVERLAYS, plan.overlays_stage(images=file, detections=file)),
        (plan.FIGURES, plan.figures_stage(data=file)),
    ]
    for ahead, later in wanted:
        runner = Runner(directories)
        begun = HeadStarts(runner)
        try:
            begun.begin(ahead)
            taken = begun.take(later)
            assert taken is not None, ahead.name
            with taken:
                pass
        finally:
            begun.close()
        assert runner.started == [ahead.name]
