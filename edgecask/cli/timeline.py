"""`edgecask timeline`: when the NPU computes, when it waits, and for what."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edgecask.common_options import JsonOption, RunnerOption, target_option
from edgecask.errors import UsageError
from edgecask.options import option

if TYPE_CHECKING:
    from edgecask.analysis.timeline import Timeline
    from edgecask.target.target import Target

MOST_WAITS = 5
MEASURED_TO = 0.01
"""Parts of 1 that a fit may be off without a word: boards give whole milliseconds."""
STRIPS = 4
"""Lines of the picture, on a screen: a yolov8n at 192 pixels has some 300 kernels and transfers."""


@dataclass(frozen=True, kw_only=True)
class ShowTimeline(JsonOption, RunnerOption):
    """A compiled file, what it is compared with, and where its picture goes."""

    model: Path = option(help="a .tflite file that went through any version of Vela for an Ethos-U55", positional=True)
    against: Path | None = option(None, help="another such file, for the same chip: both on one scale")
    measured: Path | None = option(
        None,
        help="what `edgecask measure` kept of a board, a file or a folder of them: how far flash and kernels are off",
        placeholder="FILE|FOLDER",
    )
    target: str | None = target_option(
        None, help="the device whose clock and memories count (default: the first with an NPU of the file's size)"
    )
    output: Path | None = option(
        None, help="where the picture goes (default: MODEL-timeline.svg in this folder)", placeholder="FILE.svg"
    )


REQUEST = ShowTimeline


def run(request: ShowTimeline) -> None:
    """Put the commands of one file or two on a timeline; print what it says, and draw it."""
    from edgecask.analysis.timeline import read_timeline, refuse_other_files, target_of
    from edgecask.cli.session import make_execution
    from edgecask.files import copy_whole, sha256_bytes
    from edgecask.plan.graph import Graph, Node, Output, Step
    from edgecask.plan.model_stages import timeline_fit_stage, timeline_stage
    from edgecask.plan.plot_stages import TIMELINE
    from edgecask.progress import PlainDisplay, make_display
    from edgecask.target.model_file import parse_model, read_content

    files = {"timeline": request.model, **({"timeline against": request.against} if request.against else {})}
    contents = {name: read_content(path) for name, path in files.items()}
    models = {name: parse_model(content, name=str(files[name])) for name, content in contents.items()}
    for model in models.values():
        refuse_other_files(model)
    target = target_of(request.target, models["timeline"])
    display = PlainDisplay(sys.stderr) if request.json else make_display()
    execution = make_execution(request.runner, display, require_isolation=request.require_isolation)
    store = execution.store
    config = store.ingest(target.vela_config)
    nodes: list[Node | Step] = [
        replace(
            timeline_stage(target, model=store.ingest_bytes(content), vela_config=config),
            names={"{model}": str(files[name])},
        ).called(name, line="timeline")
        for name, content in contents.items()
    ]
    if request.measured is not None:
        times = measured_times(request.measured, {name: sha256_bytes(content) for name, content in contents.items()})
        named = {"timeline": "model", "timeline against": "against"}
        given = {named[name]: (store.ingest_bytes(contents[name]), times[name]) for name in times}
        nodes.append(
            replace(timeline_fit_stage(target, models=given, vela_config=config), names={"{model}": str(request.model)})
        )
    output = request.output
    if output is None and not request.json:
        output = Path(f"{request.model.stem}-timeline.svg")
    if output is not None:
        drawn = {"model": "timeline", "against": "timeline against"}
        shown = {name: node for name, node in drawn.items() if node in files}
        titles = [[name, files[node].name if len(shown) > 1 else ""] for name, node in shown.items()]
        nodes.append(
            replace(
                TIMELINE,
                inputs={f"{name}.json": Output(node=node, file="timeline.json") for name, node in shown.items()},
                parameters={"timelines": titles, "strips": STRIPS if len(shown) == 1 else 1},
            )
        )
    results = execution.run_graph(Graph(nodes))
    texts = {name: results[name].outputs["timeline.json"].path.read_text(encoding="utf-8") for name in files}
    if output is not None:
        copy_whole(results[TIMELINE.name].outputs["timeline.svg"].path, output)
    if request.json:
        print(texts["timeline"] if request.against is None else f"[{', '.join(texts.values())}]")
        return
    for name, text in texts.items():
        display.note(f"file        {files[name]}")
        for line in describe(read_timeline(text), target):
            display.note(line)
    if "fit" in results:
        display.note(describe_fit(json.loads(results["fit"].outputs["fit.json"].path.read_text(encoding="utf-8"))))
    display.note(f"picture     {output}")


def measured_times(path: Path, digests: Mapping[str, str]) -> dict[str, float]:
    """The board's milliseconds of the inference alone, for those of the files that were measured, by their names.

    Raises UsageError where none was.
    """
    from edgecask.firmware.board.measurement import read_measured

    found: dict[str, float] = {}
    for place in sorted(path.glob("*.json")) if path.is_dir() else [path]:
        measured = read_measured(place)
        if measured is None or "inference" not in measured["milliseconds"]:
            continue
        for name, digest in digests.items():
            if measured["model"].get("sha256") == digest:
                found[name] = measured["milliseconds"]["inference"]["median"]
    if not found:
        raise UsageError(
            f"{path} does not say how long the inference of this file took on a board.",
            advice="`edgecask measure` measures the file that is on the board, and keeps it beside the packages.",
        )
    return found


def describe_fit(fit: Mapping[str, Any]) -> str:
    """How far the chip is off by what a board took."""
    parts = [f"{name} {_times(*fit[key])}" for name, key in (("flash takes", "transfers"), ("kernels take", "kernels"))]
    rest = f" (no chip explains it: {100 * fit['error']:.0f} % remain)" if fit["error"] > MEASURED_TO else ""
    return f"  measured: {', '.join(parts)} as long as configured{rest}"


def _times(low: float, high: float) -> str:
    return f"{low:.2f} times" if high < 1.05 * low else f"{low:.2f} to {high:.2f} times"


def describe(timeline: Timeline, target: Target) -> Iterator[str]:
    """The timeline in words; nothing of it was measured."""
    yield (
        f"chip        Ethos-U55-{timeline.macs_per_cycle} at {timeline.clock_hz / 1e6:g} MHz, flash at "
        f"{timeline.flash_bytes_per_second / 1e6:g} MB/s, as {target.name} has it"
    )
    yield f"in all      {timeline.total:.1f} ms  (an event timeline of its commands; nothing was measured)"
    shares = [(f"{name}", milliseconds, "") for name, milliseconds in by_length(timeline.kernels)]
    shares.append(("kernels wait", timeline.waiting, ""))
    for name, milliseconds in by_length(timeline.transfers):
        shares.append((f"flash: {name}", milliseconds, f"  {timeline.transferred[name]:,} bytes"))
    for name, milliseconds, note in shares:
        yield f"  {name:<22}{milliseconds:7.1f} ms{100 * milliseconds / timeline.total:6.0f} %{note}"
    for wait in timeline.waits[:MOST_WAITS]:
        yield f"  waits {wait.length:.2f} ms from {wait.start:.1f} ms on, before {wait.before}"
    for name, milliseconds in timeline.sensitivity.items():
        yield f"  with {name}: {milliseconds:.1f} ms"


def by_length(parts: Mapping[str, float]) -> list[tuple[str, float]]:
    """Parts of a time, the longest first."""
    return sorted(parts.items(), key=lambda part: (-part[1], part[0]))
