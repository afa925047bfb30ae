"""A picture of event timelines, in the environment `evaluate` (matplotlib).

Inputs `NAME.json` (see ../npu/clock.py), one for each of the parameter `timelines`, a list of [NAME, title]; parameter
`strips`: into how many lines each is broken. Of each: kernels above, transfers below, and marked where kernels wait.
Outputs `timeline.svg`, a picture by itself, and `timeline-wide.svg` and `timeline-narrow.svg` for a page with the
variables of the report's style sheet (see ../cost_plots/cost_plots.py).
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from typing import Any

import matplotlib
import numpy
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.patches import Patch, PathPatch
from matplotlib.path import Path as Outline

from pipeline.cost_plots.cost_plots import COLOURS, PIXELS_PER_INCH, SETTINGS, WIDTHS, as_html, only_own_fonts
from pipeline.harness import INPUTS, OUTPUTS

STRIP_HEIGHT = 62
MARGIN_HEIGHT = 52
KERNELS, TRANSFERS = (1.08, 0.9), (0.02, 0.9)
"""Where the bars of each stand in a strip, and how high they are."""
SHORTEST_WAIT = 0.02
"""Milliseconds: what is shorter cannot be seen, and is no wait anybody could shorten."""
LEGEND = {
    "multiplying": "convolutions",
    "elementwise": "other kernels",
    "limit": "kernels wait",
    "weights": "weights and tables from flash",
}
LIGHT = {
    "ink": "#1a2027", "faint": "#8a949e", "memory": "#258a7c", "limit": "#b3261e", "multiplying": "#2a72c8",
    "elementwise": "#b06a00", "weights": "#c03a74", "activations": "#7451c4",
}  # fmt: skip
DARK = {
    "ink": "#e4e9ee", "faint": "#6d7883", "memory": "#45b8a6", "limit": "#ff8a80", "multiplying": "#5b9df0",
    "elementwise": "#e0a24a", "weights": "#ee7aa6", "activations": "#a78bf0",
}  # fmt: skip
PAGES = {"light": "#ffffff", "dark": "#12161b"}
LONG_NUMBER = re.compile(r"\b(\d+\.\d\d)\d+")
SEEN = 0.004
"""Of a strip's length: bars of one kind that are nearer to each other than that are drawn as one."""


def waits(spans: Iterable[list[Any]], total: float) -> list[tuple[float, float]]:
    """From when to when no kernel runs."""
    found, free = [], 0.0
    for kind, _, start, end, _ in spans:
        if kind == "kernel":
            if start - free >= SHORTEST_WAIT:
                found.append((free, start))
            free = max(free, end)
    if total - free >= SHORTEST_WAIT:
        found.append((free, total))
    return found


def bars_of(spans: Iterable[list[Any]], total: float) -> dict[str, list[tuple[float, float]]]:
    """From when to when there is something of each colour."""
    bars: dict[str, list[tuple[float, float]]] = {name: [] for name in LEGEND}
    spans = list(spans)
    for kind, name, start, end, _ in spans:
        colour = "weights" if kind == "transfer" else "multiplying" if "convolution" in name else "elementwise"
        bars[colour].append((start, end))
    bars["limit"] = waits(spans, total)
    return bars


def joined(bars: Iterable[tuple[float, float]], gap: float) -> list[tuple[float, float]]:
    """The same with those made one that nobody could tell apart."""
    found: list[tuple[float, float]] = []
    for start, end in sorted(bars):
        if found and start - found[-1][1] < gap:
            found[-1] = found[-1][0], max(found[-1][1], end)
        else:
            found.append((start, end))
    return found


def rectangles(spans: Iterable[tuple[float, float]], place: tuple[float, float]) -> Outline:
    """Bars as one outline: an element of the picture in place of hundreds."""
    low, high = place[0], sum(place)
    corners = [[(start, low), (start, high), (end, high), (end, low), (start, low)] for start, end in spans]
    codes = [Outline.MOVETO, Outline.LINETO, Outline.LINETO, Outline.LINETO, Outline.CLOSEPOLY]
    return Outline(numpy.reshape(corners, (-1, 2)), codes * len(corners))


def draw_strip(axes: Axes, bars: dict[str, list[tuple[float, float]]], first: float, last: float) -> None:
    """What lies between two times."""
    for colour, spans in bars.items():
        place = TRANSFERS if colour == "weights" else KERNELS
        inside = [(max(start, first), min(end, last)) for start, end in spans if start < last and end > first]
        gap = SEEN * (last - first) if colour == "weights" else 0.0
        waiting = colour == "limit"
        axes.add_patch(
            PathPatch(
                rectangles(joined(inside, gap), place), facecolor="none" if waiting else COLOURS[colour],
                edgecolor=COLOURS[colour], hatch="////" if waiting else None, linewidth=0.0,
            )
        )  # fmt: skip
    axes.set_xlim(first, last)
    axes.set_ylim(0, 2)
    axes.set_yticks([1.53, 0.47], ["kernels", "flash"])
    axes.spines["left"].set_visible(False)


def draw(timelines: list[tuple[str, dict[str, Any]]], strips: int, width: int) -> Figure:
    """All timelines on one scale, each in so many strips."""
    longest = max(found["total_ms"] for _, found in timelines)
    length = longest / strips if strips > 1 else 1.01 * longest
    rows = [(title, found, number) for title, found in timelines for number in range(strips)]
    rows = [row for row in rows if row[2] * length < row[1]["total_ms"]]
    titles = len(timelines) if timelines[0][0] else 0
    height = STRIP_HEIGHT * len(rows) + 22 * titles + MARGIN_HEIGHT
    figure = Figure(figsize=(width / PIXELS_PER_INCH, height / PIXELS_PER_INCH), layout="constrained")
    FigureCanvasSVG(figure)
    for axes, (title, found, number) in zip(figure.subplots(len(rows), squeeze=False)[:, 0], rows, strict=True):
        draw_strip(axes, bars_of(found["spans"], found["total_ms"]), number * length, (number + 1) * length)
        if title and number == 0:
            axes.set_title(title, loc="left", fontsize=11)
    axes.set_xlabel("milliseconds")
    handles = [
        Patch(facecolor="none", edgecolor=COLOURS[name], hatch="////", linewidth=0.0, label=label)
        if name == "limit"
        else Patch(facecolor=COLOURS[name], label=label)
        for name, label in LEGEND.items()
    ]
    figure.legend(
        handles=handles, loc="outside lower left", ncols=max(1, min(len(handles), width // 165)), frameon=False,
        fontsize=10,
    )  # fmt: skip
    return figure


def as_file(html: str) -> str:
    """An element of a page as a picture by itself, in the colours of the reader's mode."""

    def rules(colours: dict[str, str]) -> str:
        return ";".join(f"--{name}:{colour}" for name, colour in colours.items())

    style = (
        f"<style>svg{{{rules(LIGHT)};background:{PAGES['light']}}}"
        f"@media (prefers-color-scheme:dark){{svg{{{rules(DARK)};background:{PAGES['dark']}}}}}</style>"
    )
    start = html.index(">") + 1
    head = html[:start].replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" '
                                'xmlns:xlink="http://www.w3.org/1999/xlink" ', 1)  # fmt: skip
    return f"{head}{style}{html[start:]}"


def run(parameters: dict[str, Any]) -> dict[str, Any]:
    """Draw in both widths, and by itself."""
    timelines = [(title, json.loads((INPUTS / f"{name}.json").read_text())) for name, title in parameters["timelines"]]
    only_own_fonts()
    label = "Event timeline: kernels above, transfers from flash below"
    # Each of the two has its own, or the hatching of one would be drawn with the other's.
    with matplotlib.rc_context({**SETTINGS, "hatch.linewidth": 1.0}):
        for name, width in WIDTHS.items():
            strips = parameters["strips"] * math.ceil(WIDTHS["wide"] / width / 1.2)
            with matplotlib.rc_context({"svg.hashsalt": f"edgecask timeline {name}"}):
                html = as_html(draw(timelines, strips, width), label)
            html = LONG_NUMBER.sub(r"\1", html)
            (OUTPUTS / f"timeline-{name}.svg").write_text(html)
            if name == "wide":
                (OUTPUTS / "timeline.svg").write_text(as_file(html))
    return {"versions": {"matplotlib": matplotlib.__version__}}
