"""A plan: stages to be, as nodes that need each other's results, known before anything runs.

A node has two keys. Its **node key** is known beforehand: program, environment, parameters and inputs as far as they
are known, and the keys of what it needs. The **stage key** over contents is known when its inputs are there; the store
is asked with that, so that a result that came out unchanged cuts off what follows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from graphlib import CycleError, TopologicalSorter
from typing import Any

from edgecask.files import sha256_json
from edgecask.plan.program import Program
from edgecask.plan.stage import Stage
from edgecask.store.result import ALGORITHM_VERSION, Blob, StageResult


@dataclass(frozen=True, kw_only=True)
class Output:
    """A file that another node will have made."""

    node: str
    file: str


Content = Blob | Output


@dataclass(frozen=True, kw_only=True)
class Settled:
    """What a node works on beyond what was known beforehand."""

    inputs: Mapping[str, Blob] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)


class Results(Mapping[str, StageResult]):
    """What the nodes of a graph have given so far: results of stages by node, and values of steps."""

    def __init__(self) -> None:
        self._results: dict[str, StageResult] = {}
        self._stages: dict[str, Stage] = {}
        self._values: dict[str, Any] = {}

    def __getitem__(self, node: str) -> StageResult:
        return self._results[node]

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._results))

    def __len__(self) -> int:
        return len(self._results)

    def add(self, node: str, stage: Stage, result: StageResult) -> None:
        """Keep a node's result, with the stage that gave it."""
        self._results[node], self._stages[node] = result, stage

    def stage(self, node: str) -> Stage:
        """The stage as it was run: its inputs are what the result was really made from."""
        return self._stages[node]

    def set_value(self, step: str, value: Any) -> None:
        """Keep what a step returned."""
        self._values[step] = value

    def value(self, step: str) -> Any:
        """What a step returned."""
        return self._values[step]


@dataclass(frozen=True, kw_only=True)
class Node:
    """A stage to be.

    `inputs` are contents or outputs of other nodes. What is known only when the nodes of `needs` are done is given by
    `settle`, which runs on the client and returns None where there is nothing to do after all. It asks for results of
    nodes alone, since `invoke plan` runs no steps. Nodes with the same `line` share one line of the display. `names`
    are what the user calls things that the program knows by another name, for its errors.
    """

    name: str
    program: Program
    outputs: tuple[str, ...]
    inputs: Mapping[str, Content] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    settle: Callable[[Results], Settled | None] | None = None
    stage_name: str = ""
    line: str = ""
    names: Mapping[str, str] = field(default_factory=dict)

    def called(self, name: str, *, line: str = "") -> Node:
        """The same stage under another name in the graph, and on the display."""
        return replace(self, name=name, line=line, stage_name=self.stage_name or self.name)

    @property
    def needed(self) -> tuple[str, ...]:
        """The nodes and steps that come first, sorted."""
        made = {value.node for value in self.inputs.values() if isinstance(value, Output)}
        return tuple(sorted(made | set(self.needs)))

    def stage(self, results: Results) -> Stage | None:
        """The stage, when what it needs is there; None where there is nothing to do."""
        settled = self.settle(results) if self.settle is not None else Settled()
        if settled is None:
            return None
        given = {
            name: results[value.node].outputs[value.file] if isinstance(value, Output) else value
            for name, value in self.inputs.items()
        }
        return Stage(
            name=self.stage_name or self.name,
            program=self.program,
            outputs=self.outputs,
            inputs={**given, **settled.inputs},
            parameters={**self.parameters, **settled.parameters},
        )

    def early_stage(self) -> Stage:
        """The stage as far as its program may be started ahead of time."""
        return Stage(name=self.stage_name or self.name, program=self.program, outputs=())


@dataclass(frozen=True, kw_only=True)
class Step:
    """Something short that the client itself does between stages: it returns a value, or raises what ends the run."""

    name: str
    needs: tuple[str, ...]
    run: Callable[[Results], Any]

    @property
    def needed(self) -> tuple[str, ...]:
        """The nodes and steps that come first, sorted."""
        return tuple(sorted(set(self.needs)))


class Graph:
    """Nodes and steps by name, in an order in which each comes after what it needs.

    `purpose` says what it is all for, such as "build grove": the store notes which result a node of that purpose last
    had, so that a plan can say what changed since. Without one nothing is noted.
    """

    def __init__(self, members: Iterable[Node | Step], *, purpose: str = "") -> None:
        """Raises ValueError for a name that stands twice, for a need that is not there, and for a circle."""
        given: dict[str, Node | Step] = {}
        for member in members:
            if member.name in given:
                raise ValueError(f"two nodes are called {member.name!r}")
            given[member.name] = member
        missing = {need for member in given.values() for need in member.needed} - set(given)
        if missing:
            raise ValueError(f"nobody makes {', '.join(sorted(missing))}")
        try:
            order = list(TopologicalSorter({name: member.needed for name, member in given.items()}).static_order())
        except CycleError as error:
            raise ValueError(f"nodes need each other: {error.args[1]}") from error
        self.purpose = purpose
        self.members = {name: given[name] for name in order}
        self._followers: dict[str, list[str]] = {name: [] for name in order}
        for name, member in self.members.items():
            for need in member.needed:
                self._followers[need].append(name)

    @property
    def nodes(self) -> tuple[Node, ...]:
        """Those that are stages to be."""
        return tuple(member for member in self.members.values() if isinstance(member, Node))

    def purpose_of(self, node: Node) -> str:
        """What the store notes a node's result for."""
        return f"{self.purpose}: {node.name}"

    def followers(self, name: str) -> tuple[str, ...]:
        """Who needs it."""
        return tuple(self._followers[name])

    def depths(self) -> dict[str, int]:
        """How many nodes at least still follow in a row, by name: what has most behind it should run first."""
        depths: dict[str, int] = {}
        for name in reversed(self.members):
            own = isinstance(self.members[name], Node)
            depths[name] = own + max((depths[follower] for follower in self._followers[name]), default=0)
        return depths

    def keys(self, environment_key: Callable[[str], str]) -> dict[str, str]:
        """The node key of every node; `environment_key` gives that of an environment by its name."""
        keys: dict[str, str] = {}
        for name, member in self.members.items():
            needs = {need: keys[need] for need in member.needed}
            if isinstance(member, Step):
                keys[name] = sha256_json({"algorithm": ALGORITHM_VERSION, "step": name, "needs": needs})
                continue
            keys[name] = sha256_json(
                {
                    "algorithm": ALGORITHM_VERSION,
                    "node": member.stage_name or member.name,
                    "program": member.program.digests(),
                    "environment": environment_key(member.program.environment),
                    "parameters": dict(member.parameters),
                    "inputs": {
                        key: [keys[value.node], value.file] if isinstance(value, Output) else value.sha256
                        for key, value in member.inputs.items()
                    },
                    "outputs": list(member.outputs),
                    "needs": needs,
                }
            )
        return keys
