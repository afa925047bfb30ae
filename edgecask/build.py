"""The main job: target → plan → run → check → package."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace

from edgecask.analysis import compression_tradeoff, weight_levels
from edgecask.analysis.accuracy import StoredImages, accuracy_of, ingest
from edgecask.analysis.agreement import warning as agreement_warning
from edgecask.analysis.weight_levels import Curve, curve_of
from edgecask.build_nodes import (
    LOOK_AT_AGREEMENT,
    device_nodes,
    float_nodes,
    labelled_nodes,
    level_nodes,
    quantized_nodes,
    size_step,
    unlabelled_nodes,
)
from edgecask.build_request import BuildRequest
from edgecask.calibration_nodes import Calibration, Job, plan_calibration
from edgecask.data.ground_truth import load_labelled
from edgecask.data.weights import find_weights, ingest_weights, target_for
from edgecask.directories import Directories
from edgecask.firmware.family import family_of
from edgecask.package.contents import PackageContents
from edgecask.package.package import Package, write_package
from edgecask.package.signature import require_key
from edgecask.plan.graph import Graph, Node, Output, Results
from edgecask.plan.stage import Stage
from edgecask.progress import Display
from edgecask.runner.executor import Execution
from edgecask.runner.protocol import Runner
from edgecask.store.in_use import in_use
from edgecask.store.shared import open_store
from edgecask.store.store import Store
from edgecask.target.target import Target, load_target
from edgecask.training.run import BEST

PACKAGED = (
    "prepare", "export", "convert", "ranges", "round", "quantize", "compile", "prefetch", "arena", "figures",
    "draw timeline", "overlays", compression_tradeoff.FIGURE,
)  # fmt: skip
"""The nodes whose results the package tells of."""


@dataclass(frozen=True, kw_only=True)
class BuildPlan:
    """A build before it runs: its graph, and what the package says of what it is made from."""

    job: Job
    graph: Graph
    calibration: Calibration
    images: StoredImages | None
    curve: Curve


def plan_build(
    request: BuildRequest, *, directories: Directories, warn: Callable[[str], None], store: Store | None = None
) -> BuildPlan:
    """The graph of a build; reads the user's files, each once, and runs nothing. `store` is the user's by default."""
    if request.sign_key is not None:
        require_key(request.sign_key)
    target = load_target(request.target)
    weights = find_weights(directories, request.weights)
    store = store or open_store(directories, warn=warn)
    weights_blob = ingest_weights(store, weights)
    target = target_of(request, target_for(target, weights, weights_blob))
    image_size = target.image_size(request.image_size)
    labelled = load_labelled(request.data, task=target.model.task) if request.data else None
    if weights.notice:
        warn(weights.notice)
    job = Job(store=store, target=target, image_size=image_size, weights=weights, weights_blob=weights_blob)
    calibration = plan_calibration(
        job,
        folder=request.calibration,
        count=request.calibration_count,
        others=labelled.others if labelled else (),
        hold_out=labelled is None,
    )
    if calibration.notice:
        warn(calibration.notice)
    images = ingest(store, labelled, cores=os.cpu_count() or 1) if labelled else None
    vela_config = store.ingest(target.vela_config) if target.compile is not None else None
    curve = curve_of(target, images=images, judging=calibration.judging, vela_config=vela_config)
    return BuildPlan(
        job=job,
        graph=Graph(
            [
                *calibration.nodes,
                *float_nodes(job),
                size_step(job),
                *quantized_nodes(job, warn=warn, curve=curve),
                *device_nodes(job, vela_config, claimed_granularity=request.granularity),
                *(
                    labelled_nodes(job, images, limit=request.max_ap_drop, min_agreement=request.min_agreement)
                    if images
                    else unlabelled_nodes(job, calibration.judging, min_agreement=request.min_agreement)
                ),
                *(level_nodes(job, vela_config, images, calibration.judging) if vela_config else ()),
            ],
            purpose=f"build {target.name}",
        ),
        calibration=calibration,
        images=images,
        curve=curve,
    )


def trained_first(graph: Graph, training: Stage) -> Graph:
    """The graph of a build whose checkpoint this training is yet to give, to be looked at.

    It is not to be run: a training's result is the user's, in runs/, and no entry of the store.
    """
    node = Node(
        name=training.name, program=training.program, outputs=(BEST,), inputs=training.inputs,
        parameters=training.parameters,
    )  # fmt: skip
    best = Output(node=node.name, file=BEST)
    members = [
        replace(member, inputs={**member.inputs, "weights.pt": best})
        if isinstance(member, Node) and "weights.pt" in member.inputs
        else member
        for member in graph.members.values()
    ]
    return Graph([node, *members], purpose=graph.purpose)


def build(
    request: BuildRequest,
    *,
    directories: Directories,
    runner: Runner,
    display: Display,
    store: Store | None = None,
    check: Callable[[BuildPlan], None] = lambda plan: None,
) -> Package:
    """Build a package for a target; raises the EdgecaskError that says what to do otherwise.

    `store` is the user's by default; `check` looks at the plan, before anything runs.
    """
    with in_use(directories):
        plan = plan_build(request, directories=directories, warn=display.warn, store=store)
        check(plan)
        execution = Execution(directories=directories, store=plan.job.store, runner=runner, display=display)
        results = execution.run_graph(plan.graph)
        return package_of(plan, results, request=request, directories=directories, warn=display.warn)


def package_of(
    plan: BuildPlan,
    results: Results,
    *,
    request: BuildRequest,
    directories: Directories,
    warn: Callable[[str], None],
) -> Package:
    """Write the package of a build that has run."""
    job = plan.job
    model, report = results.value("check")
    for row in report.warnings:
        warn(f"{row.rule}: {row.found}, needed {row.needed}. {row.advice}")
    accuracy = accuracy_of(results["score"], plan.images) if plan.images else None
    agreement = results.value(LOOK_AT_AGREEMENT)
    if text := agreement_warning(agreement):
        warn(text)
    return write_package(
        PackageContents(
            target=job.target,
            image_size=job.image_size,
            weights=job.weights,
            calibration_source=plan.calibration.source,
            results={name: results[name] for name in PACKAGED if name in results},
            model=model,
            report=report,
            accuracy=accuracy,
            agreement=agreement,
            prefetch=results.value("look at prefetch") if "prefetch" in results else None,
            compression=compression_tradeoff.measured(job.target, results, accuracy, agreement),
            weight_table=weight_levels.described(job.target, plan.curve, results),
            parameters=request.asked(),
            sign_key=request.sign_key,
        ),
        store=job.store,
        directories=directories,
        destination=request.output / job.target.name,
    )


def target_of(request: BuildRequest, target: Target) -> Target:
    """The target with what the request asks of it; raises TargetError where its [vendor] table is not valid, too."""
    family_of(target)
    return target.quantized_as(request).compiled_as(request).seen_with(request.crop)
