"""What activations of more than 8 bits would gain, and what of the loss the weights cause: a table in Markdown.

    .venv/bin/python benchmarks/wider_activations.py --weights=FILE.pt --calibration=FOLDER --images=FOLDER
        [--target=grove] [--imgsz=192] [--crop=none] [--output=FILE.md]

An Ethos-U55 multiplies activations of 16 bits by weights of 8. Before anything is built for that, this says what it
would be worth: the float model computes with the weights and the codes of a default build, calibrated with the images
of --calibration, and some layers' activations are left as they are, which is more than 16 bits would give. The outputs
have the codes that the firmware reads. Agreement is measured on the images of --images, as of every build.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))
sys.path.insert(0, str(REPOSITORY / "benchmarks"))

from build_time import environment_pythons
from one_step import labelled, measured

from edgecask.analysis.agreement import points
from edgecask.analysis.unlabelled_images import images_of
from edgecask.build import BuildRequest, build
from edgecask.directories import user_directories
from edgecask.progress import PlainDisplay
from edgecask.runner.executor import Execution
from edgecask.runner.venv import VirtualEnvironmentRunner
from edgecask.store.store import Store
from edgecask.target.package_tables import Agreement
from edgecask.target.target import load_target

WIDE_MODELS = REPOSITORY / "benchmarks" / "wide_models.py"
BUILT = "the int8 model itself"
Chosen = Callable[[str], bool]
WIDE: Mapping[str, Chosen] = {
    "all in 8 bits": lambda _: False,
    "last inputs of the keypoints": lambda layer: ".cv4." in layer and layer.split()[0].endswith(".1"),
    "branch of the keypoints": lambda layer: ".cv4." in layer,
    "all branches of the head": lambda layer: layer.startswith("22."),
    "all before the head": lambda layer: not layer.startswith("22."),
    "all of them": lambda _: True,
}
"""Whose activations have more than 8 bits, by the checkpoint's name of a layer of YOLOv8-pose."""
FLOAT_WEIGHTS = "none, and float weights"


def table(found: Mapping[str, Agreement]) -> str:
    """Agreement of each variant, with its interval, and how far keypoints lie off."""
    rows = ["| activations of more than 8 bits | agreement | 95 % | px off |", "| --- | --- | --- | --- |"]
    for name, agreement in found.items():
        low, high = (100 * end for end in agreement["interval"])
        pixels = agreement["distance"]["pixels"]
        off = "–" if pixels is None else f"{pixels:.2f}"
        rows.append(f"| {name} | {points(agreement):.1f} | {low:.1f}–{high:.1f} | {off} |")
    return "\n".join(rows)


def written(python: Path | str, files: tuple[Path, Path], network: Any, folder: Path) -> dict[str, Path]:
    """The models of all variants, by name."""
    command = [python, WIDE_MODELS, REPOSITORY, *files, folder]
    names = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    labels = dict(zip(names, labelled(names, network), strict=True))
    variants = {
        f"{number}": {"wide": [name for name, label in labels.items() if wide(label)], "weights": True}
        for number, wide in enumerate(WIDE.values())
    }
    variants[f"{len(WIDE)}"] = {"wide": [], "weights": False}
    (folder / "variants.json").write_text(json.dumps(variants))
    subprocess.run([*command, folder / "variants.json"], check=True, capture_output=True)
    return {name: folder / f"{number}.tflite" for number, name in enumerate((*WIDE, FLOAT_WEIGHTS))}


def main() -> None:
    """Build, write the variants, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", required=True)
    parser.add_argument("--calibration", type=Path, required=True)
    parser.add_argument("--images", type=Path, required=True)
    parser.add_argument("--target", default="grove")
    parser.add_argument("--imgsz", type=int)
    parser.add_argument("--crop", choices=("none", "camera"), default="none")
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    directories = user_directories()
    runner = VirtualEnvironmentRunner(directories)
    display = PlainDisplay(sys.stderr)
    store = Store(directories.store)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        package = build(
            BuildRequest(
                target=options.target, weights=options.weights, calibration=options.calibration,
                image_size=options.imgsz, crop=options.crop, output=folder / "dist",
            ),
            directories=directories,
            runner=runner,
            display=display,
        )  # fmt: skip
        integer = package.results["quantize"].outputs["model.tflite"]
        floating = package.results["convert"].outputs["float.tflite"]
        exported = package.results["export"].report
        python = environment_pythons(["convert"])["convert"]
        files = written(python, (integer.path, floating.path), exported["network"], folder)
        models = {BUILT: integer, **{name: store.ingest(path) for name, path in files.items()}}
    found = measured(
        Execution(directories=directories, store=store, runner=runner, display=display),
        load_target(options.target).seen_with(options.crop),
        floating=floating,
        models=models,
        judging=images_of(store, options.images, cores=2),
        keypoints=exported["keypoints"],
    )
    text = table(found)
    if options.output is not None:
        options.output.write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
