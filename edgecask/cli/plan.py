"""`edgecask plan`: what a build would do, and why, before it does anything."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edgecask.build_request import TrainedBuildRequest
from edgecask.cli.session import make_runner
from edgecask.common_options import JsonOption, RunnerOption
from edgecask.directories import user_directories
from edgecask.wording import shown

if TYPE_CHECKING:
    from edgecask.plan.explain import Explained

SEVERAL_TARGETS = True

STATES = {"stored": "in the store", "run": "to run", "nothing": "nothing to do"}


@dataclass(frozen=True, kw_only=True)
class Plan(JsonOption, RunnerOption, TrainedBuildRequest):
    """A build, and how it is shown."""


REQUEST = Plan


def run(request: Plan) -> None:
    """Print the graph of a build: what is in the store, what would run and why."""
    import sys
    from dataclasses import replace

    from edgecask.build import plan_build, trained_first
    from edgecask.plan.explain import explain
    from edgecask.progress import PlainDisplay
    from edgecask.runner.executor import environment_keys
    from edgecask.target.target import load_target
    from edgecask.training.start import DESCRIPTIONS
    from edgecask.training.train import planned

    training = request.training(load_target(request.target))
    directories = user_directories()
    display = PlainDisplay(sys.stderr)
    runner = make_runner(request.runner, directories, display.note, require_isolation=request.require_isolation)
    environment_key = environment_keys(runner)
    stage = None
    if training is not None:
        stage, best = planned(training, directories=directories, environment_key=environment_key)
        if best is not None:  # the build takes it as it is
            stage, request = None, replace(request, weights=str(best))
        elif Path(request.weights).suffix.lower() in DESCRIPTIONS:
            request = replace(request, weights=stand_in(stage.parameters["task"]))
    plan = plan_build(request, directories=directories, warn=display.warn)
    graph = plan.graph if stage is None else trained_first(plan.graph, stage)
    found = explain(graph, store=plan.job.store, environment_key=environment_key)
    if request.json:
        print(json.dumps([_as_json(entry) for entry in found], sort_keys=True, indent=2))
        return
    for line in describe(found):
        print(shown(line))


def stand_in(task: str) -> str:
    """A checkpoint of a task, in whose place the training's will be; a network's description is none."""
    from edgecask.data.checkpoint_task import task_of_checkpoint
    from edgecask.data.weights import demos

    return next(str(file) for file in demos().values() if task_of_checkpoint(file) == task)


def _as_json(entry: Explained) -> dict[str, Any]:
    return {
        "name": entry.node.name,
        "program": entry.node.program.name,
        "environment": entry.node.program.environment,
        "needs": list(entry.node.needed),
        "key": entry.key,
        "state": entry.state,
        "reasons": list(entry.reasons),
    }


def describe(found: Sequence[Explained]) -> list[str]:
    """A line for each node, in the order in which they could run, and one for all."""
    width = max((len(entry.node.name) for entry in found), default=0) + 2
    lines = [f"{entry.node.name:<{width}}{_state(entry)}" for entry in found]
    stored, to_run, depend = (sum(entry.state == state for entry in found) for state in ("stored", "run", "depends"))
    return [*lines, f"{len(found)} stages: {stored} in the store, {to_run} to run, {depend} depend on those"]


def _state(entry: Explained) -> str:
    if entry.state == "depends":
        return f"depends on {', '.join(entry.reasons)}"
    state = STATES[entry.state]
    return f"{state}: {'; '.join(entry.reasons)}" if entry.reasons else state
