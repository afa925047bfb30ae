"""The report's plots, in the environment `evaluate` (matplotlib).

Input `figures.json`: {"layers": [{"name", "multiplying", "elementwise", "weights", "activations"}], "memory":
[{"start", "end", "kib"}], "limit_kib"}, times in milliseconds; `limit_kib` may be null. No parameters.
Outputs `layers-wide.svg`, `layers-narrow.svg`, `memory-wide.svg`, `memory-narrow.svg`: to be put into HTML as they are,
each in two widths, so that letters have the same size on a desk and on a phone. Colours are variables of the page's
style sheet, so that plots follow its light and dark mode.
"""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from pipeline.harness import INPUTS, OUTPUTS

WIDTHS = {"wide": 720, "narrow": 330}
"""In CSS pixels, of which matplotlib takes 72 for an inch here."""
PIXELS_PER_INCH = 72
BAR_HEIGHT = 20
MEMORY_HEIGHT = 220
PARTS = ("multiplying", "elementwise", "weights", "activations")
# What matplotlib draws with, and what stands in the page's style sheet in its place.
COLOURS = {name: f"#0102{number:02x}" for number, name in enumerate(("ink", "faint", "memory", "limit", *PARTS))}
SETTINGS = {
    "svg.fonttype": "none",  # text stays text: read aloud, searched, in the reader's font
    "svg.hashsalt": "edgecask",
    "text.parse_math": False,
    "font.size": 11.0,
    "font.family": "DejaVu Sans",
    "text.color": COLOURS["ink"],
    "axes.labelcolor": COLOURS["ink"],
    "axes.edgecolor": COLOURS["faint"],
    "xtick.color": COLOURS["faint"],
    "ytick.color": COLOURS["faint"],
    "xtick.bottom": False,
    "ytick.left": False,
    "xtick.labelcolor": COLOURS["ink"],
    "ytick.labelcolor": COLOURS["ink"],
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 1.0,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
}


def only_own_fonts() -> None:
    """Measure text by the font that comes with matplotlib, whatever the machine has."""
    own = Path(matplotlib.get_data_path())
    manager = font_manager.fontManager
    manager.ttflist = [entry for entry in manager.ttflist if Path(entry.fname).is_relative_to(own)]


def new_figure(width: int, height: int) -> tuple[Figure, Axes]:
    """A figure of that many pixels with one set of axes."""
    figure = Figure(figsize=(width / PIXELS_PER_INCH, height / PIXELS_PER_INCH), layout="constrained")
    FigureCanvasSVG(figure)
    return figure, figure.add_subplot()


def as_html(figure: Figure, label: str) -> str:
    """The figure as an element of an HTML page, read to the blind as `label` (plain words)."""
    stream = io.StringIO()
    figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    text = stream.getvalue()
    text = text[text.index("<svg") :]
    # A style for every element of the page, and numbered ids that two figures of a page would share.
    text = re.sub(r"<style.*?</style>", "", text, flags=re.DOTALL)
    text = re.sub(r' id="[\w.]+_\d+"', "", text)
    text = re.sub(r"<svg [^>]*?(viewBox=\"[^\"]*\")[^>]*>", rf'<svg \1 role="img" aria-label="{label}">', text, count=1)
    for name, colour in COLOURS.items():
        text = text.replace(colour, f"var(--{name})")
    return text


def draw_layers(layers: list[dict[str, Any]], width: int) -> str:
    """A bar a layer, the first on top, in the parts of its time."""
    figure, axes = new_figure(width, BAR_HEIGHT * len(layers) + 36)
    rows = range(len(layers))
    ends = [0.0] * len(layers)
    for part in PARTS:
        lengths = [layer[part] for layer in layers]
        axes.barh(rows, lengths, left=ends, color=COLOURS[part], height=0.72)
        ends = [end + length for end, length in zip(ends, lengths, strict=True)]
    for row, end in zip(rows, ends, strict=True):
        axes.annotate(f"{end:.1f}", (end, row), xytext=(4, 0), textcoords="offset points", va="center_baseline")
    axes.set_yticks(rows, [layer["name"] for layer in layers])
    axes.set_ylim(len(layers) - 0.5, -0.5)
    axes.set_xlim(0, 1.12 * max(ends))  # room for the last number
    axes.set_xlabel("milliseconds")
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x", color=COLOURS["faint"], linewidth=0.5, alpha=0.5)
    axes.set_axisbelow(True)
    return as_html(figure, "NPU time by layer, as bars")


def draw_memory(memory: list[dict[str, Any]], limit_kib: float | None, width: int) -> str:
    """What is in use over the inference, against the limit."""
    figure, axes = new_figure(width, MEMORY_HEIGHT)
    edges = [memory[0]["start"], *(step["end"] for step in memory)]
    values = [step["kib"] for step in memory]
    axes.stairs(values, edges, fill=True, color=COLOURS["memory"])
    top = max(values)
    peak = values.index(top)
    late = edges[peak] > edges[-1] / 2
    axes.annotate(
        f"peak {top:.0f} KiB", (edges[peak + late], top), xytext=(0, 3), textcoords="offset points",
        ha="right" if late else "left",
    )  # fmt: skip
    if limit_kib is not None:
        top = max(top, limit_kib)
        axes.axhline(limit_kib, color=COLOURS["limit"], linewidth=1.5, linestyle=(0, (6, 3)))
        axes.annotate(
            f"limit {limit_kib:g} KiB", (edges[-1], limit_kib), xytext=(0, -5), textcoords="offset points",
            ha="right", va="top", color=COLOURS["limit"],
        )  # fmt: skip
    axes.set_xlim(edges[0], edges[-1])
    axes.set_ylim(0, 1.1 * top)
    axes.set_xlabel("milliseconds")
    axes.set_ylabel("KiB")
    axes.grid(axis="y", color=COLOURS["faint"], linewidth=0.5, alpha=0.5)
    axes.set_axisbelow(True)
    return as_html(figure, "SRAM in use over the inference")


def run(parameters: dict[str, Any]) -> dict[str, Any]:
    """Draw everything in both widths."""
    data = json.loads((INPUTS / "figures.json").read_text())
    only_own_fonts()
    with matplotlib.rc_context(SETTINGS):
        for name, width in WIDTHS.items():
            (OUTPUTS / f"layers-{name}.svg").write_text(draw_layers(data["layers"], width))
            memory = draw_memory(data["memory"], data["limit_kib"], width)
            (OUTPUTS / f"memory-{name}.svg").write_text(memory)
    return {"versions": {"matplotlib": matplotlib.__version__}}
