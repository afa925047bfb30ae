"""Stages whose programs are started before their inputs are there, through the real harness."""

import io
import os
import time
from dataclasses import replace
from pathlib import Path

import pytest
from local_runner import LocalRunner
from toy_programs import use_pipeline, write_program

from edgecask.errors import StageError
from edgecask.plan.graph import Graph, Node, Output, Settled, Step
from edgecask.plan.program import Program
from edgecask.progress import PlainDisplay
from edgecask.runner.executor import Execution
from edgecask.store.store import Store

# Ends only when the other program has been imported beside it.
FIRST = """
import time
from dataclasses import replace
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
SECOND_PROGRAM = """
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
    write_program(folder, "second", SECOND_PROGRAM.format(note=str(tmp_path / "note")))
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


def first(*, wait_for: Path | str = "", fail: bool = False) -> Node:
    parameters = {"wait_for": str(wait_for), "fail": fail}
    return Node(
        name="first", program=Program(name="first", environment="vela"), outputs=("out",), parameters=parameters
    )


SECOND = Node(
    name="second", program=Program(name="second", environment="vela"), outputs=("out",),
    inputs={"in": Output(node="first", file="out")}, parameters={"what": " and told"},
)  # fmt: skip


def then_second(one: Node, between=lambda results: None) -> Graph:
    """The second after the first and after what is done between them."""
    return Graph([one, Step(name="between", needs=("first",), run=between), replace(SECOND, needs=("between",))])


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
    results = execution.run_graph(Graph([first(wait_for=note), SECOND]))
    made = results["second"].outputs["out"].path.read_text()
    assert made == f"first and told by {note.read_text().split()[0]}"
    assert sorted(execution.runner.started) == ["first", "second"]
    assert not running(note)


def test_what_was_not_wanted_ends_with_the_graph(execution, note):
    """The second is in the store already, so that its program was started for nothing."""
    execution.run_graph(Graph([first(), SECOND]))
    note.unlink()
    again = first(wait_for=note)  # gives the same, so that the second's key is the same
    execution.run_graph(Graph([again, SECOND]))
    assert note.exists() and not running(note)


def test_an_error_ends_what_was_started_ahead(execution, note):
    with pytest.raises(StageError, match="first died"):
        execution.run_graph(Graph([first(wait_for=note, fail=True), SECOND]))
    assert not running(note)


def test_an_interruption_ends_what_was_started_ahead(execution, note):
    def interrupt(results):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        execution.run_graph(Graph([first(wait_for=note), SECOND, Step(name="x", needs=("first",), run=interrupt)]))
    assert not running(note)


def test_a_stop_in_between_is_no_reason_of_its_own(execution, note):
    def stop(results):
        for _, begun in execution._head_starts._begun:
            begun.result()  # entirely started: on a busy machine its imports may be done before that
        execution.runner.stop()

    ahead = Step(name="ahead", needs=("first",), run=stop)
    with pytest.raises(StageError, match="stopped from outside"):
        execution.run_graph(Graph([first(wait_for=note), ahead, waiting(SECOND, ahead)]))
    assert not running(note)


def waiting(node: Node, step: Step) -> Node:
    """The node, which looks for what the step did itself, so that its program is started before the step is done."""

    def settle(results):
        deadline = time.monotonic() + 10
        while True:
            try:
                results.value(step.name)
            except KeyError:
                assert time.monotonic() < deadline
                time.sleep(0.01)
            else:
                return Settled()

    return replace(node, settle=settle)


def test_nothing_is_started_where_the_result_is_in_the_store(execution, note):
    execution.run(first())
    execution.run(first())
    assert execution.runner.started == ["first"] and not note.exists()


def test_nothing_is_started_ahead_where_the_environment_has_to_be_made(execution, note):
    execution.runner.ready = False
    execution.run_graph(Graph([first(), SECOND]))
    assert execution.runner.started == ["first", "second"]


def test_a_program_that_needs_something_that_has_not_begun_is_not_started_ahead(execution, note):
    seen = []
    graph = then_second(first(), between=lambda results: seen.append(note.exists()))
    execution.run_graph(graph)
    assert seen == [False]


def test_a_program_that_was_edited_meanwhile_is_started_again(execution, programs, note):
    earlier = []

    def edit(results):
        earlier.append(note.read_text().split()[0])
        path = programs / "second" / "second.py"
        path.write_text(path.read_text().replace('" by "', '" anew by "'))

    step = Step(name="edit", needs=("first",), run=edit)
    results = execution.run_graph(Graph([first(wait_for=note), step, waiting(SECOND, step)]))
    made = results["second"].outputs["out"].path.read_text()
    assert "anew" in made and not made.endswith(earlier[0])


def test_a_program_that_cannot_be_imported_is_the_stages_own_error(execution, programs, note):
    path = programs / "second" / "second.py"
    path.write_text(path.read_text() + "raise KeyError('at import')")
    with pytest.raises(StageError, match="second died") as caught:
        execution.run_graph(Graph([first(wait_for=note), SECOND]))
    assert "at import" in caught.value.details


def test_a_head_start_that_fails_is_made_up_for(execution, monkeypatch):
    start, calls = Runner.start, []

    def fails_once(runner, environment, stage):
        calls.append(stage.name)
        if calls.count("second") == 1 and stage.name == "second":
            raise OSError("no more processes")
        return start(runner, environment, stage)

    monkeypatch.setattr(Runner, "start", fails_once)
    results = execution.run_graph(Graph([first(), SECOND]))
    assert results["second"].outputs["out"].path.read_text().startswith("first and told")
    assert sorted(calls) == ["first", "second", "second"]
