"""The nodes of a build, each group with what the client does between them."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from edgecask.analysis import compression_tradeoff
from edgecask.analysis.accuracy import (
    Pictures,
    accuracy_of,
    check_keypoints,
    detect_nodes,
    detected,
    gate,
    score_node,
    size_nodes,
)
from edgecask.analysis.overlays import overlays_node, sample_nodes
from edgecask.common_options import CALIBRATION_COUNT
from edgecask.data.calibration import few_images, images_in, pack_images
from edgecask.data.synthetic import drawn_pictures_stage
from edgecask.data.weights import Weights
from edgecask.firmware.family import family_rows
from edgecask.package.prefetch import Prefetch, look_at_prefetch
from edgecask.package.report import figures_node, timeline_node
from edgecask.plan import model_stages as stages
from edgecask.plan.graph import Node, Output, Results, Settled, Step
from edgecask.store.image_archives import pack, repack
from edgecask.store.result import Blob
from edgecask.store.store import Store
from edgecask.target.acceptance import check, refuse_cpu_operators, refuse_too_large
from edgecask.target.contract import Report
from edgecask.target.model_facts import model_facts
from edgecask.target.model_file import ModelFile
from edgecask.target.target import Target

SAVED_MODEL = Output(node="convert", file="saved_model.zip")
FLOAT = Output(node="convert", file="float.tflite")
KIBIBYTE = 1024
CALIBRATION = Output(node="prepare", file="calibration.npy")
QUANTIZED = Output(node="quantize", file="model.tflite")
DRAWN_COUNT = 60
"""Pictures for the calibration of a network that knows drawn people."""
NO_CALIBRATION = (
    "calibrating with crops of the two photographs that ship with ultralytics; "
    "pass --calibration=FOLDER with pictures from your camera for better accuracy"
)


@dataclass(frozen=True, kw_only=True)
class Job:
    """What all stages of a build share: the target as asked for, the image size in pixels, and the checkpoint."""

    store: Store
    target: Target
    image_size: int
    weights: Weights
    weights_blob: Blob


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """The nodes that make the calibration pictures as the network will see them, and where they are from."""

    nodes: Sequence[Node]
    source: str
    notice: str = ""


def plan_calibration(
    job: Job, *, folder: Path | None, count: int = CALIBRATION_COUNT, others: Sequence[tuple[str, Path]] = ()
) -> Calibration:
    """The calibration pictures, at most `count`: a folder of the user's, `others`, or what suits the weights."""
    prepare = functools.partial(stages.prepare_stage, job.target, image_size=job.image_size)
    if folder is not None:
        packed = pack_images(job.store, folder)
        most = count if packed.count > count else None
        return Calibration(
            nodes=[prepare(images=packed.archive, most=most)],
            source="folder",
            notice="; ".join(filter(None, (packed.warning(), few_images(min(count, packed.count))))),
        )
    if others:
        most = count if len(others) > count else None
        images = pack(job.store, others).archive
        return Calibration(
            nodes=[prepare(images=images, most=most)],
            source="training pictures of the data set",
            notice=few_images(min(count, len(others))),
        )
    if job.weights.drawn:
        drawn = drawn_pictures_stage(DRAWN_COUNT)

        def pictures_alone(results: Results) -> Settled:
            archive = results[drawn.name].outputs["data.tar"]
            return Settled(inputs={"images.tar": repack(job.store, [archive], images_in(archive))})

        node = replace(prepare(), needs=(drawn.name,), settle=pictures_alone)
        return Calibration(nodes=[drawn, node], source="drawn people")
    samples = Output(node=stages.SAMPLES.name, file="samples.tar")
    return Calibration(
        nodes=[stages.SAMPLES, prepare(images=samples)], source="ultralytics samples", notice=NO_CALIBRATION
    )


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


def quantized_nodes(job: Job, *, warn: Callable[[str], None]) -> list[Node | Step]:
    """SavedModel → the integer model."""

    def look(results: Results) -> None:
        if (
            job.target.quantization.range_search
            and not results["quantize"].report["refined"]
            and not job.weights.notice
        ):
            warn("the network gives next to nothing (is it trained?): its ranges are left as they are")

    return [
        stages.quantize_stage(job.target, saved_model=SAVED_MODEL, floating=FLOAT, calibration=CALIBRATION),
        Step(name="look at ranges", needs=("quantize",), run=look),
    ]


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


def labelled_nodes(job: Job, pictures: Pictures, *, limit: float | None) -> list[Node | Step]:
    """Float against integer on labelled pictures: as figures, with the gate, and as pictures for the report."""
    floating, integer = (
        detect_nodes(job.target, label=label, model=model, pictures=pictures)
        for label, model in (("float", FLOAT), ("int8", QUANTIZED))
    )

    def gated(results: Results) -> None:
        if limit is not None:
            gate(accuracy_of(results["score"], pictures), limit)

    return [
        *size_nodes(pictures),
        Step(
            name="look at keypoints",
            needs=("export",),
            run=lambda results: check_keypoints(results["export"].report["keypoints"], pictures.labelled),
        ),
        *floating,
        *integer,
        score_node(pictures=pictures, model=integer, reference=floating),
        Step(name="gate", needs=("score",), run=gated),
        overlays_node(
            job.store,
            job.target,
            images=lambda results: pictures.parts,
            floating=detected(floating),
            integer=detected(integer),
        ),
    ]


def sample_nodes_of(job: Job) -> list[Node]:
    """What both models see on pictures without labels, for the report."""
    return sample_nodes(job.store, job.target, floating=FLOAT, integer=QUANTIZED)


def level_nodes(job: Job, vela_config: Blob, pictures: Pictures | None) -> list[Node]:
    """What the other levels of compression are worth, where the build was asked for one."""
    if not compression_tradeoff.other_levels(job.target):
        return []
    nodes = compression_tradeoff.level_nodes(
        job.target, saved_model=SAVED_MODEL, floating=FLOAT, calibration=CALIBRATION, vela_config=vela_config
    )
    if pictures is not None:
        measured = pictures
        nodes += compression_tradeoff.accuracy_nodes(job.target, pictures=measured)
        nodes.append(
            compression_tradeoff.curve_node(
                job.store, job.target, accuracy_of=lambda results: accuracy_of(results["score"], measured)
            )
        )
    return nodes
