"""What each level of `--compress-weights` costs and is worth: milliseconds and KiB against accuracy.

A build with a level other than "off" makes the other levels, too, by the same stages as its own, so that the report can
show what the choice bought. What stages they share comes from the store.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from edgecask.analysis.accuracy import StoredImages, detect_nodes, detected, figures_of, score_node
from edgecask.analysis.agreement import agreement_node
from edgecask.analysis.unlabelled_images import UnlabelledImages, found_by
from edgecask.common_options import CompressionLevel, QuantizationOptions
from edgecask.files import canonical_json
from edgecask.plan import model_stages as plan
from edgecask.plan.graph import Content, Node, Output, Results, Settled
from edgecask.plan.plot_stages import CURVE
from edgecask.store.result import Blob
from edgecask.store.store import Store
from edgecask.target.package_tables import Accuracy, Agreement, Compression
from edgecask.target.target import Target

LEVELS: tuple[CompressionLevel, ...] = ("off", "smaller", "smallest")
FIGURE = "curve"
"""The node that draws."""
METRICS = ("npu_ms", "flash_kib", "sram_kib")
FULL_SCORE = 100


@dataclass(frozen=True, kw_only=True)
class Point:
    """One level for the reader; `accuracy` is AP from 0 to 100, None without labelled pictures.

    `agreement` is that with the float model (edgecask/analysis/agreement.py), None where nothing could measure it.
    """

    name: str
    npu_ms: float
    flash_kib: float
    sram_kib: float
    accuracy: float | None
    agreement: float | None


def other_levels(target: Target) -> tuple[CompressionLevel, ...]:
    """The levels that a build with weights rounded to the nearest was not asked for; none where it was asked for none.

    With rounding by sensitivity weight_levels.py chooses.
    """
    quantization = target.quantization
    if not quantization.compressed or quantization.rounding == "sensitivity" or target.compile is None:
        return ()
    return tuple(name for name in LEVELS if name != target.quantization.compress_weights)


def level_nodes(
    target: Target, *, saved_model: Content, floating: Content, calibration: Content, vela_config: Blob
) -> list[Node]:
    """The int8 models of the other levels, and the same for the NPU."""
    nodes = []
    for name in other_levels(target):
        chosen = target.quantized_as(QuantizationOptions(compress_weights=name))
        stage = plan.quantize_stage(chosen, saved_model=saved_model, floating=floating, calibration=calibration)
        quantized = stage.called(f"quantize {name}")
        model = Output(node=quantized.name, file="model.tflite")
        compiled = plan.compile_stage(chosen, model=model, vela_config=vela_config).called(f"compile {name}")
        nodes += [quantized, compiled]
    return nodes


def accuracy_nodes(target: Target, *, images: StoredImages, reference: Sequence[Output]) -> list[Node]:
    """What the other levels find in labelled pictures, and their figures; `reference` is what the float model found."""
    nodes = []
    for name in other_levels(target):
        model = Output(node=f"quantize {name}", file="model.tflite")
        parts = detect_nodes(target, label=name, model=model, images=images)
        agreement = agreement_node(
            reference=reference, model=detected(parts), sigmas=images.labelled.sigmas, task=target.model.task
        )
        score = score_node(images=images, model=parts)
        nodes += [*parts, score.called(f"score {name}"), agreement.called(f"agreement {name}")]
    return nodes


def agreement_nodes(target: Target, *, judging: UnlabelledImages, reference: Sequence[Output]) -> list[Node]:
    """What the other levels find in images without labels, and how far they agree with `reference`, the float model."""
    nodes = []
    for name in other_levels(target):
        model = Output(node=f"quantize {name}", file="model.tflite")
        parts = judging.detect_nodes(target, {"int8": model}, line=f"detect {name}")
        agreement = agreement_node(reference=reference, model=found_by(parts, "int8"), task=target.model.task)
        nodes += [*parts, agreement.called(f"agreement {name}")]
    return nodes


def measured(
    target: Target, results: Results, accuracy: Accuracy | None, agreement: Agreement | None = None
) -> Compression | None:
    """The table `compression` of the manifest; None where there is one level alone.

    `accuracy` and `agreement` are the build's own tables of that name.
    """
    levels = other_levels(target)
    if not levels:
        return None
    return table(
        target,
        metrics={name: results[f"compile {name}"].report["metrics"] for name in levels}
        | {target.quantization.compress_weights: results["compile"].report["metrics"]},
        accuracy=accuracy,
        of_levels={name: figures_of(results[f"score {name}"]) for name in levels if f"score {name}" in results},
        agreements={
            **{name: results[f"agreement {name}"].report for name in levels if f"agreement {name}" in results},
            target.quantization.compress_weights: agreement or {},
        },
    )


def table(
    target: Target,
    *,
    metrics: Mapping[str, Mapping[str, Any]],
    accuracy: Accuracy | None,
    of_levels: Mapping[str, Mapping[str, Any]],
    agreements: Mapping[str, Mapping[str, Any]] | None = None,
) -> Compression:
    """The table `compression` of the manifest.

    `metrics` are Vela's of every level, `accuracy` is the build's table of that name, and `of_levels` are the figures
    of the other levels; `agreements` have `AP` where there is any.
    """
    chosen = target.quantization.compress_weights
    agreed = agreements or {}
    figures = {name: found["model"] for name, found in of_levels.items()}
    if accuracy is not None:
        figures[chosen] = accuracy["int8"]
    return {
        "level": chosen,
        "levels": {
            name: {
                **{metric: metrics[name][metric] for metric in METRICS},
                **({"AP": figures[name]["AP"]} if name in figures else {}),
                **({"agreement": agreed[name]["AP"]} if "AP" in agreed.get(name, {}) else {}),
            }
            for name in LEVELS
        },
    }


def points(compression: Compression | None) -> tuple[Point, ...]:
    """The levels, from the finest to the coarsest; none where the build made one alone."""
    levels = compression["levels"] if compression is not None else {}
    return tuple(
        Point(
            name=name,
            **{metric: levels[name][metric] for metric in METRICS},
            accuracy=FULL_SCORE * levels[name]["AP"] if "AP" in levels[name] else None,
            agreement=FULL_SCORE * levels[name]["agreement"] if "agreement" in levels[name] else None,
        )
        for name in LEVELS
        if name in levels
    )


def curve_data(compression: Compression, accuracy: Accuracy) -> bytes:
    """What the curve is drawn from: tables `compression` and `accuracy` of a manifest."""
    return canonical_json(
        {
            "points": [
                {"name": point.name, "npu_ms": point.npu_ms, "accuracy": point.accuracy}
                for point in points(compression)
            ],
            "chosen": compression["level"],
            "floating": FULL_SCORE * accuracy["float"]["AP"],
        }
    )


def curve_node(store: Store, target: Target, *, accuracy_of: Callable[[Results], Accuracy]) -> Node:
    """The curve of accuracy over time; `accuracy_of` gives the build's table of that name."""

    def settle(results: Results) -> Settled:
        accuracy = accuracy_of(results)
        compression = measured(target, results, accuracy)
        assert compression is not None
        data = curve_data(compression, accuracy)
        return Settled(inputs={"curve.json": store.ingest_bytes(data)})

    levels = other_levels(target)
    needs = ("compile", "score", *(f"{stage} {name}" for name in levels for stage in ("compile", "score")))
    return replace(CURVE, needs=needs, settle=settle)
