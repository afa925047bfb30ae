"""The nodes of a build, each group with what the client does between them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from edgecask.analysis import compression_tradeoff, weight_levels
from edgecask.analysis.accuracy import (
    StoredImages,
    accuracy_of,
    check_exported,
    detect_nodes,
    detected,
    gate,
    score_node,
    size_nodes,
)
from edgecask.analysis.agreement import agreement_node, agreement_of, not_measured
from edgecask.analysis.agreement import gate as agreement_gate
from edgecask.analysis.overlays import overlays_node
from edgecask.analysis.unlabelled_images import UnlabelledImages, archives_of, digest_of, found_by
from edgecask.analysis.weight_levels import Curve
from edgecask.calibration_nodes import Job
from edgecask.firmware.family import family_rows
from edgecask.package.prefetch import Prefetch, look_at_prefetch
from edgecask.package.report import figures_node, timeline_node
from edgecask.plan import model_stages as stages
from edgecask.plan.graph import Node, Output, Results, Step
from edgecask.plan.model_stages import FLOAT
from edgecask.store.result import Blob
from edgecask.target.acceptance import check, refuse_cpu_operators, refuse_too_large
from edgecask.target.contract import Report
from edgecask.target.model_facts import model_facts
from edgecask.target.model_file import ModelFile
from edgecask.target.package_tables import Agreement
from edgecask.task.pose import sigmas_for

SAVED_MODEL = Output(node="convert", file="saved_model.zip")
KIBIBYTE = 1024
CALIBRATION = Output(node="prepare", file="calibration.npy")
QUANTIZED = Output(node="quantize", file="model.tflite")
LOOK_AT_AGREEMENT = "look at agreement"
LABELLED = "the labelled data"


def float_nodes(job: Job) -> list[Node]:
    """Checkpoint → ONNX → SavedModel."""
    export = stages.export_stage(job.target, image_size=job.image_size, weights=job.weights_blob)
    return [replace(export, names={"{weights}": job.weights.label}), stages.convert_stage()]


def size_step(job: Job) -> Step:
    """Refuses a network whose weights alone are too large, before it is converted."""
    return Step(
        name="look at size",
        needs=("export",),
        run=lambda results: refuse_too_large(job.target, job.weights.label, results["export"].report),
    )


def quantized_nodes(job: Job, *, warn: Callable[[str], None], curve: Curve | None = None) -> list[Node | Step]:
    """SavedModel → the integer model, with the weights that `curve` chooses."""
    curve = curve if curve is not None else Curve()
    fixed = weight_levels.UNMEASURED[job.target.quantization.compress_weights]
    levels = curve.bits or (stages.LEVEL_BITS if fixed and job.target.compile is not None else ())
    nodes = stages.quantize_nodes(
        job.target,
        saved_model=SAVED_MODEL,
        floating=FLOAT,
        calibration=CALIBRATION,
        sigmas=lambda keypoints: sigmas_for(keypoints, None)[0],
        levels=levels,
        choose=weight_levels.choice(job.target, curve),
        needs=curve.needs,
    )
    first = nodes[0]

    def look(results: Results) -> None:
        report = results[first.name].report
        if job.target.quantization.range_search and not report["refined"]:
            if not job.weights.notice:
                warn("the network gives next to nothing (is it trained?): its ranges are left as they are")
        elif report["not_described"]:
            warn(f"the network has {report['not_described']}: its weights are rounded to the nearest code")

    return [*nodes, *curve.nodes, Step(name="look at ranges", needs=(first.name,), run=look)]


def device_nodes(job: Job, vela_config: Blob | None, *, claimed_granularity: str | None) -> list[Node | Step]:
    """Integer model → the model for the device, checked; and what the report draws of it."""
    target = job.target
    nodes: list[Node | Step] = []
    if vela_config is not None:
        nodes.append(stages.compile_stage(target, model=QUANTIZED, vela_config=vela_config))
        nodes.append(figures_node(job.store, target, image_size=job.image_size))
        prefetched = prefetch_nodes(job, vela_config)
        after = tuple(node.name for node in prefetched)
        nodes += [*prefetched, replace(timeline_node(), needs=("compile", *after))]
    if target.memory.arena == "tflite-micro":
        # The target's firmware runs the model by TFLite Micro alone.
        nodes.append(stages.arena_stage(model=QUANTIZED))

    def checked(results: Results) -> tuple[ModelFile, Report]:
        if "compile" in results:
            refuse_cpu_operators(target, results["compile"])
        final = results["compile"] if "compile" in results else results["quantize"]
        model = model_facts(job.store, final.outputs["model.tflite"])
        rows = family_rows(model, target)
        return model, check(target, model, results, family_rows=rows, claimed_granularity=claimed_granularity)

    needs = ("quantize", *(node.name for node in nodes if node.name in ("compile", "arena")))
    return [*nodes, Step(name="check", needs=needs, run=checked)]


def prefetch_nodes(job: Job, vela_config: Blob) -> list[Node | Step]:
    """The same model with weights brought ahead, and whether it may be packaged beside the other."""
    limit = job.target.prefetch_limit_kib(job.image_size)
    if limit is None:
        return []
    node = stages.compile_stage(
        job.target, model=QUANTIZED, vela_config=vela_config, prefetch_bytes=int(limit * KIBIBYTE)
    ).called("prefetch")

    def checked(results: Results) -> Prefetch:
        return look_at_prefetch(job.store, job.target, results["compile"], results["prefetch"])

    return [node, Step(name="look at prefetch", needs=("compile", "prefetch"), run=checked)]


def labelled_nodes(
    job: Job, images: StoredImages, *, limit: float | None, min_agreement: float | None = None
) -> list[Node | Step]:
    """Float against integer on labelled pictures: as figures, with the gates, and as pictures for the report."""
    floating, integer = (
        detect_nodes(job.target, label=label, model=model, images=images)
        for label, model in (("float", FLOAT), ("int8", QUANTIZED))
    )

    def gated(results: Results) -> None:
        if limit is not None:
            gate(accuracy_of(results["score"], images), limit)

    return [
        *size_nodes(images),
        Step(
            name="look at keypoints",
            needs=("export",),
            run=lambda results: check_exported(images.labelled, results["export"].report),
        ),
        *floating,
        *integer,
        score_node(images=images, model=integer, reference=floating),
        Step(name="gate", needs=("score",), run=gated),
        agreement_node(
            reference=detected(floating),
            model=detected(integer),
            sigmas=images.labelled.sigmas,
            task=job.target.model.task,
        ),
        agreement_step(lambda results: labelled_agreement(results, images), minimum=min_agreement),
        overlays_node(
            job.store,
            job.target,
            images=lambda results: images.parts,
            floating=detected(floating),
            integer=detected(integer),
        ),
    ]


def unlabelled_nodes(job: Job, judging: UnlabelledImages, *, min_agreement: float | None = None) -> list[Node | Step]:
    """The same without labels: how far the integer model agrees with the float one, and pictures for the report.

    Raises AgreementError where `min_agreement` asks for what nothing can measure.
    """
    if judging.reason and min_agreement is not None:
        raise not_measured(judging.reason)
    detect = judging.detect_nodes(job.target, {"float": FLOAT, "int8": QUANTIZED})
    floating, integer = (found_by(detect, model) for model in ("float", "int8"))
    shown = overlays_node(
        job.store,
        job.target,
        images=lambda results: archives_of(detect, results),
        floating=floating,
        integer=integer,
    )
    if judging.reason:
        return [*detect, shown, Step(name=LOOK_AT_AGREEMENT, needs=(), run=lambda _: {"reason": judging.reason})]

    def agreement(results: Results) -> Agreement:
        _, sigmas = sigmas_for(results["export"].report["keypoints"], None)
        return agreement_of(
            results["agreement"], source=judging.source, sha256=digest_of(archives_of(detect, results)), sigmas=sigmas
        )

    return [
        *detect,
        shown,
        agreement_node(reference=floating, model=integer, task=job.target.model.task),
        agreement_step(agreement, minimum=min_agreement),
    ]


def labelled_agreement(results: Results, images: StoredImages) -> Agreement:
    """The agreement of the two models on labelled pictures; the labels play no part in it."""
    return agreement_of(
        results["agreement"],
        source=f"of {LABELLED}",
        sha256=images.sha256,
        sigmas=images.labelled.sigmas_source,
    )


def agreement_step(agreement: Callable[[Results], Agreement], *, minimum: float | None) -> Step:
    """The table `agreement`, held against the user's minimum."""

    def look(results: Results) -> Agreement:
        found = agreement(results)
        if minimum is not None:
            agreement_gate(found, minimum)
        return found

    return Step(name=LOOK_AT_AGREEMENT, needs=("agreement", "export"), run=look)


def level_nodes(job: Job, vela_config: Blob, images: StoredImages | None, judging: UnlabelledImages) -> list[Node]:
    """What the other levels of compression are worth, where the build was asked for one."""
    if not compression_tradeoff.other_levels(job.target):
        return []
    nodes = compression_tradeoff.level_nodes(
        job.target, saved_model=SAVED_MODEL, floating=FLOAT, calibration=CALIBRATION, vela_config=vela_config
    )
    if images is not None:
        measured = images
        reference = detected(detect_nodes(job.target, label="float", model=FLOAT, images=measured))
        nodes += compression_tradeoff.accuracy_nodes(job.target, images=measured, reference=reference)
        nodes.append(
            compression_tradeoff.curve_node(
                job.store, job.target, accuracy_of=lambda results: accuracy_of(results["score"], measured)
            )
        )
    elif not judging.reason:
        reference = found_by(judging.detect_nodes(job.target, {}), "float")
        nodes += compression_tradeoff.agreement_nodes(job.target, judging=judging, reference=reference)
    return nodes
