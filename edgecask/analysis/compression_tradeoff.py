"""What each level of `--compact` costs and is worth: milliseconds and KiB against accuracy.

A build with a level other than "off" makes the other levels, too, by the same stages as its own, so that the report can
show what the choice bought. What stages they share comes from the store.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from edgecask.analysis.accuracy import Pictures, detect, figures_of
from edgecask.files import canonical_json
from edgecask.plan import model_stages as plan
from edgecask.plan.stage import Blob, StageResult
from edgecask.runner.executor import Execution
from edgecask.target.target import Target

LEVELS = ("off", "safe", "max")
FIGURE = "compaction-figure"
METRICS = ("npu_ms", "flash_kib", "sram_kib")
FULL_SCORE = 100


@dataclass(frozen=True, kw_only=True)
class Level:
    """A model of one level: the int8 model, and the same for the NPU."""

    name: str
    quantized: StageResult
    compiled: StageResult


@dataclass(frozen=True, kw_only=True)
class Point:
    """One level for the reader; `accuracy` is AP from 0 to 100, None without labelled pictures."""

    name: str
    npu_ms: float
    flash_kib: float
    sram_kib: float
    accuracy: float | None


def other_levels(
    execution: Execution, target: Target, *, saved_model: Blob, floating: Blob, calibration: Blob
) -> tuple[Level, ...]:
    """The levels that the build was not asked for; none where it was asked for "off"."""
    if target.quantization.compact == "off" or target.compile is None:
        return ()

    def make(name: str) -> Level:
        chosen = target.quantized_as(compact=name)
        stage = plan.quantize_stage(chosen, saved_model=saved_model, floating=floating, calibration=calibration)
        (quantized,) = execution.run_all(f"quantize {name}", [stage])
        stage = plan.compile_stage(
            chosen,
            model=quantized.outputs["model.tflite"],
            vela_config=execution.store.ingest(chosen.vela_config),
        )
        (compiled,) = execution.run_all(f"compile {name}", [stage])
        return Level(name=name, quantized=quantized, compiled=compiled)

    names = [name for name in LEVELS if name != target.quantization.compact]
    return tuple(execution.at_once(*(functools.partial(make, name) for name in names)))


def accuracies(
    execution: Execution, target: Target, levels: Sequence[Level], *, pictures: Pictures
) -> dict[str, StageResult]:
    """The score stage's result for each of the levels."""
    found = {}
    for level in levels:
        parts = detect(
            execution,
            target,
            name=level.name,
            model=level.quantized.outputs["model.tflite"],
            pictures=pictures,
        )
        stage = plan.score_stage(truth=pictures.truth, model=parts, reference=(), sigmas=pictures.labelled.sigmas)
        (found[level.name],) = execution.run_all(f"score {level.name}", [stage])
    return found


def measure(
    execution: Execution,
    target: Target,
    levels: Sequence[Level],
    *,
    built: Mapping[str, StageResult],
    pictures: Pictures | None,
    accuracy: Mapping[str, Any] | None,
) -> tuple[dict[str, Any], dict[str, StageResult]]:
    """What each level is worth, as the manifest's table and as the report's curve; both empty without `levels`.

    `built` are the results of the build itself, by stage, and `accuracy` is its table of that name.
    """
    if not levels:
        return {}, {}
    scored = accuracies(execution, target, levels, pictures=pictures) if pictures else {}
    found = table(
        target,
        levels,
        built=built["compile"].report["metrics"],
        accuracy=accuracy,
        of_levels={name: figures_of(result) for name, result in scored.items()},
    )
    return found, draw(execution, found, accuracy)


def table(
    target: Target,
    levels: Sequence[Level],
    *,
    built: Mapping[str, Any],
    accuracy: Mapping[str, Any] | None,
    of_levels: Mapping[str, Mapping[str, Any]],
) -> dict[str, Any]:
    """The table `compaction` of the manifest; empty where there is one level alone.

    `built` are the metrics of the build itself and `accuracy` its table of that name; `of_levels` are the figures of
    the others, by level.
    """
    if not levels:
        return {}
    chosen = target.quantization.compact
    metrics = {level.name: level.compiled.report["metrics"] for level in levels} | {chosen: built}
    figures = {name: found["model"] for name, found in of_levels.items()}
    if accuracy is not None:
        figures[chosen] = accuracy["int8"]
    return {
        "level": chosen,
        "levels": {
            name: {
                **{metric: metrics[name][metric] for metric in METRICS},
                **({"AP": figures[name]["AP"]} if name in figures else {}),
            }
            for name in LEVELS
        },
    }


def points(manifest: Mapping[str, Any]) -> tuple[Point, ...]:
    """The levels in a manifest, from the finest to the coarsest; none where the build made one alone."""
    levels = manifest.get("compaction", {}).get("levels", {})
    return tuple(
        Point(
            name=name,
            **{metric: levels[name][metric] for metric in METRICS},
            accuracy=FULL_SCORE * levels[name]["AP"] if "AP" in levels[name] else None,
        )
        for name in LEVELS
        if name in levels
    )


def draw(
    execution: Execution, compaction: Mapping[str, Any], accuracy: Mapping[str, Any] | None
) -> dict[str, StageResult]:
    """The curve, under the name of its stage; nothing where there is no accuracy to draw."""
    if not compaction or accuracy is None:
        return {}
    data = {
        "points": [
            {"name": point.name, "npu_ms": point.npu_ms, "accuracy": point.accuracy}
            for point in points({"compaction": compaction})
        ],
        "chosen": compaction["level"],
        "floating": FULL_SCORE * accuracy["float"]["AP"],
    }
    stage = plan.compaction_figure_stage(data=execution.store.ingest_bytes(canonical_json(data)))
    return {FIGURE: execution.run(stage)}
