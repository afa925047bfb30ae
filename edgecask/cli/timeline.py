"""`edgecask timeline`: when the NPU computes, when it waits, and for what."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from edgecask.common_options import JsonOption, RunnerOption, target_option
from edgecask.options import option

if TYPE_CHECKING:
    from edgecask.analysis.timeline import Timeline
    from edgecask.target.target import Target

MOST_WAITS = 5
STRIPS = 4
"""Lines of the picture, on a screen: a yolov8n at 192 pixels has some 300 kernels and transfers."""


@dataclass(frozen=True, kw_only=True)
class ShowTimeline(JsonOption, RunnerOption):
    """A compiled file, and where its picture goes."""

    model: Path = option(help="a .tflite file that went through any version of Vela for an Ethos-U55", positional=True)
    target: str | None = target_option(
        None, help="the device whose clock and memories count (default: the first with an NPU of the file's size)"
    )
    output: Path | None = option(
        None, help="where the picture goes (default: MODEL-timeline.svg in this folder)", placeholder="FILE.svg"
    )


REQUEST = ShowTimeline


def run(request: ShowTimeline) -> None:
    """Put the file's commands on a timeline; print what it says, and draw it."""
    from edgecask.analysis.timeline import read_timeline, refuse_other_files, target_of
    from edgecask.cli.session import make_execution
    from edgecask.files import copy_whole
    from edgecask.plan.graph import Graph, Output
    from edgecask.plan.model_stages import timeline_stage
    from edgecask.plan.plot_stages import TIMELINE
    from edgecask.progress import PlainDisplay, make_display
    from edgecask.target.model_file import parse_model, read_content

    content = read_content(request.model)
    model = parse_model(content, name=str(request.model))
    refuse_other_files(model)
    target = target_of(request.target, model)
    display = PlainDisplay(sys.stderr) if request.json else make_display()
    execution = make_execution(request.runner, display)
    store = execution.store
    clock = timeline_stage(target, model=store.ingest_bytes(content), vela_config=store.ingest(target.vela_config))
    nodes = [replace(clock, names={"{model}": str(request.model)})]
    output = request.output
    if output is None and not request.json:
        output = Path(f"{request.model.stem}-timeline.svg")
    if output is not None:
        nodes.append(
            replace(
                TIMELINE,
                inputs={"model.json": Output(node="timeline", file="timeline.json")},
                parameters={"timelines": [["model", ""]], "strips": STRIPS},
            )
        )
    results = execution.run_graph(Graph(nodes))
    text = results["timeline"].outputs["timeline.json"].path.read_text(encoding="utf-8")
    if output is not None:
        copy_whole(results[TIMELINE.name].outputs["timeline.svg"].path, output)
    if request.json:
        print(text)
        return
    for line in describe(read_timeline(text), target):
        display.note(line)
    display.note(f"picture     {output}")


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
