"""What agreement sees of a convolution whose weights are all one step too large: a table in Markdown.

    .venv/bin/python benchmarks/one_step.py --weights=FILE.pt --calibration=FOLDER --data=FOLDER [--images=80]
        [--target=grove] [--imgsz=192] [--store=FOLDER] [--output=FILE.md]

The model is the one that a default build with few images makes. For each of its convolutions there is another, in which
every code of that one's weights is larger by one, and all of them look at the same images, of which none calibrated. A
gate, --min-agreement, fails a damaged model where it stands between the two figures. What a difference is worth is told
by models that are none the worse: the other sizes of weights.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from accuracy import BYTES, LEVELS, Measurement, lines_of, load, store_at

from edgecask.directories import Directories, user_directories
from edgecask.progress import PlainDisplay
from edgecask.runner.environments.environment import load_environment
from edgecask.runner.executor import Execution
from edgecask.runner.venv import VirtualEnvironmentRunner
from edgecask.store.store import Store
from edgecask.target.target import load_target

DAMAGE = Path(__file__).resolve().parents[1] / "tests" / "integration" / "damage_by_a_step.py"
HEADINGS = ("convolution", "weights", "agreement", "fall", "px off")


def parsed_options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", default="demo")
    parser.add_argument("--calibration", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--images", type=int, default=80)
    parser.add_argument("--target", default="grove")
    parser.add_argument("--imgsz", type=int, default=192)
    parser.add_argument("--store", type=Path)
    parser.add_argument("--output", type=Path)
    return parser.parse_args()


def row_of(name: str, weights: int, found: dict[str, Any], intact: float) -> list[str]:
    """A row of the table, with what agreement fell by."""
    agreement = found["agreement"]
    points = 100 * agreement["AP"]
    return [name, f"{weights:,}", f"{points:.1f}", f"{intact - points:.1f}", f"{agreement['distance']['pixels']:.2f}"]


def main() -> None:
    """Damage one convolution after another, and print the table from the largest fall on."""
    options = parsed_options()
    with store_at(options.store) as folder, tempfile.TemporaryDirectory() as temporary:
        directories = Directories(home=user_directories().home, store=folder)
        runner = VirtualEnvironmentRunner(directories)
        store = Store(folder)
        execution = Execution(
            directories=directories, store=store, runner=runner, display=PlainDisplay(sys.stderr)
        )  # fmt: skip
        data = load(store, options.data, None, options.calibration, options.images)
        target = load_target(options.target).seen_with("none")
        size = target.image_size(options.imgsz)
        measurement = Measurement(execution, target, size, options.weights, data, None)
        levels = list(LEVELS) if target.compile is not None else [BYTES]
        others = {name: measurement.of(name) for name in levels}
        intact = others.pop(levels[0])
        points = 100 * intact["agreement"]["AP"]
        convert = runner._folder(load_environment("convert")) / "bin" / "python"
        done = subprocess.run(
            [convert, DAMAGE, intact["model"].path, temporary], check=True, capture_output=True, text=True
        )
        rows = [
            (found["agreement"]["AP"], row_of(name, weights, found, points))
            for number, name, weights in json.loads(done.stdout)
            for found in [measurement.of_file(Path(temporary) / f"{number}.tflite")]
        ]
        people, low, high = intact["agreement"]["people"], *intact["agreement"]["interval"]
        table = [
            f"{data.images} images with {people} people, {options.target} at {size}, {data.calibrating} calibrating: "
            f"{points:.1f} (95 % interval {100 * low:.1f} to {100 * high:.1f}), "
            f"{intact['agreement']['distance']['pixels']:.2f} pixels off. Undamaged: "
            + ", ".join(f"{name} {100 * found['agreement']['AP']:.1f}" for name, found in others.items()),
            "",
            lines_of(HEADINGS),
            lines_of(["---"] * len(HEADINGS)),
            *(lines_of(row) for _, row in sorted(rows)),
        ]
        print("\n".join(table))
        if options.output is not None:
            options.output.write_text("\n".join(table) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
