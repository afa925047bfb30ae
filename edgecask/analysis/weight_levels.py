"""How many bits a weight takes: the point of the curve of bytes and agreement that a build takes.

With `rounding = "sensitivity"` one search gives weights of several sizes, all with one exchange rate between bytes and
accuracy over all layers. Which one is taken is told by the agreement with the float model (edgecask/analysis/
agreement.py) on the images that judge the build, or by what the compiled files need.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from edgecask.analysis.accuracy import StoredImages, detect_nodes, detected
from edgecask.analysis.agreement import FULL_SCORE, agreement_node
from edgecask.analysis.unlabelled_images import UnlabelledImages, found_by
from edgecask.common_options import CompressionLevel
from edgecask.errors import LimitError
from edgecask.plan import model_stages as plan
from edgecask.plan.graph import Content, Node, Output, Results
from edgecask.store.image_archives import digests_in
from edgecask.store.result import Blob
from edgecask.target.package_tables import WeightLevel, WeightTable
from edgecask.target.target import Target

TOLERANCES: dict[CompressionLevel, float] = {"auto": 0.5, "smaller": 2.0, "smallest": 5.0}
"""How many points of agreement under the curve's best a level may be."""
UNMEASURED: dict[CompressionLevel, int] = {"auto": 0, "off": 0, "smaller": 1, "smallest": 2}
"""The levels where nothing tells them apart: what yolov8n-pose loses with them on 80 photographs, two-fold, is about
what their names promise (docs/guide/accuracy.md)."""
FEWEST_IMAGES, FEWEST_PEOPLE = 25, 30
"""Of those that judge: on fewer, one person is worth more than the levels differ by."""
LABEL = "weights"


@dataclass(frozen=True, kw_only=True)
class Curve:
    """The levels that a build tells apart: nodes that make and judge them, and `needs`, those that choosing waits for.

    `judged` says whether agreement chooses; `compiled` whether the files of all levels are made for the device.
    """

    nodes: Sequence[Node] = ()
    needs: tuple[str, ...] = ()
    judged: bool = False
    compiled: bool = False

    @property
    def bits(self) -> tuple[float, ...]:
        """The levels' bits a weight."""
        return plan.LEVEL_BITS if self.judged or self.compiled else ()


def curve_of(
    target: Target, *, images: StoredImages | None, judging: UnlabelledImages, vela_config: Blob | None
) -> Curve:
    """What it takes to choose; nothing where there is no choice, or nothing to choose by."""
    quantization = target.quantization
    if quantization.rounding != "sensitivity" or vela_config is None or quantization.compress_weights == "off":
        return Curve()
    models = {f"level-{number}": _file(number) for number in range(len(plan.LEVEL_BITS))}
    written = [plan.write_stage(number).called(_name(number)) for number in range(len(plan.LEVEL_BITS))]
    if quantization.max_ms is not None or quantization.max_flash is not None:
        compiled = [
            plan.compile_stage(target, model=model, vela_config=vela_config).called(f"compile {_name(number)}")
            for number, model in enumerate(models.values())
        ]
        return Curve(nodes=[*written, *compiled], needs=tuple(node.name for node in compiled), compiled=True)
    judges = judged_by(images, judging)
    if judges < FEWEST_IMAGES:
        return Curve()
    if images is not None:
        reference = detected(detect_nodes(target, label="float", model=plan.FLOAT, images=images))
        found = {name: detect_nodes(target, label=name, model=model, images=images) for name, model in models.items()}
        detections = [node for nodes in found.values() for node in nodes]
        outputs: dict[str, Sequence[Output]] = {name: detected(nodes) for name, nodes in found.items()}
        sigmas = images.labelled.sigmas
    else:
        detections = judging.detect_nodes(target, {"float": plan.FLOAT, **models}, line="detect levels")
        reference = found_by(detections, "float")
        outputs = {name: found_by(detections, name) for name in models}
        sigmas = None
    agreements = [
        agreement_node(reference=reference, model=output, sigmas=sigmas, task=target.model.task).called(
            f"agreement {name}"
        )
        for name, output in outputs.items()
    ]
    return Curve(nodes=[*written, *detections, *agreements], needs=tuple(node.name for node in agreements), judged=True)


def judged_by(images: StoredImages | None, judging: UnlabelledImages) -> int:
    """How many images judge, as far as is known before anything runs."""
    if images is not None:
        return len(images.labelled.images)
    return 0 if judging.reason else sum(len(digests_in(part)) for part in judging.parts)


def _name(number: int) -> str:
    return f"{LABEL} {number}"


def _file(number: int) -> Content:
    return Output(node=_name(number), file="model.tflite")


def choice(target: Target, curve: Curve) -> Callable[[Results], int]:
    """The number of the level that a build takes, by what the nodes of `curve` have found."""
    quantization = target.quantization
    wanted = quantization.compress_weights

    def number(results: Results) -> int:
        if curve.compiled:
            metrics = [results[need].report["metrics"] for need in curve.needs]
            return within(
                [(each["timeline_ms"], each["flash_kib"]) for each in metrics],
                max_ms=quantization.max_ms,
                max_flash=quantization.max_flash,
            )
        if curve.judged:
            reports = [results[need].report for need in curve.needs]
            if reports[0]["people"] >= FEWEST_PEOPLE:
                return cheapest([FULL_SCORE * each["AP"] for each in reports], tolerance=TOLERANCES[wanted])
        return UNMEASURED[wanted]

    return number


def cheapest(agreements: Sequence[float], *, tolerance: float) -> int:
    """The last level whose agreement is within `tolerance` of the best's.

    `agreements` are in points, from the most bits to the fewest.
    """
    enough = max(agreements) - tolerance
    return max(number for number, points in enumerate(agreements) if points >= enough)


def within(needed: Sequence[tuple[float, float]], *, max_ms: float | None, max_flash: int | None) -> int:
    """The first level, from the most bits to the fewest, that takes no more; `needed` are (milliseconds, KiB).

    Raises LimitError where none does.
    """
    for number, (milliseconds, kibibytes) in enumerate(needed):
        if (max_ms is None or milliseconds <= max_ms) and (max_flash is None or kibibytes <= max_flash):
            return number
    milliseconds, kibibytes = needed[-1]
    asked = " and ".join(
        f"{name}={limit:g}" for name, limit in (("--max-ms", max_ms), ("--max-flash", max_flash)) if limit is not None
    )
    raise LimitError(
        f"No weights are small enough for {asked}: the smallest take {milliseconds:.1f} ms and {kibibytes:,.0f} KiB.",
        advice="Use a smaller --imgsz or a smaller network, or ask for less.",
    )


def described(target: Target, curve: Curve, results: Results) -> WeightTable | None:
    """The table `weights` of the manifest; None where every weight has as many bits as the device reads."""
    if target.quantization.rounding != "sensitivity" or target.compile is None or "round" not in results:
        return None
    number = choice(target, curve)(results)
    levels: list[WeightLevel] = [
        {"bits": level["bits"], "bytes": level["bytes"]} for level in results["round"].report["levels"]
    ]
    for level, need in zip(levels, curve.needs, strict=False):
        _add_measured(level, results[need].report)
    table: WeightTable = {
        "level": target.quantization.compress_weights,
        "bits": levels[number]["bits"],
        "levels": levels,
    }
    if not curve.needs and target.quantization.compress_weights != "off":
        table["reason"] = f"fewer than {FEWEST_IMAGES} images judge"
    elif curve.judged and results[curve.needs[0]].report["people"] < FEWEST_PEOPLE:
        table["reason"] = f"the float model is sure of fewer than {FEWEST_PEOPLE} people in the images that judge"
    return table


def _add_measured(level: WeightLevel, report: Mapping[str, Any]) -> None:
    """What a node of Curve.needs found out about a level."""
    if "metrics" in report:
        level["timeline_ms"] = report["metrics"]["timeline_ms"]
        level["flash_kib"] = report["metrics"]["flash_kib"]
    elif "AP" in report:
        level["agreement"] = report["AP"]


def text_of(table: WeightTable) -> str:
    """The table as a line of text, for the end of a build."""
    chosen = next(level for level in table["levels"] if level["bits"] == table["bits"])
    found = f"{table['bits']:g} bits each"
    if "reason" in table:
        return f"{found}, not chosen by agreement: {table['reason']}"
    if "agreement" in chosen:
        best = max(level["agreement"] for level in table["levels"])
        return (
            f"{found}: {FULL_SCORE * chosen['agreement']:.1f} points of agreement, where the best of "
            f"{len(table['levels'])} sizes has {FULL_SCORE * best:.1f}"
        )
    return found
