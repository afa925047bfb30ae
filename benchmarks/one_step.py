"""Which layers' damage by one step the gate `--min-agreement` sees: a table in Markdown.

    .venv/bin/python benchmarks/one_step.py --weights=FILE.pt --calibration=FOLDER --images=FOLDER [--target=grove]
        [--imgsz=192] [--crop=none] [--margin=1] [--output=FILE.md]

The model is that of a default build, calibrated with the images of --calibration; those of --images judge. For each
convolution there is a model in which all of its weights have the next higher code, and nothing else is changed: what a
fault of one in its codes, its rounding or its zero point does. Agreement is measured of each, as of every build
(pipeline/agreement). The gate stands --margin points under the agreement of the model as it was built.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))
sys.path.insert(0, str(REPOSITORY / "benchmarks"))

from build_time import environment_pythons

from edgecask.analysis.agreement import agreement_node, agreement_of, points
from edgecask.analysis.layer_costs import Network
from edgecask.analysis.unlabelled_images import UnlabelledImages, digest_of, found_by, images_of
from edgecask.build import BuildRequest, build
from edgecask.cli.debug_quantization import convolution_labels
from edgecask.directories import user_directories
from edgecask.plan.graph import Graph
from edgecask.progress import PlainDisplay
from edgecask.runner.executor import Execution
from edgecask.runner.venv import VirtualEnvironmentRunner
from edgecask.store.result import Blob
from edgecask.store.store import Store
from edgecask.target.package_tables import Agreement
from edgecask.target.target import Target, load_target
from edgecask.task.pose import sigmas_for

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


def labelled(names: Sequence[str], network: Network) -> list[str]:
    """The checkpoint's names of the layers, where they are known."""
    labels = convolution_labels([{"name": name, "operator": "CONV_2D"} for name in names], network)
    return [labels.get(name, name) for name in names]


def measured(
    execution: Execution,
    target: Target,
    *,
    floating: Blob,
    models: Mapping[str, Blob],
    judging: UnlabelledImages,
    keypoints: int,
) -> dict[str, Agreement]:
    """The agreement of each model with the float one, by its name."""
    sigmas, whose = sigmas_for(keypoints, None)
    numbers = {f"model-{number:03}": name for number, name in enumerate(models)}
    detect = judging.detect_nodes(target, {"float": floating, **dict(zip(numbers, models.values(), strict=True))})
    nodes = [
        agreement_node(reference=found_by(detect, "float"), model=found_by(detect, number), sigmas=sigmas).called(
            f"agreement {number}"
        )
        for number in numbers
    ]
    results = execution.run_graph(Graph([*detect, *nodes]))
    images = digest_of(judging.parts)
    return {
        name: agreement_of(results[node.name], source=judging.source, sha256=images, sigmas=whose)
        for name, node in zip(numbers.values(), nodes, strict=True)
    }


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
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", default="demo")
    parser.add_argument("--calibration", type=Path)
    parser.add_argument("--images", type=Path, required=True)
    parser.add_argument("--target", default="grove")
    parser.add_argument("--imgsz", type=int)
    parser.add_argument("--crop", choices=("none", "camera"), default="none")
    parser.add_argument("--margin", type=float, default=1.0)
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    directories = user_directories()
    runner = VirtualEnvironmentRunner(directories)
    display = PlainDisplay(sys.stderr)
    store = Store(directories.store)
    execution = Execution(directories=directories, store=store, runner=runner, display=display)
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
        model = package.results["quantize"].outputs["model.tflite"]
        exported = package.results["export"].report
        names = labelled(shifted(environment_pythons(["convert"])["convert"], model.path, folder), exported["network"])
        models = {name: store.ingest(folder / f"{number:03}.tflite") for number, name in enumerate(names)}
    found = measured(
        execution,
        load_target(options.target).seen_with(options.crop),
        floating=package.results["convert"].outputs["float.tflite"],
        models={WHOLE: model, **models},
        judging=images_of(store, options.images, cores=2),
        keypoints=exported["keypoints"],
    )
    whole, *layers = [damaged_of(name, agreement) for name, agreement in found.items()]
    text = table(whole, layers, margin=options.margin)
    if options.output is not None:
        options.output.write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
