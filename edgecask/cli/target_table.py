"""The README's table of targets: what each device costs, read from the packages in dist/."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from edgecask.errors import StorageError
from edgecask.firmware.board.measurement import WHOLE, Measured, measured_path, read_measured
from edgecask.package.manifest import read_manifest
from edgecask.target.package_tables import Accuracy, Agreement, Manifest
from edgecask.target.target import Target

MEASURED, AGREEMENT = "measured on a board", "agreement with float"
COLUMNS = (
    "target", "device", "size", "model", "SRAM or arena", "flash", "operators NPU / CPU", "NPU time → prefetched",
    MEASURED, AGREEMENT, "AP float → int8",
)  # fmt: skip
OPTIONAL = (MEASURED, AGREEMENT)
"""Columns that are left out where there is nothing in them."""
NOTHING = "–"


def _kibibytes(value: float | None) -> str:
    return f"{value:,.0f} KiB" if value is not None else NOTHING


def _accuracy(accuracy: Accuracy | None) -> str:
    if accuracy is None:
        return NOTHING
    return f"{100 * accuracy['float']['AP']:.1f} → {100 * accuracy['int8']['AP']:.1f}"


def _agreement(agreement: Agreement | None) -> str:
    if agreement is None or "AP" not in agreement:
        return NOTHING
    low, high = (100 * end for end in agreement["interval"])
    return f"{100 * agreement['AP']:.1f} ({low:.0f} to {high:.0f})"


def _measured(measured: Measured | None, manifest: Manifest) -> str:
    """What a board said of this very model; a dash where nobody measured it."""
    if measured is None or measured["model"].get("sha256") != manifest["model"]["sha256"]:
        return NOTHING
    name = "inference" if "inference" in measured["milliseconds"] else WHOLE
    milliseconds = measured["milliseconds"][name]["median"]
    firmware = f", firmware of {measured['board']['software']}" if measured["board"].get("software") else ""
    return f"{milliseconds:g} ms ({measured['board'].get('name', '')}{firmware}, {measured['date']})"


def _time(manifest: Manifest) -> str:
    """By the event timeline, and that of the second file; by Vela's estimate where a package of 0.1 has no other."""
    metrics, ahead = manifest["metrics"], manifest.get("prefetch", {}).get("metrics")
    if "timeline_ms" not in metrics:
        return f"{metrics['npu_ms']:.1f} ms" if "npu_ms" in metrics else NOTHING
    times = [metrics["timeline_ms"], *([ahead["timeline_ms"]] if ahead else [])]
    return " → ".join(f"{milliseconds:.1f}" for milliseconds in times) + " ms"


def _cells(target: Target, manifest: Manifest, measured: str) -> list[str]:
    metrics = manifest["metrics"]
    return [
        f"`{target.name}`",
        target.title,
        str(manifest["imgsz"]),
        f"{manifest['model']['bytes']:,} bytes",
        _kibibytes(metrics.get("sram_kib", metrics.get("arena_kib"))),
        _kibibytes(metrics["flash_kib"]),
        f"{metrics['npu_ops']} / {metrics['cpu_ops']}" if "npu_ops" in metrics else f"{metrics['operators']} in all",
        _time(manifest),
        measured,
        _agreement(manifest.get("agreement")),
        _accuracy(manifest.get("accuracy")),
    ]


def markdown_table(targets: Sequence[Target], dist: Path) -> str:
    """One line for each target that has a package in `dist`; raises StorageError where none has."""
    rows = []
    for target in targets:
        manifest = read_manifest(dist / target.name, target=target.name)
        if manifest is not None:
            rows.append(_cells(target, manifest, _measured(read_measured(measured_path(dist, target.name)), manifest)))
    if not rows:
        raise StorageError(
            f"There is no package in {dist}.",
            advice=f"Run `invoke build --target={targets[0].name}` first; the table is made from packages.",
        )
    shown = [
        number
        for number, title in enumerate(COLUMNS)
        if title not in OPTIONAL or any(row[number] != NOTHING for row in rows)
    ]
    lines = [[row[number] for number in shown] for row in (COLUMNS, ["---"] * len(COLUMNS), *rows)]
    return "".join(f"| {' | '.join(line)} |\n".replace("| --- ", "|---").replace("--- |", "---|") for line in lines)
