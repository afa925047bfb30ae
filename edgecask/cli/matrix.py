"""`edgecask matrix`: many builds at once, each stage that they share once."""

from __future__ import annotations

import dataclasses
import glob
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from edgecask.build_request import BuildOptions, BuildRequest
from edgecask.cli.cluster_options import ClusterOptions
from edgecask.cli.session import make_execution
from edgecask.common_options import (
    CompressionLevel,
    RunnerOption,
    image_size_option,
    target_option,
    weights_option,
)
from edgecask.directories import user_directories
from edgecask.errors import UsageError
from edgecask.options import Request, option, options_of, path_of
from edgecask.wording import shown

if TYPE_CHECKING:
    from edgecask.directories import Directories
    from edgecask.matrix.combinations import Combination
    from edgecask.matrix.matrix import Matrix as Outcome
    from edgecask.matrix.matrix import Planned
    from edgecask.matrix.timings import Timings
    from edgecask.runner.executor import Execution
    from edgecask.runner.protocol import Runner

FOLDER = "matrix"
"""Below the folder of packages."""
AXES = {"targets": "target", "weights": "weights", "image_sizes": "image_size", "compress_weights": "compress_weights"}
"""The options that take several values, by their fields, and the option of a build that each one is."""


@dataclass(frozen=True, kw_only=True)
class Axes(Request):
    """What is combined, each value with each."""

    GROUP: ClassVar[str] = "Axes of the matrix"

    targets: tuple[str, ...] | None = target_option(None, help="devices, with commas between them")
    weights: tuple[str, ...] | None = weights_option(
        None, help="checkpoints, or patterns such as 'runs/*/best.pt', with commas between them"
    )
    image_sizes: tuple[int, ...] | None = image_size_option(None, help="sides of the input in pixels")
    include: tuple[str, ...] | None = option(
        None, help="a combination besides, such as 'target=stm32n6 imgsz=320'", placeholder="'NAME=VALUE …'"
    )
    exclude: tuple[str, ...] | None = option(
        None, help="combinations to leave out, such as 'target=xiao imgsz=256'", placeholder="'NAME=VALUE …'"
    )


@dataclass(frozen=True, kw_only=True)
class Matrix(RunnerOption, ClusterOptions, BuildOptions, Axes):
    """Many builds."""

    compress_weights: tuple[CompressionLevel, ...] | None = option(  # type: ignore[assignment]  # an axis here
        None, help="levels of compression of the weights, with commas between them", old_names=("compact",)
    )
    best: str | None = option(
        None,
        help="copy out the best package that keeps to these, such as 'agreement>=85, ms<=35'",
        placeholder="'CONDITION, …'",
    )
    dry_run: bool = option(False, help="say what would be built, and what of it is shared or stored already")
    fail_fast: bool = option(False, help="end everything when one build fails")


REQUEST = Matrix


def run(request: Matrix) -> None:
    """Build every combination, and write dist/matrix/; fails with the first failure's code where one failed."""
    import sys

    from edgecask.matrix.choice import parse_conditions
    from edgecask.matrix.cluster import WORKER_PATIENCE_SECONDS, local_slots
    from edgecask.matrix.matrix import copy_best
    from edgecask.matrix.timings import Timings
    from edgecask.progress import make_display
    from edgecask.store.in_use import in_use

    conditions = parse_conditions(request.best) if request.best else []
    found = combinations_of(request)
    directories = user_directories()
    display = make_display()
    execution = make_execution(
        request.runner,
        display,
        require_isolation=request.require_isolation,
        patience_seconds=0 if local_slots(request.cluster) else WORKER_PATIENCE_SECONDS,
    )
    with in_use(directories):
        planned = _plan(request, found, directories, execution)
        if request.dry_run:
            at_once = local_slots(request.cluster) or 1
            for line in describe_plan(planned, execution.runner, Timings(directories), at_once=at_once):
                print(shown(line))
            return
        outcome = _run(request, planned, conditions, directories, execution)
    for line in describe(outcome):
        display.note(line)
    if conditions and outcome.best is not None:
        display.note(f"best        {outcome.best}: {copy_best(outcome, request.output)}/")
    if outcome.failed:
        sys.exit(next((entry.exit_code for entry in outcome.failed if entry.exit_code), 1))
    if conditions and outcome.best is None:
        raise UsageError(f"No build keeps to {request.best}.", advice=f"{outcome.folder}/index.html shows them all.")


def combinations_of(request: Matrix) -> list[Combination]:
    """The combinations that are asked for, by the fields of a build's options; raises UsageError."""
    from edgecask.cli.project import read_project
    from edgecask.cli.tasks import COMMANDS
    from edgecask.matrix.combinations import combinations

    project = read_project(Path.cwd(), COMMANDS)
    targets = request.targets or project.targets
    if not targets:
        raise UsageError("--targets is missing.", advice="Write --targets=grove,xiao, for example.")
    axes = {
        "target": targets,
        "weights": checkpoints(request.weights or ()),
        "image_size": request.image_sizes or (),
        "compress_weights": request.compress_weights or (),
    }
    return combinations(
        axes,
        options={each.name: each for each in options_of(BuildRequest)},
        include=request.include or (),
        exclude=request.exclude or (),
    )


def checkpoints(patterns: Sequence[str]) -> list[str]:
    """The files that patterns stand for, sorted; a name that is no pattern stays as it is. Raises UsageError."""
    found = []
    for pattern in patterns:
        if not glob.has_magic(pattern):
            found.append(pattern)
            continue
        files = sorted(glob.glob(str(path_of(pattern)), recursive=True))  # noqa: PTH207 - Path.glob takes no absolute pattern
        if not files:
            raise UsageError(
                f"--weights: no file is called {pattern}.", advice="Check the pattern, and quote it against the shell."
            )
        found += files
    return found


def _plan(
    request: Matrix, found: Sequence[Combination], directories: Directories, execution: Execution
) -> list[Planned]:
    from edgecask.cli.project import FILE, read_project
    from edgecask.cli.tasks import COMMANDS
    from edgecask.matrix.matrix import plan_all

    names = {each.name for each in dataclasses.fields(BuildOptions)} - set(AXES.values())
    common: dict[str, Any] = {name: getattr(request, name) for name in names}
    folder = request.output / FOLDER
    project = read_project(Path.cwd(), COMMANDS)
    for name in sorted({each.values["target"] for each in found} & project.for_targets.keys()):
        execution.display.warn(
            f"[target.{name}] in {FILE} does not count in a matrix: say what one target alone gets by --include"
        )

    def make_request(combination: Combination) -> BuildRequest:
        values = dict(combination.values)
        values["target"] = str(project.own_target(values["target"]) or values["target"])
        return BuildRequest(**{**common, "output": folder / combination.name, **values})

    return plan_all(
        found, make_request=make_request, directories=directories, store=execution.store, display=execution.display
    )


def _run(
    request: Matrix,
    planned: Sequence[Planned],
    conditions: Sequence[Any],
    directories: Directories,
    execution: Execution,
) -> Outcome:
    from edgecask.matrix.cluster import DaskCluster, local_slots, open_cluster
    from edgecask.matrix.dashboard import dashboard_of
    from edgecask.matrix.matrix import run_matrix
    from edgecask.matrix.resources import memory_available
    from edgecask.matrix.work import use, wait_until_idle

    display = execution.display
    request.warn(display)
    use(execution.apart)
    slots = local_slots(request.cluster)
    with open_cluster(
        request.cluster,
        slots=slots,
        memory_mib=memory_available(slots),
        security=request.security(),
        insecure=request.insecure,
    ) as client:
        cluster = DaskCluster(client)
        if (link := dashboard_of(client)) is not None:
            display.note(f"dashboard   {link}")
        if not cluster.has_workers:
            display.note(f"{request.cluster} has no worker yet: stages wait for the first")
        try:
            return run_matrix(
                planned,
                cluster=cluster,
                runner=execution.runner,
                store=execution.store,
                directories=directories,
                folder=request.output / FOLDER,
                display=display,
                at_once=cluster.at_once,
                fail_fast=request.fail_fast,
                conditions=conditions,
            )
        except BaseException:  # also Ctrl-C
            cluster.close()
            wait_until_idle()
            raise


def describe(outcome: Outcome) -> list[str]:
    """The end of a matrix: how many packages there are, and what sharing saved."""
    counts, built = outcome.counts, len(outcome.entries) - len(outcome.failed)
    return [
        f"builds      {built} of {len(outcome.entries)} in {outcome.folder}/  (index.html shows them all)",
        f"stages      {counts.stages}, of which {counts.from_store} were in the store; "
        f"{counts.shared} more were shared between builds",
    ]


def describe_plan(planned: Sequence[Planned], runner: Runner, timings: Timings, *, at_once: int) -> list[str]:
    """What `--dry-run` prints: a line for each build, then the stages in all, and how long they would take."""
    from edgecask.matrix.timings import spoken
    from edgecask.matrix.union import union
    from edgecask.plan.explain import explain
    from edgecask.runner.executor import environment_keys

    environment_key = environment_keys(runner)
    lines, stored = [], set()
    plans = [each.plan for each in planned if each.plan is not None]
    width = max((len(each.combination.name) for each in planned), default=0) + 2
    for each in planned:
        if each.plan is None:
            lines.append(f"{each.combination.name:<{width}}cannot be built: {each.error}")
            continue
        found = explain(each.plan.graph, store=each.plan.job.store, environment_key=environment_key)
        stored |= {entry.key for entry in found if entry.state == "stored"}
        there = sum(entry.state == "stored" for entry in found)
        lines.append(f"{each.combination.name:<{width}}{len(found)} stages, {there} in the store")
    whole = union([plan.graph for plan in plans], environment_key=environment_key)
    kinds = ", ".join(f"{count} {name}" for name, count in sorted(whole.programs().items()))
    to_run = Counter(whole.node(key).program.name for key in whole.places if key not in stored)
    seconds = timings.estimate(to_run, at_once=at_once)
    return [
        *lines,
        f"{len(planned)} builds with {len(whole.places)} stages ({kinds}): "
        f"{whole.shared} in more than one build, which saves {whole.saved}; {len(stored)} in the store",
        f"about {spoken(seconds)} with {at_once} stage{'' if at_once == 1 else 's'} at once"
        if seconds is not None
        else "how long it takes is known when stages of each kind have run here",
    ]
