"""A graph is run by toy programs through the real harness."""

import io
import threading
import time

import pytest
from local_runner import LocalRunner
from toy_programs import use_pipeline, write_program

from edgecask.errors import CalibrationError, StageError, StageStoppedError, UsageError
from edgecask.plan.graph import Graph, Node, Output, Settled, Step
from edgecask.progress import PlainDisplay
from edgecask.runner.executor import Execution
from edgecask.runner.graph_run import GraphRun
from edgecask.store.store import Store

JOIN = """
from pipeline.harness import INPUTS, OUTPUTS
def run(parameters):
    text = "".join(path.read_text() for path in sorted(INPUTS.iterdir()))
    (OUTPUTS / "out").write_text(text + parameters.get("add", ""))
    return {"length": len(text)}
"""


@pytest.fixture
def join(tmp_path, monkeypatch):
    program = write_program(use_pipeline(tmp_path / "pipeline", monkeypatch), "join", JOIN)

    def make(name, *needs, **named):
        inputs = {need: Output(node=need, file="out") for need in needs}
        return Node(name=name, program=program, outputs=("out",), inputs=inputs, **named)

    return make


@pytest.fixture
def execution(directories):
    display = PlainDisplay(io.StringIO())
    made = Execution(
        directories=directories, store=Store(directories.store), runner=LocalRunner(directories), display=display
    )
    made.shown = lambda: display._stream.getvalue().splitlines()
    return made


def text_of(result):
    return result.outputs["out"].path.read_text()


def test_results_flow_through_nodes_and_steps(execution, join):
    seen = []
    results = execution.run_graph(
        Graph(
            [
                join("both", "a", "b", parameters={"add": "!"}),
                join("a", parameters={"add": "one "}),
                join("b", "a", parameters={"add": "two"}),
                Step(name="look", needs=("both",), run=lambda found: seen.append(text_of(found["both"])) or 7),
            ]
        )
    )
    assert text_of(results["both"]) == "one one two!" and seen == ["one one two!"] and results.value("look") == 7
    assert results.stage("b").inputs["a"].sha256 == results["a"].outputs["out"].sha256


def test_an_unchanged_result_cuts_off_what_follows(execution, join):
    """The first node runs again with another parameter, and gives the same."""
    execution.run_graph(Graph([join("a", parameters={"add": "x", "note": 1}), join("b", "a")]))
    results = execution.run_graph(Graph([join("a", parameters={"add": "x", "note": 2}), join("b", "a")]))
    assert not results["a"].cached and results["b"].cached


def test_nodes_of_one_line_are_shown_once(execution, join):
    parts = [join(f"part {number}", line="parts", parameters={"add": str(number)}) for number in range(4)]
    execution.run_graph(Graph(parts))
    execution.run_graph(Graph(parts))
    assert [line.split()[0] for line in execution.shown()] == ["parts", "parts"]
    assert "from the store" in execution.shown()[1] and "from the store" not in execution.shown()[0]


def test_what_there_is_nothing_to_do_for_is_left_out(execution, join):
    parts = [join("a", line="x", parameters={"add": "a"}), join("b", line="x", settle=lambda results: None)]
    results = execution.run_graph(Graph([*parts, join("alone", settle=lambda results: None)]))
    assert list(results) == ["a"] and [line.split()[0] for line in execution.shown()] == ["x"]


def test_what_is_settled_late_may_come_from_the_client(execution, join):
    def settle(results):
        return Settled(inputs={"given": execution.store.ingest_bytes(text_of(results["a"]).upper().encode())})

    results = execution.run_graph(Graph([join("a", parameters={"add": "abc"}), join("b", needs=("a",), settle=settle)]))
    assert text_of(results["b"]) == "ABC"


def test_the_first_failure_ends_the_rest(execution, join, tmp_path):
    folder = tmp_path / "pipeline"
    slow = write_program(folder, "slow", "import time\ndef run(p): time.sleep(60)")
    nodes = [Node(name=f"slow {number}", program=slow, outputs=(), parameters={"n": number}) for number in range(2)]

    def fail(results):
        raise UsageError("No.")

    with pytest.raises(UsageError, match=r"No\."):
        execution.run_graph(Graph([*nodes, join("a"), Step(name="fail", needs=("a",), run=fail), join("after", "a")]))
    assert not [line for line in execution.shown() if line.startswith("slow")]


def test_an_error_speaks_of_the_users_files(execution, tmp_path, join):
    refusing = write_program(
        tmp_path / "pipeline",
        "refusing",
        "from pipeline.harness import Refused\n"
        "def run(p): raise Refused('calibration', '{weights} is broken.', 'Take another.')",
    )
    with pytest.raises(CalibrationError, match=r"^best.pt is broken\. Take another\.$"):
        execution.run(Node(name="x", program=refusing, outputs=(), names={"{weights}": "best.pt"}))


def test_ctrl_c_in_a_step_leaves_nothing_running(execution, join):
    def interrupt(results):
        raise KeyboardInterrupt

    before = threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        execution.run_graph(Graph([join("a"), Step(name="stop", needs=("a",), run=interrupt)]))
    assert threading.active_count() == before


def test_a_stage_that_dies_is_named(execution, tmp_path, join):
    dying = write_program(tmp_path / "pipeline", "dying", "def run(p): raise KeyError('x')")
    with pytest.raises(StageError, match="dies died"):
        execution.run_graph(Graph([join("a"), Node(name="dies", program=dying, outputs=(), needs=("a",))]))


def test_a_stage_that_begins_while_another_fails_is_stopped_too(join):
    """A runner stops what it runs by then; what begins a moment later is for the next call."""
    begun, stopped = threading.Event(), threading.Event()

    def result(stage, say, following):
        time.sleep(0.3)
        begun.set()
        if not stopped.wait(timeout=30):
            raise AssertionError("nobody stopped it")
        raise StageStoppedError("stopped")

    def stop():
        if begun.is_set():
            stopped.set()

    def fail(results):
        raise UsageError("No.")

    graph = Graph([join("late"), Step(name="fail", needs=(), run=fail)])
    run = GraphRun(graph, result=result, note=lambda node, key: None, stop=stop, display=PlainDisplay(io.StringIO()))
    with pytest.raises(UsageError, match=r"No\."):
        run.run(4)
    assert stopped.is_set()
