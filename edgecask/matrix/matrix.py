"""A matrix of builds: plan all, run what they need once, package each, and tell what became of them."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from edgecask.build import BuildPlan, package_of, plan_build
from edgecask.build_request import BuildRequest
from edgecask.directories import Directories
from edgecask.errors import EdgecaskError, StorageError
from edgecask.exchange import put_in_place
from edgecask.files import discard, write_whole
from edgecask.matrix.choice import Condition, choose
from edgecask.matrix.combinations import Combination
from edgecask.matrix.page import render
from edgecask.matrix.run import Build, Cluster, Counts, MatrixRun
from edgecask.matrix.table import Entry, as_csv, as_json, figures_of
from edgecask.matrix.timings import Timings, spoken
from edgecask.matrix.union import union
from edgecask.matrix.work import Done
from edgecask.plan.graph import Graph, Results
from edgecask.progress import Display
from edgecask.runner.executor import environment_keys
from edgecask.runner.protocol import Runner
from edgecask.store.store import Store

PAGE, JSON, CSV = "index.html", "matrix.json", "matrix.csv"


@dataclass(kw_only=True)
class Planned:
    """One combination as a build: its request and plan, or why it cannot be planned, and how it ended."""

    combination: Combination
    request: BuildRequest | None = None
    plan: BuildPlan | None = None
    entry: Entry | None = None
    error: EdgecaskError | None = None


@dataclass(frozen=True, kw_only=True)
class Matrix:
    """What came of a matrix: its folder, an entry for each build in order, and the name of the best, if asked for."""

    folder: Path
    entries: Sequence[Entry]
    best: str | None
    counts: Counts = field(default_factory=Counts)

    @property
    def failed(self) -> Sequence[Entry]:
        """The builds that gave no package."""
        return [entry for entry in self.entries if entry.state != "built"]


def plan_all(
    combinations: Sequence[Combination],
    *,
    make_request: Callable[[Combination], BuildRequest],
    directories: Directories,
    store: Store,
    display: Display,
) -> list[Planned]:
    """Each combination's plan; one that cannot be planned keeps its error, and the others go on.

    What several builds would warn of is said once.
    """
    said: set[str] = set()

    def warn(text: str) -> None:
        if text not in said:
            said.add(text)
            display.warn(text)

    planned = []
    for combination in combinations:
        entry = Planned(combination=combination)
        try:
            entry.request = make_request(combination)
            entry.plan = plan_build(entry.request, directories=directories, warn=warn, store=store)
        except EdgecaskError as error:
            entry.error = error
        planned.append(entry)
    return planned


def run_matrix(
    planned: Sequence[Planned],
    *,
    cluster: Cluster,
    runner: Runner,
    store: Store,
    directories: Directories,
    folder: Path,
    display: Display,
    at_once: int = 1,
    fail_fast: bool = False,
    conditions: Sequence[Condition] = (),
) -> Matrix:
    """Run all plans together and write dist/matrix/; a failed build is an entry, not an error.

    `at_once` is how many stages the cluster runs side by side, for the time left that is shown.
    Raises StorageError where the folder cannot be written, EngineError when the cluster is gone.
    """
    runnable = [each for each in planned if each.plan is not None]
    ended = 0
    run: MatrixRun
    environment_key = environment_keys(runner)

    def end(number: int, build: Build) -> None:
        nonlocal ended
        ended += 1
        each = runnable[number]
        each.entry = _finish(each, build, directories=directories, folder=folder, display=display)
        each.plan = None
        release(build)
        text = f"{ended} of {len(runnable)}: {each.combination.name} {each.entry.state}"
        display.note(f"{text}: {each.entry.error}" if each.entry.error else text)

    graphs = [_graph(each) for each in runnable]
    timings = Timings(directories)
    left = union(graphs, environment_key=environment_key).programs()

    with display.stage("stages") as line:

        def progress(counts: Counts, program: str, done: Done) -> None:
            left[program] -= 1
            if done.error is None and not done.cached:
                timings.note(program, done.seconds)
            rest = timings.estimate({name: count for name, count in left.items() if count > 0}, at_once=at_once)
            line.say(
                f"{counts.stages} stages done, {counts.from_store} of them stored, {ended} of {len(runnable)} builds"
                + (f", about {spoken(rest)} left" if rest else "")
            )

        run = MatrixRun(
            graphs,
            cluster=cluster,
            key=lambda stage: stage.key(environment_key(stage.program.environment)),
            find=store.find,
            find_here=lambda key: store.find(key, here=True),
            share=store.share if store.remote is not None else None,
            ended=end,
            fail_fast=fail_fast,
            progress=progress,
            again=lambda name, done: display.warn(f"{name} is tried again: {done.message}"),
        )
        gone: EdgecaskError | None = None
        try:
            run.run()
        except EdgecaskError as error:  # of the cluster: what is built is told all the same
            gone = error
        line.cached = 0 < run.counts.stages == run.counts.from_store
    timings.save()
    for each in planned:
        if each.entry is None:
            each.entry = _entry(each, state="failed" if each.error is not None else "stopped", error=each.error)
            if each.entry.error:
                display.note(f"{each.combination.name} failed: {each.entry.error}")
    entries = [each.entry for each in planned if each.entry is not None]
    figures = {entry.name: entry.figures for entry in entries if entry.state == "built"}
    best = choose(figures, conditions) if conditions else None
    write_pages(folder, entries, best=best)
    if gone is not None:
        raise gone
    return Matrix(folder=folder, entries=entries, best=best, counts=run.counts)


def release(build: Build) -> None:
    """Forget what a build that is over was made from: of thousands of builds it would fill the memory."""
    build.graph, build.results = Graph(()), Results()
    build.waiting.clear()


def _graph(each: Planned) -> Graph:
    assert each.plan is not None
    return each.plan.graph


def _finish(each: Planned, build: Build, *, directories: Directories, folder: Path, display: Display) -> Entry:
    """Package a build that ran; its entry."""
    assert each.plan is not None
    assert each.request is not None
    if build.error is not None:
        return _entry(each, state="failed", error=build.error)
    if build.left:
        return _entry(each, state="stopped")
    name = each.combination.name
    try:
        package = package_of(
            each.plan,
            build.results,
            request=each.request,
            directories=directories,
            warn=lambda text: display.warn(f"{name}: {text}"),
        )
    except EdgecaskError as error:
        return _entry(each, state="failed", error=error)
    return _entry(
        each,
        state="built",
        figures=figures_of(package.manifest),
        package=package.folder.relative_to(folder).as_posix(),
    )


def _entry(
    each: Planned,
    *,
    state: str,
    error: EdgecaskError | None = None,
    figures: Mapping[str, float] | None = None,
    package: str = "",
) -> Entry:
    values = each.combination.values
    job = each.plan.job if each.plan is not None else None
    return Entry(
        name=each.combination.name,
        target=job.target.name if job else str(values.get("target", "")),
        weights=job.weights.label if job else str(values.get("weights", "")),
        imgsz=job.image_size if job else int(values.get("image_size") or 0),
        compress_weights=str(job.target.quantization.compress_weights if job else values.get("compress_weights", "")),
        state=state,
        figures=figures or {},
        package=package,
        error=" ".join(str(error).split()) if error is not None else "",
        exit_code=error.exit_code if error is not None else 0,
    )


def write_pages(folder: Path, entries: Sequence[Entry], *, best: str | None) -> None:
    """index.html, matrix.json and matrix.csv; raises StorageError where they cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(folder / PAGE, render(entries, best=best))
        write_whole(folder / JSON, as_json(entries, best=best))
        write_whole(folder / CSV, as_csv(entries))
    except OSError as error:
        raise StorageError(
            f"{folder} cannot be written ({error.strerror}).", advice="Check its permissions, or pass another --dist."
        ) from error


def copy_best(matrix: Matrix, destination: Path) -> Path:
    """Copy the best build's package out of the matrix, to DESTINATION/NAME/TARGET; that folder."""
    entry = next(entry for entry in matrix.entries if entry.name == matrix.best)
    place = destination / entry.name / entry.target
    new = place.with_name(f".{place.name}.new")
    try:
        discard(new)
        shutil.copytree(matrix.folder / entry.package, new)
        put_in_place(new, place)
    except OSError as error:
        raise StorageError(
            f"{place} cannot be written ({error.strerror}).", advice="Check its permissions, or pass another --dist."
        ) from error
    finally:
        with contextlib.suppress(OSError):
            discard(new)
    return place
