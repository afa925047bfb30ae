"""Nodes, their order, and the two keys."""

from dataclasses import replace
from pathlib import Path

import pytest
from toy_programs import use_pipeline, write_program

from edgecask.plan.graph import Graph, Node, Output, Results, Settled, Step
from edgecask.plan.program import Program
from edgecask.store.result import Blob, StageResult

VELA = Program(name="compile", environment="vela")
BLOB = Blob(path=Path("/nowhere"), sha256="1" * 64, size=1)
EXPORT = Node(name="export", program=VELA, outputs=("onnx",), inputs={"weights": BLOB}, parameters={"size": 192})
CONVERT = Node(name="convert", program=VELA, outputs=("tflite",), inputs={"onnx": Output(node="export", file="onnx")})
CHECK = Step(name="check", needs=("convert",), run=lambda results: "fine")


def keys(*members):
    return Graph(members).keys(lambda environment: f"key of {environment}")


def given(**outputs):
    blobs = {name: Blob(path=Path(f"/{digest}"), sha256=digest * 64, size=1) for name, digest in outputs.items()}
    return StageResult(key="k", outputs=blobs, report={"names": ["a"]}, toolchain={})


def test_each_comes_after_what_it_needs_however_they_are_given():
    assert list(Graph([CHECK, CONVERT, EXPORT]).members) == ["export", "convert", "check"]
    assert Graph([CHECK, CONVERT, EXPORT]).followers("export") == ("convert",)


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ([EXPORT, EXPORT], "two nodes are called 'export'"),
        ([CONVERT], "nobody makes export"),
        ([replace(EXPORT, needs=("convert",)), CONVERT], "need each other"),
    ],
)
def test_what_is_no_graph(members, message):
    with pytest.raises(ValueError, match=message):
        Graph(members)


def test_what_has_most_behind_it_is_deepest():
    alone = Node(name="alone", program=VELA, outputs=())
    assert Graph([EXPORT, CONVERT, CHECK, alone]).depths() == {"export": 2, "convert": 1, "check": 0, "alone": 1}


def test_a_stage_gets_the_files_of_other_nodes_and_what_is_settled_late():
    results = Results()
    results.add("export", EXPORT.stage(results), given(onnx="2"))
    late = replace(
        CONVERT,
        settle=lambda found: Settled(inputs={"x": BLOB}, parameters={"names": found["export"].report["names"]}),
        parameters={"a": 1},
    )
    stage = late.stage(results)
    assert {name: blob.sha256[0] for name, blob in stage.inputs.items()} == {"onnx": "2", "x": "1"}
    assert stage.parameters == {"a": 1, "names": ["a"]}
    assert replace(CONVERT, settle=lambda found: None).stage(results) is None


def test_results_are_those_of_nodes_and_values_those_of_steps():
    results, made = Results(), given(onnx="2")
    assert list(results) == [] and len(results) == 0
    stage = EXPORT.stage(results)
    results.add("export", stage, made)
    results.set_value("check", "fine")
    assert list(results) == ["export"] and len(results) == 1 and results["export"] is made
    assert results.stage("export") is stage and results.value("check") == "fine"


def test_a_program_is_started_ahead_under_its_stages_name():
    early = replace(EXPORT, stage_name="convert").early_stage()
    assert (early.name, early.program, early.outputs) == ("convert", VELA, ())
    assert EXPORT.early_stage().name == "export"


def test_nodes_are_the_members_that_become_stages():
    assert [node.name for node in Graph([CHECK, CONVERT, EXPORT]).nodes] == ["export", "convert"]


def test_another_name_in_the_graph_is_the_same_stage():
    called = EXPORT.called("export again", line="exports").called("third")
    assert called.stage(Results()) == EXPORT.stage(Results()) and called.name == "third"


def test_a_node_key_is_known_without_running_anything():
    assert set(keys(EXPORT, CONVERT, CHECK)) == {"export", "convert", "check"}
    assert keys(EXPORT, CONVERT) == keys(CONVERT, EXPORT)


@pytest.mark.parametrize(
    "changed",
    [
        replace(EXPORT, parameters={"size": 256}),
        replace(EXPORT, inputs={"weights": replace(BLOB, sha256="2" * 64)}),
        replace(EXPORT, program=Program(name="compile", environment="convert")),
        replace(EXPORT, program=Program(name="convert", environment="vela")),
        replace(EXPORT, outputs=("onnx", "more")),
    ],
)
def test_what_changes_in_one_node_changes_all_that_follow(changed):
    other = Node(name="other", program=VELA, outputs=())
    before, after = keys(EXPORT, CONVERT, other), keys(changed, CONVERT, other)
    assert before["export"] != after["export"] and before["convert"] != after["convert"]
    assert before["other"] == after["other"]


def test_where_a_file_lies_is_in_no_node_key():
    moved = replace(EXPORT, inputs={"weights": replace(BLOB, path=Path("/elsewhere"))})
    assert keys(EXPORT) == keys(moved)


def test_an_edited_program_changes_its_nodes(tmp_path, monkeypatch):
    folder = use_pipeline(tmp_path / "pipeline", monkeypatch)
    program = write_program(folder, "toy", "def run(p): return {}")
    node = Node(name="toy", program=program, outputs=())
    before = keys(node)
    write_program(folder, "toy", "def run(p): return {'a': 1}")
    assert keys(node) != before
