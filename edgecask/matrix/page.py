"""dist/matrix/index.html: all builds in a table that sorts, and accuracy over time and size with the Pareto front.

One page that fetches nothing; the drawing is SVG, made here from the figures alone.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from edgecask.matrix.choice import FIGURES, LARGER_IS_BETTER, front
from edgecask.matrix.table import Entry
from edgecask.templates import page_templates, script_digest

FOLDER = Path(__file__).resolve().parent
TEMPLATE = "matrix.html.j2"
WIDTH, HEIGHT, MARGIN = 640, 360, 48
"""Of the drawing, in units of SVG."""
SMALLEST, LARGEST = 5.0, 14.0
"""Radii of the marks: their area shows how much flash a model takes."""
TICKS = 5


@dataclass(frozen=True, kw_only=True)
class Mark:
    """One build in the drawing, and where its package is from the page."""

    name: str
    x: float
    y: float
    radius: float
    on_front: bool
    text: str
    package: str


@dataclass(frozen=True, kw_only=True)
class Scatter:
    """The drawing: marks, the front as a line, and what the axes say at which place."""

    better: str
    marks: tuple[Mark, ...]
    line: str
    horizontal: tuple[tuple[float, str], ...]
    vertical: tuple[tuple[float, str], ...]
    width: int = WIDTH
    height: int = HEIGHT
    margin: int = MARGIN


def scatter(entries: Sequence[Entry]) -> Scatter | None:
    """Accuracy over milliseconds; None where fewer than two builds have both figures."""
    figures = {entry.name: entry.figures for entry in entries if entry.state == "built"}
    packages = {entry.name: entry.package for entry in entries}
    counts = {name: sum(name in found and "ms" in found for found in figures.values()) for name in LARGER_IS_BETTER}
    better = max(LARGER_IS_BETTER, key=lambda name: counts[name])
    known = {name: found for name, found in figures.items() if better in found and "ms" in found}
    if len(known) < 2:
        return None
    across, up = (ticks([found[axis] for found in known.values()]) for axis in ("ms", better))
    flash = [found.get("flash", 0.0) for found in known.values()]
    kept = front(known, better=better, cheaper="ms")

    def place(found: Mapping[str, float]) -> tuple[float, float]:
        x = MARGIN + (WIDTH - 2 * MARGIN) * (found["ms"] - across[0]) / (across[-1] - across[0])
        y = HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * (found[better] - up[0]) / (up[-1] - up[0])
        return round(x, 1), round(y, 1)

    marks = []
    for name, found in sorted(known.items(), key=lambda item: (-item[1].get("flash", 0.0), item[0])):
        x, y = place(found)
        share = math.sqrt(found.get("flash", 0.0) / max(flash)) if max(flash) else 0.0
        text = ", ".join(f"{figure} {found[figure]:g}" for figure in FIGURES if figure in found)
        marks.append(
            Mark(
                name=name,
                x=x,
                y=y,
                radius=round(SMALLEST + (LARGEST - SMALLEST) * share, 1),
                on_front=name in kept,
                text=f"{name}: {text}",
                package=packages[name],
            )
        )
    return Scatter(
        better=better,
        marks=tuple(marks),
        line=" ".join(f"{x},{y}" for x, y in (place(known[name]) for name in kept)),
        horizontal=tuple((place({"ms": tick, better: up[0]})[0], f"{tick:g}") for tick in across),
        vertical=tuple((place({"ms": across[0], better: tick})[1], f"{tick:g}") for tick in up),
    )


def ticks(values: Sequence[float]) -> list[float]:
    """Round numbers that enclose all values, about TICKS of them, at least two."""
    low, high = min(values), max(values)
    if high == low:
        low, high = low - 1, high + 1
    rough = (high - low) / TICKS
    magnitude = 10 ** math.floor(math.log10(rough))
    step = next(factor * magnitude for factor in (1, 2, 5, 10) if factor * magnitude >= rough)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [round(number * step, 10) for number in range(first, last + 1)]


def render(entries: Sequence[Entry], *, best: str | None) -> bytes:
    """The page. Names are whatever users wrote: everything is escaped."""
    style, script = ((FOLDER / name).read_text(encoding="utf-8") for name in ("matrix.css", "matrix.js"))
    text = (
        page_templates(FOLDER)
        .get_template(TEMPLATE)
        .render(
            entries=entries,
            best=best,
            figures=FIGURES,
            shown=[name for name in FIGURES if any(name in entry.figures for entry in entries)],
            scatter=scatter(entries),
            style=style,
            script=script,
            script_sha256=script_digest(script),
        )
    )
    return text.encode()
