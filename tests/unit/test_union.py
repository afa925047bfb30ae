from edgecask.files import sha256_bytes
from edgecask.matrix.union import union
from edgecask.plan.graph import Graph, Node, Output
from edgecask.plan.program import Program

PROGRAM = Program(name="arena", environment="micro")


def node(name, *needs, **parameters):
    inputs = {need: Output(node=need, file="out") for need in needs}
    return Node(name=name, program=PROGRAM, outputs=("out",), inputs=inputs, parameters=parameters)


def test_a_node_of_several_builds_is_there_once():
    graphs = [
        Graph([node("first"), node("second", "first", number=number), node("third", "second")]) for number in "01"
    ]
    found = union(graphs, environment_key=lambda name: sha256_bytes(name.encode()))
    assert len(found.places) == 5 and found.shared == 1 and found.saved == 1
    assert found.programs() == {"arena": 5}
    key = found.keys[0]["first"]
    assert found.places[key] == [(0, "first"), (1, "first")] and found.node(key).name == "first"


def test_the_same_node_behind_another_is_another():
    graphs = [Graph([node("first", number=number), node("second", "first")]) for number in "01"]
    found = union(graphs, environment_key=lambda name: "same")
    assert found.saved == 0 and len(found.places) == 4
