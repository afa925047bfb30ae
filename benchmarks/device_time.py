"""What the device pays: Vela's estimates for the tutorial's recipe and for ours, and the accuracy, in one run.

    .venv/bin/python benchmarks/device_time.py --weights=FILE.pt [--data=PEOPLE.json] [--calibration=FOLDER]

For 192 and 256 pixels: the recipe's model (see build_time.py), then `invoke build --target=grove` with what can be
chosen, and the same network with ReLU6 (see relu6_twin.py). Everything is Vela 4.5's estimate for its configuration of
the chip (ethos-u55-64, flash at 50 MB/s); nothing is measured on hardware. Vela 5's own core charges flash at twice the
configured bandwidth, so its milliseconds do not compare with these. "Weights alone" is how long the flash needs for the
weights, "MACs alone" how long 64 MACs a cycle need for the multiplications: no schedule is faster than the longer of
the two. With --data the AP of the integer models, and of the float one.
"""

from __future__ import annotations

import argparse
import csv
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))
sys.path.insert(0, str(REPOSITORY / "benchmarks"))

from build_time import environment_pythons, run_recipe

from edgecask.build import BuildRequest, build
from edgecask.directories import user_directories
from edgecask.package.package import Package
from edgecask.progress import PlainDisplay
from edgecask.runner.venv import VirtualEnvironmentRunner

RELU6_TWIN = REPOSITORY / "benchmarks" / "relu6_twin.py"
SIZES = (192, 256)
VARIANTS: dict[str, dict[str, Any]] = {
    "--no-fuse-silu --no-zero-copy-concat --no-range-search": {
        "fuse_silu": False,
        "zero_copy_concat": False,
        "range_search": False,
    },
    "--no-fuse-silu --no-zero-copy-concat": {"fuse_silu": False, "zero_copy_concat": False},
    "--no-zero-copy-concat": {"zero_copy_concat": False},
    "(default)": {},
    "--compress-weights=safe": {"compress_weights": "safe"},
    "--compress-weights=max": {"compress_weights": "max"},
    "--experimental-fuse-into-conv": {"experimental_fuse_into_conv": True},
    "--compress-weights=max --experimental-fuse-into-conv": {
        "experimental_fuse_into_conv": True,
        "compress_weights": "max",
    },
}


MACS_A_CYCLE = 64


def figures_of(summary: Path) -> dict[str, float]:
    """Vela's estimates out of its summary, and the two bounds, in milliseconds and KiB."""
    with summary.open(newline="") as stream:
        row = next(csv.DictReader(stream))
    return {
        "npu_ms": 1000 * float(row["inference_time"]),
        "sram_kib": float(row["sram_memory_used"]),
        "flash_kib": float(row["off_chip_flash_memory_used"]),
        # The summary has GB/s, of 10⁹ bytes.
        "weights_ms": float(row["total_npu_encoded_weights"]) / (1e6 * float(row["off_chip_flash_bandwidth"])),
        "macs_ms": 1000 * float(row["nn_macs"]) / (MACS_A_CYCLE * float(row["core_clock"])),
    }


def recipe_figures(pythons: dict[str, str], weights: Path, image_size: int) -> dict[str, float]:
    """Vela's estimates for the model of the tutorial's recipe."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        run_recipe(pythons, weights, image_size, keep=folder)
        (summary,) = folder.glob("vela/*_summary_*.csv")
        return figures_of(summary)


def line(
    size: int, name: str, figures: dict[str, float], recipe: dict[str, float], accuracy: dict[str, Any] | None
) -> str:
    """One row of the table."""
    ap = f"{100 * accuracy['int8']['AP']:.1f}" if accuracy else "–"
    ratio = figures["npu_ms"] / recipe["npu_ms"]
    return (
        f"| {size} | {name} | {figures['npu_ms']:.1f} ms | {ratio:.2f} | {figures['weights_ms']:.1f} ms "
        f"| {figures['macs_ms']:.1f} ms | {figures['sram_kib']:.0f} KiB | {figures['flash_kib']:,.0f} KiB | {ap} |"
    )


def build_variant(options: argparse.Namespace, size: int, weights: Path, chosen: dict[str, Any]) -> Package:
    """A build as `invoke build` makes it."""
    directories = user_directories()
    with tempfile.TemporaryDirectory() as temporary:
        return build(
            BuildRequest(
                target="grove",
                weights=str(weights),
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


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", required=True, type=Path)
    parser.add_argument("--calibration", type=Path)
    parser.add_argument("--data", type=Path)
    options = parser.parse_args()
    pythons = environment_pythons()
    rows = [
        "| size | what | NPU time | to the recipe | weights alone | MACs alone | SRAM | flash | AP |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    with tempfile.TemporaryDirectory() as temporary:
        twin = Path(temporary) / "relu6.pt"
        subprocess.run([pythons["export"], str(RELU6_TWIN), str(options.weights), str(twin)], check=True)
        for size in SIZES:
            recipe = recipe_figures(pythons, options.weights.resolve(), size)
            rows.append(line(size, "the tutorial's recipe", recipe, recipe, None))
            floating = None
            for name, chosen in VARIANTS.items():
                package = build_variant(options, size, options.weights, chosen)
                accuracy = package.manifest.get("accuracy")
                floating = accuracy["float"]["AP"] if accuracy else None
                figures = figures_of(package.results["compile"].outputs["vela_summary.csv"].path)
                rows.append(line(size, f"`{name}`", figures, recipe, accuracy))
            package = build_variant(options, size, twin, {})
            figures = figures_of(package.results["compile"].outputs["vela_summary.csv"].path)
            rows.append(line(size, "ReLU6, not trained", figures, recipe, None))
            if floating is not None:
                rows.append(f"| {size} | float, not for the device | – | – | – | – | – | – | {100 * floating:.1f} |")
    print("\n".join(rows))


if __name__ == "__main__":
    main()
