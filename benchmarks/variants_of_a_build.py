"""Models that differ from a default build in one thing, and how far each agrees with the float model.

What one_step.py and wider_activations.py share: their options, the build, and the measure.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))

from edgecask.analysis.agreement import agreement_node, agreement_of
from edgecask.analysis.layer_costs import Network
from edgecask.analysis.unlabelled_images import UnlabelledImages, digest_of, found_by, images_of
from edgecask.build import build
from edgecask.build_request import BuildRequest
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

Write = Callable[[Path, Path, Network, Path], Mapping[str, Path]]
"""From the int8 and the float model, the network and a folder: the models that it writes there, by name."""


def parser_of(description: str | None) -> argparse.ArgumentParser:
    """The options of a build, and of the images that judge it."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", default="demo")
    parser.add_argument("--calibration", type=Path)
    parser.add_argument("--images", type=Path, required=True)
    parser.add_argument("--target", default="grove")
    parser.add_argument("--imgsz", type=int)
    parser.add_argument("--crop", choices=("none", "camera"), default="none")
    parser.add_argument("--output", type=Path)
    return parser


def agreements(options: argparse.Namespace, write: Write, *, built: str) -> dict[str, Agreement]:
    """Build; the agreement of the int8 model, under the name `built`, and of those that `write` makes of it."""
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
        model = package.results["quantize"].outputs["model.tflite"]
        floating = package.results["convert"].outputs["float.tflite"]
        exported = package.results["export"].report
        files = write(model.path, floating.path, exported["network"], folder)
        models = {built: model, **{name: store.ingest(path) for name, path in files.items()}}
    return measured(
        Execution(directories=directories, store=store, runner=runner, display=display),
        load_target(options.target).seen_with(options.crop),
        floating=floating,
        models=models,
        judging=images_of(store, options.images, cores=2),
        keypoints=exported["keypoints"],
    )


def show(text: str, output: Path | None) -> None:
    """Print a table, and write it where that is wanted."""
    if output is not None:
        output.write_text(text + "\n", encoding="utf-8")
    print(text)


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
