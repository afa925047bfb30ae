"""What activations of more than 8 bits would gain, and what of the loss the weights cause: a table in Markdown.

    .venv/bin/python benchmarks/wider_activations.py --weights=FILE.pt --calibration=FOLDER --images=FOLDER
        [--target=grove] [--imgsz=192] [--crop=none] [--output=FILE.md]

An Ethos-U55 multiplies activations of 16 bits by weights of 8. Before anything is built for that, this says what it
would be worth: the float model computes with the weights and the codes of a default build, calibrated with the images
of --calibration, and some layers' activations are left as they are, which is more than 16 bits would give. The outputs
have the codes that the firmware reads. Agreement is measured on the images of --images, as of every build.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))
sys.path.insert(0, str(REPOSITORY / "benchmarks"))

from build_time import environment_pythons
from variants_of_a_build import agreements, labelled, parser_of, show

from edgecask.analysis.agreement import points
from edgecask.analysis.layer_costs import Network
from edgecask.target.package_tables import Agreement

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


def written(integer: Path, floating: Path, network: Network, folder: Path) -> dict[str, Path]:
    """The models of all variants, by name."""
    command = [environment_pythons(["convert"])["convert"], WIDE_MODELS, REPOSITORY, integer, floating, folder]
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
    options = parser_of(__doc__).parse_args()
    show(table(agreements(options, written, built=BUILT)), options.output)


if __name__ == "__main__":
    main()
