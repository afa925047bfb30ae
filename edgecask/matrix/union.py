"""The graphs of all builds as one: a node that several builds share, by its node key, is there once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from edgecask.plan.graph import Graph, Node

Place = tuple[int, str]
"""Which build, and the node's name in its graph."""


@dataclass(frozen=True, kw_only=True)
class Union:
    """`keys` are each graph's node keys by name, `places` where a node stands, by its key."""

    graphs: Sequence[Graph]
    keys: Sequence[Mapping[str, str]]
    places: Mapping[str, Sequence[Place]]

    @property
    def shared(self) -> int:
        """How many nodes stand in more than one build."""
        return sum(len({build for build, _ in places}) > 1 for places in self.places.values())

    @property
    def saved(self) -> int:
        """How many stages do not run because another build's run the same."""
        return sum(len(places) - 1 for places in self.places.values())

    def node(self, key: str) -> Node:
        """The node of a key, as the first build has it."""
        build, name = self.places[key][0]
        member = self.graphs[build].members[name]
        assert isinstance(member, Node)
        return member

    def programs(self) -> Counter[str]:
        """How many nodes there are of each program."""
        return Counter(self.node(key).program.name for key in self.places)


def union(graphs: Sequence[Graph], *, environment_key: Callable[[str], str]) -> Union:
    """All graphs as one; `environment_key` gives the key of an environment by its name."""
    keys = [graph.keys(environment_key) for graph in graphs]
    places: dict[str, list[Place]] = {}
    for build, graph in enumerate(graphs):
        for node in graph.nodes:
            key = keys[build][node.name]
            places.setdefault(key, []).append((build, node.name))
    return Union(graphs=graphs, keys=keys, places=places)
