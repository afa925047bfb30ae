"""What a graph would do, and why, without running anything."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from edgecask.plan.graph import Graph, Node, Results
from edgecask.store.record import MadeFrom, Record
from edgecask.store.store import Store

State = Literal["stored", "run", "depends", "nothing"]


@dataclass(frozen=True, kw_only=True)
class Explained:
    """One node: in the store, to run, depending on one that runs, or with nothing to do; and why it runs."""

    node: Node
    key: str
    state: State
    reasons: tuple[str, ...] = ()


def explain(graph: Graph, *, store: Store, environment_key: Callable[[str], str]) -> list[Explained]:
    """Every node of a graph in the order in which they could run; `environment_key` as for Graph.keys.

    What a node gives decides about those that need it: behind one that has to run nothing is known but what it depends
    on. Its result may come out as it was, and then they are in the store after all.
    """
    keys = graph.keys(environment_key)
    results = Results()
    nothing: set[str] = set()
    found = []
    for node in graph.nodes:
        missing = [name for name in _nodes_behind(graph, node) if name not in results and name not in nothing]
        if missing:
            found.append(Explained(node=node, key=keys[node.name], state="depends", reasons=tuple(missing)))
            continue
        stage = node.stage(results)
        if stage is None:
            nothing.add(node.name)
            found.append(Explained(node=node, key=keys[node.name], state="nothing"))
            continue
        made_from = stage.made_from(environment_key(node.program.environment))
        result = store.find(made_from.key())
        if result is not None:
            results.add(node.name, stage, result)
            found.append(Explained(node=node, key=keys[node.name], state="stored"))
            continue
        reasons = tuple(why(made_from, store.last(graph.purpose_of(node))))
        found.append(Explained(node=node, key=keys[node.name], state="run", reasons=reasons))
    return found


def _nodes_behind(graph: Graph, node: Node) -> list[str]:
    """The nodes that a node needs, also through steps, sorted."""
    found: set[str] = set()
    waiting = list(node.needed)
    while waiting:
        member = graph.members[waiting.pop()]
        if isinstance(member, Node):
            found.add(member.name)
        else:
            waiting += member.needed
    return sorted(found)


def why(wanted: MadeFrom, last: Record | None) -> Iterator[str]:
    """What changed since the last result for the same purpose, in words."""
    if last is None:
        yield "there is no earlier result"
        return
    before = last.made_from
    if before == wanted:
        yield "its files in the store are damaged or gone"
        return
    if before.algorithm != wanted.algorithm:
        yield "this edgecask computes results otherwise"
    if before.environment != wanted.environment:
        yield "another environment"
    for name in _different(before.programs, wanted.programs):
        yield f"program {name}"
    for name in _different(before.variables, wanted.variables):
        yield f"environment variable {name}: {_shown(before.variables, name)} → {_shown(wanted.variables, name)}"
    for name in _different(before.parameters, wanted.parameters):
        yield f"parameter {name}: {_shown(before.parameters, name)} → {_shown(wanted.parameters, name)}"
    for name in _different(before.inputs, wanted.inputs):
        yield f"input {name}"
    if (before.stage, before.outputs) != (wanted.stage, wanted.outputs):
        yield "other files are wanted of it"


def _different(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    absent = object()
    return [name for name in sorted({*before, *after}) if before.get(name, absent) != after.get(name, absent)]


def _shown(parameters: Mapping[str, Any], name: str) -> str:
    text = str(parameters[name]) if name in parameters else "none"
    return text if len(text) <= 40 else f"{text[:37]}…"
