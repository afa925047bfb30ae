"""Which layers' damage by one step the gate `--min-agreement` sees: a table in Markdown.

    .venv/bin/python benchmarks/one_step.py --weights=FILE.pt --calibration=FOLDER --images=FOLDER [--target=grove]
        [--imgsz=192] [--crop=none] [--margin=1] [--output=FILE.md]

The model is that of a default build, calibrated with the images of --calibration; those of --images judge. For each
convolution there is a model in which all of its weights have the next higher code, and nothing else is changed: what a
fault of one in its codes, its rounding or its zero point does. Agreement is measured of each, as of every build
(pipeline/agreement). The gate stands --margin points under the agreement of the model as it was built.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))
sys.path.insert(0, str(REPOSITORY / "benchmarks"))

from build_time import environment_pythons
from variants_of_a_build import agreements, labelled, parser_of, show

from edgecask.analysis.agreement import points
from edgecask.analysis.layer_costs import Network
from edgecask.target.package_tables import Agreement

SHIFTED_LAYERS = REPOSITORY / "benchmarks" / "shifted_layers.py"
WHOLE = "whole"


@dataclass(frozen=True, kw_only=True)
class Damaged:
    """What is left where one layer is damaged: agreement, in points, and how far keypoints lie off, in pixels."""

    layer: str
    points: float
    pixels: float | None


def shifted(python: str | Path, model: Path, folder: Path) -> list[str]:
    """Write the damaged models; the layers' names, in their order."""
    command = [python, SHIFTED_LAYERS, REPOSITORY, model, folder]
    ran = subprocess.run(command, check=True, capture_output=True, text=True)
    return list(json.loads(ran.stdout))


def damaged_of(layer: str, agreement: Agreement) -> Damaged:
    """Of the model in which this layer is damaged."""
    return Damaged(layer=layer, points=points(agreement), pixels=agreement["distance"]["pixels"])


def table(whole: Damaged, found: Sequence[Damaged], *, margin: float) -> str:
    """The layers by what is left, the least damaged first, and how many of them the gate sees."""
    rows = ["| layer | agreement | less | px off |", "| --- | --- | --- | --- |"]
    for each in sorted(found, key=lambda each: -each.points):
        pixels = "–" if each.pixels is None else f"{each.pixels:.2f}"
        rows.append(f"| {each.layer} | {each.points:.1f} | {whole.points - each.points:.1f} | {pixels} |")
    least = whole.points - margin
    seen = sum(each.points < least for each in found)
    rows.append(
        f"\n{whole.points:.1f} and {whole.pixels or 0:.2f} pixels as it was built; --min-agreement={least:.1f} fails "
        f"{seen} of {len(found)} models in which one convolution's weights all have the next higher code."
    )
    return "\n".join(rows)


def main() -> None:
    """Build, damage, measure and print."""
    parser = parser_of(__doc__)
    parser.add_argument("--margin", type=float, default=1.0)
    options = parser.parse_args()

    def write(model: Path, floating: Path, network: Network, folder: Path) -> dict[str, Path]:
        names = labelled(shifted(environment_pythons(["convert"])["convert"], model, folder), network)
        return {name: folder / f"{number:03}.tflite" for number, name in enumerate(names)}

    whole, *layers = [
        damaged_of(name, agreement) for name, agreement in agreements(options, write, built=WHOLE).items()
    ]
    show(table(whole, layers, margin=options.margin), options.output)


if __name__ == "__main__":
    main()
