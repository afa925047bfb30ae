"""What became of every build of a matrix: as JSON, as CSV, and for the page."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from edgecask.files import readable_json
from edgecask.target.package_tables import Manifest

FULL_SCORE = 100
COLUMNS = ("name", "target", "weights", "imgsz", "compress_weights", "state", "ms", "flash", "sram", "ap", "agreement")
FIGURES = ("ms", "flash", "sram", "ap", "agreement")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One build: `state` is built, failed or stopped; `figures` are those of edgecask.matrix.choice by their names.

    `package` is the folder below that of the matrix, `error` the one line of a build that failed.
    """

    name: str
    target: str
    weights: str
    imgsz: int
    compress_weights: str
    state: str
    figures: Mapping[str, float] = field(default_factory=dict)
    package: str = ""
    error: str = ""
    exit_code: int = 0

    def row(self) -> dict[str, Any]:
        """The entry as a flat row, by COLUMNS, with the error at the end."""
        facts = asdict(self)
        return {name: facts.get(name, self.figures.get(name, "")) for name in COLUMNS} | {"error": self.error}


def figures_of(manifest: Manifest) -> dict[str, float]:
    """The figures of a package that a matrix is judged by."""
    metrics = manifest["metrics"]
    named = {"ms": ("npu_ms",), "flash": ("flash_kib",), "sram": ("sram_kib", "arena_kib")}
    found = {name: float(metrics[key]) for name, keys in named.items() for key in keys if metrics.get(key) is not None}
    if "accuracy" in manifest:
        found["ap"] = round(FULL_SCORE * float(manifest["accuracy"]["int8"]["AP"]), 2)
    agreement = dict(manifest).get("agreement")
    if isinstance(agreement, dict) and isinstance(agreement.get("AP"), int | float):
        found["agreement"] = round(FULL_SCORE * float(agreement["AP"]), 2)
    return found


def as_json(entries: Sequence[Entry], *, best: str | None) -> bytes:
    """matrix.json: the entries in their order, without times, so that the same builds give the same bytes."""
    return readable_json({"schema": 1, "best": best, "builds": [asdict(entry) for entry in entries]})


def as_csv(entries: Sequence[Entry]) -> bytes:
    """matrix.csv: a row for each build."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, fieldnames=[*COLUMNS, "error"], lineterminator="\n")
    writer.writeheader()
    for entry in entries:
        writer.writerow({name: _harmless(value) for name, value in entry.row().items()})
    return stream.getvalue().encode()


def _harmless(value: Any) -> Any:
    """A text that a spreadsheet does not take for a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t") else value
