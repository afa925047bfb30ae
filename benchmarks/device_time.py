"""What the device pays: Vela's estimates for the tutorial's recipe and for ours, and the accuracy, in one run.

    .venv/bin/python benchmarks/device_time.py --weights=FILE.pt [--data=PEOPLE.json] [--calibration=FOLDER] [--quick]

For 192 and 256 pixels: the recipe's model (see build_time.py), then `invoke build --target=grove --crop=none` with what
can be chosen, also within the memory that Himax' app has, and the same network with ReLU6 (see relu6_twin.py).
Everything is Vela 4.5's estimate for its configuration of the chip (ethos-u55-64, flash at 50 MB/s); nothing is
measured on hardware. Vela 5's own core charges flash at twice the configured bandwidth, so its milliseconds do not
compare with these. Beside it stands the event timeline of the compiled commands (pipeline/npu/clock.py), of the model
and of the file with weights brought ahead, and how long flash and kernels are busy in it: no order of the same commands
is faster than the longer of the two. With --data the AP of the quantized models, and of the float one.
"""

from __future__ import annotations

import argparse
import csv
import json
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
HIMAX_ARENA_KIB = {192: 292, 256: 516}
"""What the arena of Himax' pose app leaves a model by its size (targets/grove-himax/target.toml)."""
VARIANTS: dict[str, dict[str, Any]] = {
    "--no-fuse-silu --no-zero-copy-concat": {"fuse_silu": False, "zero_copy_concat": False},
    "--no-zero-copy-concat": {"zero_copy_concat": False},
    "(default)": {},
    "--compress-weights=smaller": {"compress_weights": "smaller"},
    "--compress-weights=smallest": {"compress_weights": "smallest"},
    "--experimental-fuse-into-conv": {"experimental_fuse_into_conv": True},
    "--compress-weights=smallest --experimental-fuse-into-conv": {
        "experimental_fuse_into_conv": True,
        "compress_weights": "smallest",
    },
}
IN_LITTLE_MEMORY = ("(default)", "--compress-weights=smallest")
"""What is also built for the arena of Himax' app."""


QUICK = (
    "(default)", "--compress-weights=smallest", "--experimental-fuse-into-conv",
    "--compress-weights=smallest --experimental-fuse-into-conv",
)  # fmt: skip
HEADINGS = (
    "size", "what", "Vela's estimate", "timeline", "to the recipe", "prefetched", "flash busy", "kernels busy", "SRAM",
    "prefetched in", "flash", "AP",
)  # fmt: skip


def figures_of(summary: Path) -> dict[str, float]:
    """Vela's estimates out of its summary, in milliseconds and KiB."""
    with summary.open(newline="") as stream:
        row = next(csv.DictReader(stream))
    return {
        "npu_ms": 1000 * float(row["inference_time"]),
        "sram_kib": float(row["sram_memory_used"]),
        "flash_kib": float(row["off_chip_flash_memory_used"]),
    }


def package_figures(package: Package) -> dict[str, float]:
    """What a build's manifest and its timeline say."""
    timeline = package.results["compile"].report["timeline"]
    prefetch = package.manifest.get("prefetch", {}).get("metrics", {})
    return {
        **{name: package.manifest["metrics"][name] for name in ("npu_ms", "timeline_ms", "sram_kib", "flash_kib")},
        **{name: timeline[name] for name in ("kernel_ms", "transfer_ms")},
        **{f"prefetch_{name}": prefetch[name] for name in ("timeline_ms", "sram_kib") if name in prefetch},
    }


def recipe_figures(pythons: dict[str, str], weights: Path, image_size: int) -> dict[str, float]:
    """Vela's estimates for the model of the tutorial's recipe."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        run_recipe(pythons, weights, image_size, keep=folder)
        (summary,) = folder.glob("vela/*_summary_*.csv")
        (model,) = folder.glob("vela/*_vela.tflite")
        script = REPOSITORY / "benchmarks" / "clock_of.py"
        ran = subprocess.run([pythons["vela"], script, REPOSITORY, model], capture_output=True, text=True, check=True)
        clock = json.loads(ran.stdout)
        return {**figures_of(summary), "timeline_ms": clock["total_ms"], **clock}


def line(
    size: int, name: str, figures: dict[str, float], recipe: dict[str, float], accuracy: dict[str, Any] | None
) -> str:
    """One row of the table."""
    ahead = "prefetch_timeline_ms" in figures
    cells = (
        str(size),
        name,
        f"{figures['npu_ms']:.1f} ms",
        f"{figures['timeline_ms']:.1f} ms",
        f"{figures['timeline_ms'] / recipe['timeline_ms']:.2f}",
        f"{figures['prefetch_timeline_ms']:.1f} ms" if ahead else "–",
        f"{figures['transfer_ms']:.1f} ms",
        f"{figures['kernel_ms']:.1f} ms",
        f"{figures['sram_kib']:.0f} KiB",
        f"{figures['prefetch_sram_kib']:.0f} KiB" if ahead else "–",
        f"{figures['flash_kib']:,.0f} KiB",
        f"{100 * accuracy['int8']['AP']:.1f}" if accuracy else "–",
    )
    return f"| {' | '.join(cells)} |"


def variants(size: int, *, quick: bool) -> dict[str, dict[str, Any]]:
    """What is built at a size, by how it is called."""
    chosen = {name: value for name, value in VARIANTS.items() if not quick or name in QUICK}
    limit = HIMAX_ARENA_KIB[size]
    for name in IN_LITTLE_MEMORY:
        words = f"--sram-limit={limit}" if name == "(default)" else f"{name} --sram-limit={limit}"
        chosen[words] = {**VARIANTS[name], "sram_limit": limit}
    return chosen


def build_variant(options: argparse.Namespace, size: int, weights: Path, chosen: dict[str, Any]) -> Package:
    """A build as `invoke build` makes it."""
    directories = user_directories()
    with tempfile.TemporaryDirectory() as temporary:
        return build(
            BuildRequest(
                target="grove",
                weights=str(weights),
                image_size=size,
                crop="none",
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
    parser.add_argument("--imgsz", type=int, choices=SIZES, action="append", help="this size alone (default: both)")
    parser.add_argument("--quick", action="store_true", help="not what the default was without a step, nor ReLU6")
    options = parser.parse_args()
    pythons = environment_pythons()
    print(f"| {' | '.join(HEADINGS)} |\n{'|---' * len(HEADINGS)}|", flush=True)
    with tempfile.TemporaryDirectory() as temporary:
        twin = Path(temporary) / "relu6.pt"
        if not options.quick:
            subprocess.run([pythons["export"], str(RELU6_TWIN), str(options.weights), str(twin)], check=True)
        for size in options.imgsz or SIZES:
            recipe = recipe_figures(pythons, options.weights.resolve(), size)
            print(line(size, "the tutorial's recipe", recipe, recipe, None), flush=True)
            floating = None
            for name, chosen in variants(size, quick=options.quick).items():
                package = build_variant(options, size, options.weights, chosen)
                accuracy = package.manifest.get("accuracy")
                floating = accuracy["float"]["AP"] if accuracy else None
                figures = package_figures(package)
                print(line(size, f"`{name}`", figures, recipe, accuracy), flush=True)
            if not options.quick:
                package = build_variant(options, size, twin, {})
                print(line(size, "ReLU6, not trained", package_figures(package), recipe, None), flush=True)
            if floating is not None:
                empty = "| – " * (len(HEADINGS) - 3)
                print(f"| {size} | float, not for the device {empty}| {100 * floating:.1f} |", flush=True)


if __name__ == "__main__":
    main()
