"""The main job: target → plan → run → check → package."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from edgecask.analysis import compression_tradeoff as compaction_curve
from edgecask.analysis.accuracy import Pictures, accuracy_of, check_keypoints, detect, gate, ingest, score
from edgecask.analysis.overlays import draw_overlays, sample_overlays
from edgecask.data.calibration import find_images, names_in, pack, pack_images, repack
from edgecask.data.ground_truth import load_labelled
from edgecask.data.synthetic import drawn_pictures_stage
from edgecask.data.weights import Weights, find_weights
from edgecask.directories import Directories
from edgecask.errors import EdgecaskError, error_of_kind
from edgecask.package.package import Package, PackageContents, write_package
from edgecask.package.report import draw
from edgecask.plan import model_stages as plan
from edgecask.plan.stage import Blob, StageResult
from edgecask.progress import Display
from edgecask.runner.executor import Execution
from edgecask.runner.protocol import Runner
from edgecask.store.store import Store
from edgecask.target.acceptance import check, refuse_cpu_operators
from edgecask.target.contract import Report
from edgecask.target.model_facts import model_facts
from edgecask.target.model_file import ModelFile
from edgecask.target.target import Target, load_target

CALIBRATION_COUNT = 200
"""Pictures for calibration at most: more of them change the ranges little and cost time."""
DRAWN_COUNT = 60
"""Pictures for the calibration of a network that knows drawn people."""
NO_CALIBRATION = (
    "calibrating with crops of the two photographs that ship with ultralytics; "
    "pass --calibration=FOLDER with pictures from your camera for better accuracy"
)


@dataclass(frozen=True, kw_only=True)
class BuildRequest:
    """What the user asked for; `image_size` in pixels. None stands for what the target says.

    With `data` (see edgecask/data/ground_truth.py) the build is evaluated, and fails where the integer model is more
    than `max_ap_drop` points of AP under the float one.
    """

    target: str
    weights: str
    image_size: int | None = None
    calibration: Path | None = None
    calibration_count: int = CALIBRATION_COUNT
    granularity: str | None = None
    input_type: str | None = None
    output_type: str | None = None
    refine: bool | None = None
    compact: str | None = None
    compensate: bool | None = None
    silu: Literal["separate", "table", "convolution"] | None = None
    in_place: bool | None = None
    data: Path | None = None
    max_ap_drop: float | None = None
    output: Path = Path("dist")


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """The pictures the model is quantised with, as the network will see them."""

    images: Blob
    prepared: StageResult
    source: str


def build(request: BuildRequest, *, directories: Directories, runner: Runner, display: Display) -> Package:
    """Build a package for a target; raises the EdgecaskError that says what to do otherwise."""
    target = (
        load_target(request.target)
        .quantized_as(
            granularity=request.granularity,
            input_type=request.input_type,
            output_type=request.output_type,
            refine=request.refine,
            compact=request.compact,
            compensate=request.compensate,
        )
        .compiled_as(silu=request.silu, in_place=request.in_place)
    )
    image_size = target.image_size(request.image_size)
    weights = find_weights(directories, request.weights)
    if request.calibration:
        find_images(request.calibration)  # an environment may take minutes to make: say what is wrong before
    labelled = load_labelled(request.data) if request.data else None
    store = Store(directories.store)
    if weights.notice:
        display.warn(weights.notice)
    with Execution(directories=directories, store=store, runner=runner, display=display) as execution:
        job = Job(execution=execution, target=target, image_size=image_size, weights=weights)
        calibration, (exported, converted) = execution.both(
            lambda: prepare_calibration(
                job,
                folder=request.calibration,
                count=request.calibration_count,
                others=labelled.others if labelled else (),
            ),
            lambda: export_and_convert(job),
        )
        pictures = ingest(store, labelled, cores=os.cpu_count() or 1) if labelled else None
        results = {"prepare": calibration.prepared, "export": exported, "convert": converted}
        results["quantize"] = quantize(job, calibration, converted)
        finished, (overlays, accuracy), levels = execution.at_once(
            lambda: finish(job, results, claimed_granularity=request.granularity),
            lambda: (
                measure_accuracy(job, results, pictures, limit=request.max_ap_drop)
                if pictures
                else ({"overlays": show_samples(job, results, calibration)}, None)
            ),
            lambda: compaction_curve.other_levels(
                execution,
                target,
                saved_model=converted.outputs["saved_model.zip"],
                floating=converted.outputs["float.tflite"],
                calibration=calibration.prepared.outputs["calibration.npy"],
            ),
            workers=3,
        )
        compaction, curve = compaction_curve.measure(
            execution, target, levels, built=finished.results, pictures=pictures, accuracy=accuracy
        )
        return write_package(
            PackageContents(
                target=target,
                image_size=image_size,
                weights=weights,
                weights_sha256=store.ingest(weights.path).sha256,
                calibration_sha256=calibration.images.sha256,
                calibration_source=calibration.source,
                results={**results, **finished.results, **overlays, **curve},
                model=finished.model,
                report=finished.report,
                accuracy=accuracy,
                compaction=compaction,
            ),
            directories=directories,
            destination=request.output / target.name,
        )


@dataclass(frozen=True, kw_only=True)
class Job:
    """What all stages of a build share."""

    execution: Execution
    target: Target
    image_size: int
    weights: Weights


def prepare_calibration(
    job: Job, *, folder: Path | None, count: int = CALIBRATION_COUNT, others: Sequence[tuple[str, Path]] = ()
) -> Calibration:
    """The calibration pictures, at most `count`: a folder of the user's, `others`, or what suits the weights."""
    execution = job.execution
    most = None
    if folder is not None:
        packed = pack_images(execution.store, folder)
        images, source = packed.archive, "folder"
        most = count if packed.count > count else None
    elif others:
        images, source = pack(execution.store, others), "training pictures of the data set"
        most = count if len(others) > count else None
    elif job.weights.drawn:
        drawn = execution.run(drawn_pictures_stage(DRAWN_COUNT)).outputs["data.tar"]
        images, source = repack(execution.store, drawn, names_in(drawn)), "drawn people"
    else:
        execution.display.warn(NO_CALIBRATION)
        images, source = execution.run(plan.SAMPLES).outputs["samples.tar"], "ultralytics samples"
    prepared = execution.run(plan.prepare_stage(job.target, image_size=job.image_size, images=images, most=most))
    return Calibration(images=images, prepared=prepared, source=source)


def export_and_convert(job: Job) -> tuple[StageResult, StageResult]:
    """Checkpoint → ONNX → SavedModel."""
    execution = job.execution
    weights = execution.store.ingest(job.weights.path)
    try:
        exported = execution.run(
            plan.export_stage(job.target, image_size=job.image_size, weights=weights), then=[plan.CONVERT]
        )
    except EdgecaskError as error:
        # The stage sees the checkpoint under a name of its own.
        raise error_of_kind(
            error.kind,
            error.message.replace("{weights}", job.weights.label),
            advice=error.advice,
            details=error.details,
        ) from error
    converted = execution.run(
        plan.convert_stage(
            onnx=exported.outputs["model.onnx"],
            reference=exported.outputs["reference.npz"],
            outputs=exported.report["outputs"],
        ),
        then=[plan.QUANTIZE],
    )
    return exported, converted


def quantize(job: Job, calibration: Calibration, converted: StageResult) -> StageResult:
    """SavedModel → the integer model."""
    quantized = job.execution.run(
        plan.quantize_stage(
            job.target,
            saved_model=converted.outputs["saved_model.zip"],
            floating=converted.outputs["float.tflite"],
            calibration=calibration.prepared.outputs["calibration.npy"],
        ),
        then=[plan.COMPILE, plan.DETECT] if job.target.compile is not None else [plan.DETECT],
    )
    if job.target.quantization.refine and not quantized.report["refined"] and not job.weights.notice:
        job.execution.display.warn(
            "the network gives next to nothing (is it trained?): its ranges are left as they are"
        )
    return quantized


@dataclass(frozen=True, kw_only=True)
class Finished:
    """The model for the device: its stages' results by their names, what it says of itself, and the rules it met."""

    results: Mapping[str, StageResult]
    model: ModelFile
    report: Report


def finish(job: Job, results: Mapping[str, StageResult], *, claimed_granularity: str | None) -> Finished:
    """Integer model → the model for the device, checked and drawn."""
    more = prepare_for_device(job, results["quantize"])
    model = model_facts(job.execution.store, (more.get("compile") or results["quantize"]).outputs["model.tflite"])
    report = check(job.target, model, more, claimed_granularity=claimed_granularity)
    more |= draw(job.execution, job.target, image_size=job.image_size, results={**results, **more})
    return Finished(results=more, model=model, report=report)


def prepare_for_device(job: Job, quantized: StageResult) -> dict[str, StageResult]:
    """What the target still does to the integer model, or wants to know of it; the results by their stages' names."""
    execution, target = job.execution, job.target
    results = {}
    if target.compile is not None:
        compiled = execution.run(
            plan.compile_stage(
                target,
                model=quantized.outputs["model.tflite"],
                vela_config=execution.store.ingest(target.vela_config),
            ),
            then=[plan.FIGURES],
        )
        refuse_cpu_operators(target, compiled)
        results["compile"] = compiled
    if target.memory.arena == "tflite-micro":
        # The target's firmware runs the model by TFLite Micro alone.
        results["arena"] = execution.run(plan.arena_stage(model=quantized.outputs["model.tflite"]))
    return results


def measure_accuracy(
    job: Job, results: Mapping[str, StageResult], pictures: Pictures, *, limit: float | None
) -> tuple[dict[str, StageResult], dict[str, Any]]:
    """Float against integer on labelled pictures: as pictures for the report, and as figures.

    Raises AccuracyError where more than `limit` points are lost.
    """
    execution, target = job.execution, job.target
    check_keypoints(results["export"].report["keypoints"], pictures)
    reference, model = (
        detect(execution, target, name=name, model=blob, pictures=pictures)
        for name, blob in (
            ("float", results["convert"].outputs["float.tflite"]),
            ("int8", results["quantize"].outputs["model.tflite"]),
        )
    )
    files = dict(pictures.labelled.images)

    def packed(names: Sequence[str]) -> Blob:
        return pack(execution.store, [(name, files[name]) for name in names])

    overlays, scored = execution.both(
        lambda: draw_overlays(execution, target, packed=packed, floating=reference, integer=model),
        lambda: score(execution, pictures=pictures, model=model, reference=reference),
    )
    accuracy = accuracy_of(scored, pictures)
    if limit is not None:
        gate(accuracy, limit)
    return {"overlays": overlays}, accuracy


def show_samples(job: Job, results: Mapping[str, StageResult], calibration: Calibration) -> StageResult:
    """What both models see on pictures without labels, for the report."""
    return sample_overlays(
        job.execution,
        job.target,
        images=calibration.images,
        floating=results["convert"].outputs["float.tflite"],
        integer=results["quantize"].outputs["model.tflite"],
    )
