"""The README's table of targets: what each device costs, read from the packages in dist/."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from edgecask.errors import StorageError
from edgecask.package.manifest import read_manifest
from edgecask.target.package_tables import Accuracy, Manifest
from edgecask.target.target import Target

HEADER = (
    "| target | device | size | model | SRAM or arena | flash | operators NPU / CPU | NPU time | AP float → int8 |\n"
    "|---|---|---|---|---|---|---|---|---|\n"
)


def _kibibytes(value: float | None) -> str:
    return f"{value:,.0f} KiB" if value is not None else "–"


def _accuracy(accuracy: Accuracy | None) -> str:
    if accuracy is None:
        return "–"
    return f"{100 * accuracy['float']['AP']:.1f} → {100 * accuracy['int8']['AP']:.1f}"


def _line(target: Target, manifest: Manifest) -> str:
    metrics = manifest["metrics"]
    time = f"{metrics['npu_ms']:.1f} ms" if "npu_ms" in metrics else "–"
    cells = (
        f"`{target.name}`",
        target.title,
        str(manifest["imgsz"]),
        f"{manifest['model']['bytes']:,} bytes",
        _kibibytes(metrics.get("sram_kib", metrics.get("arena_kib"))),
        _kibibytes(metrics["flash_kib"]),
        f"{metrics['npu_ops']} / {metrics['cpu_ops']}" if "npu_ops" in metrics else f"{metrics['operators']} in all",
        time,
        _accuracy(manifest.get("accuracy")),
    )
    return f"| {' | '.join(cells)} |\n"


def markdown_table(targets: Sequence[Target], dist: Path) -> str:
    """One line a target; raises StorageError for one that has no package in `dist`."""
    lines = []
    for target in targets:
        folder = dist / target.name
        manifest = read_manifest(folder, target=target.name)
        if manifest is None:
            raise StorageError(
                f"There is no package in {folder}.",
                advice=f"Run `invoke build --target={target.name}` first; the table is made from packages.",
            )
        lines.append(_line(target, manifest))
    return HEADER + "".join(lines)
