"""dist/TARGET/report.html: what was built and what it is worth, as one page that needs nothing but itself.

The page fetches nothing (its Content-Security-Policy forbids it), opens from disk, and has the same bytes for the same
inputs in containers and virtual environments alike: what differs between those stands in manifest.json alone.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from edgecask.analysis import compression_tradeoff
from edgecask.analysis.agreement import is_wide, of_images, points
from edgecask.analysis.layer_costs import NpuTime, npu_time
from edgecask.files import canonical_json
from edgecask.firmware import emulation
from edgecask.firmware.commands import Command
from edgecask.firmware.family import family_of
from edgecask.firmware.flash import works_in_a_browser
from edgecask.package import board_page
from edgecask.package.prefetch import why_left_out
from edgecask.package.toolchain import toolchain_of
from edgecask.plan import plot_stages as plan
from edgecask.plan.graph import Node, Results, Settled
from edgecask.store.result import StageResult
from edgecask.store.store import Store
from edgecask.target.contract import Report
from edgecask.target.package_tables import KeypointDistance, Manifest
from edgecask.target.target import Target
from edgecask.task.pose import COCO_NAMES
from edgecask.task.task import task_of
from edgecask.templates import page_templates, script_digest

REPORT = "report.html"
TEMPLATE = "report.html.j2"
FOLDER = Path(__file__).resolve().parent
PLOTS = ("layers", "memory")
WIDTHS = ("wide", "narrow")
FULL_SCORE = 100
"""AP and AR are shown in points: 100 times the parts of 1 that the manifest holds."""


@dataclass(frozen=True, kw_only=True)
class Tile:
    """One figure at the top of the page; `part` is how much of a limit it is, from 0 to 1, where there is one."""

    name: str
    value: str
    note: str = ""
    part: float | None = None


@dataclass(frozen=True, kw_only=True)
class Score:
    """One figure of accuracy, in points of 100."""

    name: str
    meaning: str
    floating: float
    integer: float

    @property
    def drop(self) -> float:
        """How many points int8 loses."""
        return self.floating - self.integer


def arena_limit_kib(target: Target, image_size: int) -> float | None:
    """The tensor arena that the firmware has for this image size, in KiB; None where nobody says."""
    return target.memory.arena_limits_kib.get(str(image_size), target.memory.arena_limit_kib)


def time_by_layer(results: Mapping[str, StageResult]) -> NpuTime | None:
    """What Vela estimated, put together by layer; None where nothing was compiled for an NPU here."""
    compiled = results.get("compile")
    if compiled is None or not compiled.report["metrics"]["npu_ops"]:
        return None
    return npu_time(
        compiled.outputs["operators.csv"].path.read_text(encoding="utf-8"),
        clock_hz=compiled.report["core_clock_hz"],
        network=results["export"].report["network"],
    )


def plot_data(npu: NpuTime, *, limit_kib: float | None) -> bytes:
    """What the figures stage draws; see pipeline/cost_plots/cost_plots.py."""
    return canonical_json(
        {
            "layers": [{"name": layer.name, **asdict(layer.times)} for layer in npu.layers],
            "memory": [asdict(step) for step in npu.memory],
            "limit_kib": limit_kib,
        }
    )


def figures_node(store: Store, target: Target, *, image_size: int) -> Node:
    """The plots of NPU time and memory; nothing to do where there is no time to draw."""

    def settle(results: Results) -> Settled | None:
        npu = time_by_layer(results)
        if npu is None:
            return None
        data = plot_data(npu, limit_kib=arena_limit_kib(target, image_size))
        return Settled(inputs={"figures.json": store.ingest_bytes(data)})

    return replace(plan.FIGURES, needs=("compile", "export"), settle=settle)


def timeline_node() -> Node:
    """The event timelines of both files on one scale, or of the one that there is; nothing to do without NPU code."""

    def settle(results: Results) -> Settled | None:
        report = results["compile"].report["metrics"]
        if not report["npu_ops"]:
            return None
        drawn = {"model": (f"model.tflite: {report['timeline_ms']:.1f} ms", results["compile"])}
        if "prefetch" in results and not why_left_out(results["compile"], results["prefetch"]):
            milliseconds = results["prefetch"].report["metrics"]["timeline_ms"]
            drawn["prefetch"] = f"model-prefetch.tflite: {milliseconds:.1f} ms", results["prefetch"]
        return Settled(
            inputs={f"{name}.json": result.outputs["timeline.json"] for name, (_, result) in drawn.items()},
            parameters={"timelines": [[name, title] for name, (title, _) in drawn.items()], "strips": 1},
        )

    return replace(plan.TIMELINE, settle=settle)


def tiles(target: Target, manifest: Manifest) -> Iterator[Tile]:
    """The figures that a person looks for first."""
    metrics = manifest["metrics"]
    if metrics.get("npu_ms"):
        milliseconds = metrics["npu_ms"]
        yield Tile(
            name="NPU time",
            value=f"{milliseconds:.1f} ms",
            note=f"Vela's estimate; at most {1000 / milliseconds:.0f} frames a second",
        )
    ahead = manifest.get("prefetch", {}).get("metrics")
    if ahead is not None:
        yield Tile(
            name="weights brought ahead",
            value=f"{ahead['timeline_ms']:.1f} ms",
            note=f"instead of {metrics['timeline_ms']:.1f}, by the event timeline; no board has run it yet",
        )
    limit = arena_limit_kib(target, manifest["imgsz"])
    for key, name, whose in (("sram_kib", "SRAM", "Vela's figure"), ("arena_kib", "tensor arena", "by TFLite Micro")):
        if key in metrics:
            yield Tile(
                name=name,
                value=f"{metrics[key]:.0f} KiB",
                note=f"{whose}; limit {limit:g} KiB" if limit else whose,
                part=metrics[key] / limit if limit else None,
            )
    flash = target.memory.flash_limit_kib
    yield Tile(
        name="flash",
        value=f"{metrics['flash_kib']:,.0f} KiB",
        note=f"limit {flash:,.0f} KiB",
        part=metrics["flash_kib"] / flash,
    )
    if "npu_ops" in metrics:
        yield Tile(name="operators", value=str(metrics["npu_ops"] + metrics["cpu_ops"]),
                   note=f"{metrics['npu_ops']} on the NPU, {metrics['cpu_ops']} on the CPU")  # fmt: skip
    else:
        yield Tile(name="operators", value=str(metrics["operators"]), note="the vendor's compiler places them")
    if "accuracy" in manifest:
        drop = manifest["accuracy"]["drop"]["points"]
        yield Tile(name="int8 against float", value=f"{-drop:+.1f} AP".replace("-", "−"),
                   note=f"{FULL_SCORE * manifest['accuracy']['int8']['AP']:.1f} after quantisation")  # fmt: skip
    elif "AP" in manifest.get("agreement", {}):
        measured = manifest["agreement"]
        low, high = (FULL_SCORE * end for end in measured["interval"])
        yield Tile(name="agreement with float", value=f"{points(measured):.1f} AP",
                   note=f"{low:.0f} to {high:.0f} by {of_images(measured)}")  # fmt: skip


def commands(target: Target, manifest: Manifest) -> Iterator[Command]:
    """What to type to get the model onto the device."""
    model = manifest["model"]["file"]
    yield from family_of(target).commands(target, model)
    yield Command(
        purpose="In the folder where it was built (in a clone type invoke for edgecask):",
        line=f"edgecask flash --target={shlex.quote(target.name)}",
    )
    for line in target.flash.commands:
        yield Command(purpose="Or by hand:", line=line.replace("MODEL", shlex.quote(Path(model).stem)))


def scores(target: Target, manifest: Manifest) -> tuple[Score, ...]:
    """Accuracy of the float and the int8 model; none where the build had no labelled data."""
    accuracy = manifest.get("accuracy")
    if accuracy is None:
        return ()
    return tuple(
        Score(
            name=name,
            meaning=meaning,
            floating=FULL_SCORE * accuracy["float"][name],
            integer=FULL_SCORE * accuracy["int8"][name],
        )
        for name, meaning in task_of(target.model.task).metrics.items()
        if name in accuracy["float"] and name in accuracy["int8"]
    )


def keypoint_distances(manifest: Manifest) -> list[tuple[str, KeypointDistance]]:
    """How far int8 lies from float, by the keypoint's name (COCO's), or its number where there are others."""
    found = manifest.get("agreement", {}).get("keypoints", [])
    names = COCO_NAMES if len(found) == len(COCO_NAMES) else tuple(str(number) for number in range(1, len(found) + 1))
    return [(name.replace("_", " "), keypoint) for name, keypoint in zip(names, found, strict=True)]


def shown_images(manifest: Manifest) -> str:
    """Which images stand in the report with what both models see."""
    if "accuracy" in manifest:
        return "Pictures of the labelled data"
    return "Images held out from calibration" if "data" in manifest.get("agreement", {}) else "Calibration pictures"


def _content(results: Mapping[str, StageResult], stage: str, name: str) -> str | None:
    result = results.get(stage)
    return (
        result.outputs[name].path.read_text(encoding="utf-8") if result is not None and name in result.outputs else None
    )


def _plots(results: Mapping[str, StageResult]) -> dict[str, dict[str, str]]:
    """The plots by name and width, as HTML of the figures stage; none where there was nothing to draw."""
    if "figures" not in results:
        return {}
    plots = {
        plot: {
            width: results["figures"].outputs[f"{plot}-{width}.svg"].path.read_text(encoding="utf-8")
            for width in WIDTHS
        }
        for plot in PLOTS
    }
    if plan.TIMELINE.name in results:
        drawn = results[plan.TIMELINE.name].outputs
        plots["timeline"] = {width: drawn[f"timeline-{width}.svg"].path.read_text(encoding="utf-8") for width in WIDTHS}
    if compression_tradeoff.FIGURE in results:
        drawn = results[compression_tradeoff.FIGURE].outputs
        plots["curve"] = {width: drawn[f"curve-{width}.svg"].path.read_text(encoding="utf-8") for width in WIDTHS}
    return plots


def render(target: Target, manifest: Manifest, *, results: Mapping[str, StageResult], checks: Report) -> bytes:
    """The page; sections that a target or a build has nothing for say so, or are left out.

    `results` are looked into for "compile", "export" and "figures" (time and memory), "overlays" (detections),
    compression_tradeoff.FIGURE (accuracy over time), and "prepare" (thumbnails).
    """
    from markupsafe import Markup

    style, script = ((FOLDER / name).read_text(encoding="utf-8") for name in ("report.css", "report.js"))
    thumbnails = _content(results, "prepare", "thumbnails.json")
    overlays = _content(results, "overlays", "overlays.json")
    levels = compression_tradeoff.points(manifest.get("compression"))
    # Names of pictures, classes and weights are whatever somebody wrote: everything is escaped but our own files and
    # the plots, whose text matplotlib escapes.
    plots = {
        name: {width: Markup(svg) for width, svg in widths.items()}  # noqa: S704
        for name, widths in _plots(results).items()
    }
    text = (
        page_templates(FOLDER)
        .get_template(TEMPLATE)
        .render(
            target=target,
            manifest=manifest,
            task=task_of(target.model.task),
            toolchain=toolchain_of(results),
            board=emulation,
            checks=checks,
            unknown=sum(row.verdict == "unknown" for row in checks.rows),
            warned=len(checks.warnings),
            tiles=list(tiles(target, manifest)),
            commands=list(commands(target, manifest)),
            board_page=board_page.PAGE if board_page.has_page(target) else "",
            flashes=works_in_a_browser(target.flash),
            npu=time_by_layer(results),
            no_time=family_of(target).time_note,
            limit_kib=arena_limit_kib(target, manifest["imgsz"]),
            plots=plots,
            scores=scores(target, manifest),
            keypoint_distances=keypoint_distances(manifest),
            wide_agreement=is_wide(manifest.get("agreement", {})),
            shown_images=shown_images(manifest),
            agreed_levels=any(level.agreement is not None for level in levels),
            levels=levels,
            thumbnails=json.loads(thumbnails)["thumbnails"] if thumbnails else [],
            overlays=json.loads(overlays) if overlays else None,
            style=Markup(style),  # noqa: S704
            script=Markup(script),  # noqa: S704
            script_sha256=script_digest(script),
        )
    )
    return text.encode()
