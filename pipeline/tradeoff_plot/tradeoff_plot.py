"""The report's curve of accuracy over time, in the environment `evaluate` (matplotlib).

Input `curve.json`: {"points": [{"name", "npu_ms", "accuracy"}], "chosen", "floating"}, times in milliseconds, accuracy
as AP from 0 to 100; `floating` is that of the float model. No parameters. Outputs `curve-wide.svg`, `curve-narrow.svg`,
as cost_plots.py draws the others.
"""

from __future__ import annotations

import json
from typing import Any

import matplotlib

from pipeline.cost_plots.cost_plots import COLOURS, SETTINGS, WIDTHS, as_html, new_figure, only_own_fonts
from pipeline.harness import INPUTS, OUTPUTS

HEIGHT = 240
ROOM = 0.18
"""Of what the points span, left free around them for their names."""


def span(values: list[float], least: float) -> tuple[float, float]:
    """Limits with room around the values; at least `least` apart."""
    low, high = min(values), max(values)
    margin = max(ROOM * (high - low), (least - (high - low)) / 2)
    return low - margin, high + margin


def draw_curve(points: list[dict[str, Any]], chosen: str, floating: float, width: int) -> str:
    """A point a level, joined in their order, with the float model's accuracy as a line."""
    figure, axes = new_figure(width, HEIGHT)
    times, values = ([point[key] for point in points] for key in ("npu_ms", "accuracy"))
    axes.axhline(floating, color=COLOURS["faint"], linewidth=1.5, linestyle=(0, (6, 3)))
    axes.plot(times, values, color=COLOURS["faint"], linewidth=1.0)
    for point in points:
        # A line of no length with round ends is a dot, where a marker would be a reference that two plots share.
        axes.plot(
            [point["npu_ms"]] * 2, [point["accuracy"]] * 2, color=COLOURS["memory"], solid_capstyle="round",
            linewidth=13 if point["name"] == chosen else 7, clip_on=False,
        )  # fmt: skip
        axes.annotate(
            f"{point['name']} {point['accuracy']:.1f}", (point["npu_ms"], point["accuracy"]), xytext=(0, -9),
            textcoords="offset points", ha="center", va="top",
        )  # fmt: skip
    axes.set_xlim(*span(times, least=1.0))
    axes.set_ylim(*span([*values, floating], least=4.0))
    axes.annotate(
        f"float {floating:.1f}", (axes.get_xlim()[1], floating), xytext=(0, 3), textcoords="offset points", ha="right"
    )
    axes.set_xlabel("milliseconds")
    axes.set_ylabel("AP")
    axes.grid(color=COLOURS["faint"], linewidth=0.5, alpha=0.5)
    axes.set_axisbelow(True)
    return as_html(figure, "accuracy over NPU time, by level of compression")


def run(parameters: dict[str, Any]) -> dict[str, Any]:
    """Draw it in both widths."""
    data = json.loads((INPUTS / "curve.json").read_text())
    only_own_fonts()
    with matplotlib.rc_context(SETTINGS):
        for name, width in WIDTHS.items():
            curve = draw_curve(data["points"], data["chosen"], data["floating"], width)
            (OUTPUTS / f"curve-{name}.svg").write_text(curve)
    return {"versions": {"matplotlib": matplotlib.__version__}}
