"""What the device pays: Vela's estimates for the tutorial's recipe and for ours, and the accuracy, in one run.

    .venv/bin/python benchmarks/device_time.py --weights=FILE.pt [--data=PEOPLE.json] [--calibration=FOLDER]

For 192 and 256 pixels: the recipe's model (see build_time.py), then `invoke build --target=grove` with what can be
chosen. Everything is Vela 4.5's estimate for its configuration of the chip (ethos-u55-64, flash at 50 MB/s); nothing is
measured on hardware. Vela 5's own core charges flash at twice the configured bandwidth, so its milliseconds do not
compare with these. With --data the AP of the integer models, and of the float one.
"""

from __future__ import annotations

import argparse
import csv
import sys
import tempfile
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))
sys.path.insert(0, str(REPOSITORY / "benchmarks"))

from build_time import environment_pythons, run_recipe

from pipeline.build import BuildRequest, build
from pipeline.directories import user_directories
from pipeline.display import PlainDisplay
from pipeline.runner.venv import VirtualEnvironmentRunner

SIZES = (192, 256)
VARIANTS: dict[str, dict[str, Any]] = {
    "--no-fuse-silu --no-refine": {"silu": "separate", "refine": False},
    "--no-fuse-silu": {"silu": "separate"},
    "(default)": {},
    "--compact=safe": {"compact": "safe"},
    "--compact=max": {"compact": "max"},
    "--experimental-fuse-into-conv": {"silu": "convolution"},
    "--compact=max --experimental-fuse-into-conv": {"silu": "convolution", "compact": "max"},
}


def recipe_figures(pythons: dict[str, str], weights: Path, image_size: int) -> dict[str, float]:
    """Vela's estimates for the model of the tutorial's recipe."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        run_recipe(pythons, weights, image_size, keep=folder)
        (summary,) = folder.glob("vela/*_summary_*.csv")
        with summary.open(newline="") as stream:
            row = next(csv.DictReader(stream))
    return {
        "npu_ms": 1000 * float(row["inference_time"]),
        "sram_kib": float(row["sram_memory_used"]),
        "flash_kib": float(row["off_chip_flash_memory_used"]),
    }


def line(
    size: int, name: str, metrics: dict[str, Any], recipe: dict[str, float], accuracy: dict[str, Any] | None
) -> str:
    """One row of the table."""
    ap = f"{100 * accuracy['int8']['AP']:.1f}" if accuracy else "–"
    ratio = metrics["npu_ms"] / recipe["npu_ms"]
    return (
        f"| {size} | {name} | {metrics['npu_ms']:.1f} ms | {ratio:.2f} | {metrics['sram_kib']:.0f} KiB "
        f"| {metrics['flash_kib']:,.0f} KiB | {ap} |"
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", required=True, type=Path)
    parser.add_argument("--calibration", type=Path)
    parser.add_argument("--data", type=Path)
    options = parser.parse_args()
    directories = user_directories()
    pythons = environment_pythons()
    rows = ["| size | what | NPU time | to the recipe | SRAM | flash | AP |", "|---|---|---|---|---|---|---|"]
    for size in SIZES:
        recipe = recipe_figures(pythons, options.weights.resolve(), size)
        rows.append(line(size, "the tutorial's recipe", recipe, recipe, None))
        floating = None
        for name, chosen in VARIANTS.items():
            with tempfile.TemporaryDirectory() as temporary:
                package = build(
                    BuildRequest(
                        target="grove",
                        weights=str(options.weights),
                        image_size=size,
                        calibration=options.calibration,
                        data=options.data,
                        output=Path(temporary),
                        **chosen,
                    ),
                    directories=directories,
                    runner=VirtualEnvironmentRunner(directories),
                    display=PlainDisplay(sys.stderr),
                )
            accuracy = package.manifest.get("accuracy")
            floating = accuracy["float"]["AP"] if accuracy else None
            rows.append(line(size, f"`{name}`", dict(package.manifest["metrics"]), recipe, accuracy))
        if floating is not None:
            rows.append(f"| {size} | float, not for the device | – | – | – | – | {100 * floating:.1f} |")
    print("\n".join(rows))


if __name__ == "__main__":
    main()
