"""What a plan says before it runs, against what a run then does."""

import io
from dataclasses import replace

import pytest
from local_runner import LocalRunner
from toy_programs import use_pipeline, write_program

from edgecask.plan.explain import explain
from edgecask.plan.graph import Graph, Node, Output, Step
from edgecask.plan.program import VARIABLES
from edgecask.progress import PlainDisplay
from edgecask.runner.executor import Execution
from edgecask.store.store import Store

SOURCE = """
from pipeline.harness import OUTPUTS
def run(parameters):
    (OUTPUTS / "out").write_text(parameters["text"][:1])
    return {}
"""


@pytest.fixture
def execution(directories):
    display = PlainDisplay(io.StringIO())
    return Execution(
        directories=directories, store=Store(directories.store), runner=LocalRunner(directories), display=display
    )


@pytest.fixture
def nodes(tmp_path, monkeypatch):
    folder = use_pipeline(tmp_path / "pipeline", monkeypatch)
    program = write_program(folder, "toy", SOURCE)
    first = Node(name="first", program=program, outputs=("out",), parameters={"text": "abc"})
    second = replace(first, name="second", inputs={"in": Output(node="first", file="out")})
    third = replace(first, name="third", needs=("step",), parameters={"text": "x"})
    nodes = {"first": first, "second": second, "third": third}
    nodes["folder"] = folder
    return nodes


def graph_of(nodes, **changed):
    steps = [Step(name="step", needs=("second",), run=lambda results: None)]
    return Graph([{**nodes, **changed}[name] for name in ("first", "second", "third")] + steps, purpose="test")


def states(execution, graph, key=lambda name: "local"):
    return {
        found.node.name: (found.state, found.reasons)
        for found in explain(graph, store=execution.store, environment_key=key)
    }


def test_nothing_was_ever_run(execution, nodes):
    found = states(execution, graph_of(nodes))
    assert found == {
        "first": ("run", ("there is no earlier result",)),
        "second": ("depends", ("first",)),
        "third": ("depends", ("second",)),
    }
    assert execution.runner.ran == []


def test_everything_is_there(execution, nodes):
    execution.run_graph(graph_of(nodes))
    assert {state for state, _ in states(execution, graph_of(nodes)).values()} == {"stored"}


def test_a_changed_parameter_is_named(execution, nodes):
    execution.run_graph(graph_of(nodes))
    changed = replace(nodes["first"], parameters={"text": "axx", "more": 1})
    found = states(execution, graph_of(nodes, first=changed))
    assert found["first"] == ("run", ("parameter more: none → 1", "parameter text: abc → axx"))
    assert found["second"] == ("depends", ("first",))


def test_a_changed_environment_variable_is_named(execution, nodes, monkeypatch):
    execution.run_graph(graph_of(nodes))
    monkeypatch.setitem(VARIABLES, "TF_ENABLE_ONEDNN_OPTS", "1")
    assert states(execution, graph_of(nodes))["first"] == (
        "run", ("environment variable TF_ENABLE_ONEDNN_OPTS: 0 → 1",),
    )  # fmt: skip


def test_an_edited_program_and_another_input_are_named(execution, nodes):
    execution.run_graph(graph_of(nodes))
    write_program(nodes["folder"], "toy", SOURCE + "# edited\n")
    assert states(execution, graph_of(nodes))["first"] == ("run", ("program toy/toy.py",))
    other = replace(nodes["first"], inputs={"in": execution.store.ingest_bytes(b"new")})
    assert states(execution, graph_of(nodes, first=other))["first"] == ("run", ("program toy/toy.py", "input in"))


def test_another_environment_is_named(execution, nodes):
    execution.run_graph(graph_of(nodes))
    assert states(execution, graph_of(nodes), key=lambda name: "other")["first"] == ("run", ("another environment",))


def test_a_file_that_is_gone_is_named(execution, nodes):
    results = execution.run_graph(graph_of(nodes))
    results["third"].outputs["out"].path.unlink()
    assert states(execution, graph_of(nodes))["third"] == ("run", ("its files in the store are damaged or gone",))


def test_what_has_nothing_to_do_is_said(execution, nodes):
    idle = replace(nodes["first"], settle=lambda results: None)
    assert states(execution, Graph([idle]))["first"] == ("nothing", ())
