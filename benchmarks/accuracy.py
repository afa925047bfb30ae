"""What quantization costs, for every target and way to quantize, in one run: a table in Markdown.

    .venv/bin/python benchmarks/accuracy.py --weights=FILE.pt --data=FOLDER [--more=FOLDER | --calibration=FOLDER]
        [--targets=grove,xiao] [--imgsz=192,256] [--variants='plain,4.75 bits'] [--also=DATA]
        [--other=TARGET:PIXELS:FILE.tflite …] [--crop=none] [--quick] [--store=FOLDER] [--output=FILE.md]

Two-fold: the images are divided by turns in the order of their names. Each half is looked at by a model that the other
half calibrated (with all images of --more, which judge nothing), and both halves together are scored. So no image
judges what it calibrated, and all of them judge. With --calibration those images alone calibrate, and all of --data
judge.

- agreement: OKS AP against what the float model is sure of, without labels, with its 95 % bootstrap interval over
  images, and the mean distance of keypoints in pixels of the network's input (pipeline/agreement)
- AP: COCO's, of the integer and the float model, where --data is labelled (a data.yaml, a COCO JSON or a folder with
  one of them); else --data is a folder of images
- also: agreement, and AP where it is labelled, on the data set --also, which calibrates nothing; by the model that the
  first half calibrated. Drawn people are labelled for nothing: `edgecask make-demo-data --output=drawn`
- bytes and ms: of the file for the device, Vela's estimate, calibrated with one half
- s: by the clock, to quantize and to compile it, one thing at a time; the first size of weights pays for the search
  that all share, and what all variants share is said below the table

Of the sizes that weights take, the one that a default build takes stands in bold: the fewest bytes within half a point
of agreement of the best, or the finest where too few images or people judge. --other adds a file that others made,
which the target decodes (ST's own, say).

Images are stretched as a whole, as ST's and most published figures have it, where --crop=camera does not ask for what
the board's camera sees. A store of its own is used and removed, so that seconds are those of work done; in a --store
they are kept with the results, so that a run that was stopped goes on where it was (where a part of the work was in the
store, its time is not in them).
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import itertools
import json
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))

from edgecask.analysis.agreement import agreement_node
from edgecask.analysis.unlabelled_images import found_by
from edgecask.analysis.weight_levels import FEWEST_IMAGES, FEWEST_PEOPLE, TOLERANCES, cheapest
from edgecask.build_nodes import CALIBRATION, FLOAT, QUANTIZED, SAVED_MODEL, float_nodes
from edgecask.calibration_nodes import Job
from edgecask.common_options import QuantizationOptions
from edgecask.data.calibration import find_calibration
from edgecask.data.ground_truth import LabelledImages, load_labelled
from edgecask.data.weights import find_weights, ingest_weights
from edgecask.directories import Directories, user_directories
from edgecask.errors import EdgecaskError
from edgecask.plan import evaluation_stages
from edgecask.plan import model_stages as stages
from edgecask.plan.graph import Graph, Node, Output, Results
from edgecask.progress import PlainDisplay
from edgecask.runner.executor import Execution
from edgecask.runner.venv import VirtualEnvironmentRunner
from edgecask.store.image_archives import pack, portable_names
from edgecask.store.result import Blob, StageResult
from edgecask.store.store import Store
from edgecask.target.target import Target, load_target, target_names
from edgecask.task.pose import sigmas_for

NEAREST: dict[str, Any] = {"rounding": "nearest", "compress_weights": "off"}
BYTES = "8 bits"
LEVELS = {f"{bits:g} bits": number for number, bits in enumerate(stages.LEVEL_BITS)}
"""Weights rounded by their sensitivity, by how many bits each takes: a default build takes one of these."""
VARIANTS: dict[str, QuantizationOptions] = {
    "plain": QuantizationOptions(range_search=False, **NEAREST),
    "range search": QuantizationOptions(**NEAREST),
    "gptq": QuantizationOptions(gptq=True, **NEAREST),
    "nearest smaller": QuantizationOptions(rounding="nearest", compress_weights="smaller"),
    "nearest smallest": QuantizationOptions(rounding="nearest", compress_weights="smallest"),
    **dict.fromkeys((BYTES, *LEVELS), QuantizationOptions(rounding="sensitivity")),
}
"""Ways to quantize: TensorFlow Lite alone, activation ranges searched, and what else options ask for."""
SIZES = (192, 256)
QUICK_IMAGES = 24
HEADINGS = ("target", "px", "variant", "agreement", "95 %", "px off", "AP", "float", "also", "bytes", "ms", "s")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Fold:
    """One half: an archive of images that judge, and one of those that calibrate what they judge."""

    judging: Blob
    calibrating: Blob


@dataclasses.dataclass(frozen=True, kw_only=True)
class Data:
    """The folds, how many images judge in all and calibrate the first, and the labels where there are any."""

    folds: tuple[Fold, ...]
    images: int
    calibrating: int
    labelled: LabelledImages | None


@dataclasses.dataclass(frozen=True, kw_only=True)
class Also:
    """Another data set: its images in an archive, and the labels where there are any."""

    archive: Blob
    labelled: LabelledImages | None


def load_also(store: Store, data: Path) -> Also:
    """A labelled data set, or a folder of images."""
    labelled, images = images_in(data)
    return Also(archive=pack(store, images).archive, labelled=labelled)


def images_in(data: Path) -> tuple[LabelledImages | None, list[tuple[str, Path]]]:
    """The images that a data set is evaluated on, with its labels, or those of a folder."""
    try:
        labelled = load_labelled(data)
    except EdgecaskError:
        if not data.is_dir():
            raise
        return None, named_images(data)  # a folder of images
    return labelled, list(labelled.images)


def named_images(folder: Path) -> list[tuple[str, Path]]:
    """The images of a folder under names that no other folder's have."""
    found = find_calibration(folder).images
    names = portable_names(path.relative_to(folder.parent) for path in found)
    return list(zip(names, found, strict=True))


def load(store: Store, data: Path, more: Path | None, calibration: Path | None, most: int | None) -> Data:
    """The images in two halves by turns, or as a whole where others calibrate; of a labelled data set those that it is
    evaluated on.
    """
    labelled, images = images_in(data)
    images = images[:most]
    halves = images[::2], images[1::2]
    others = [(f"more/{name}", path) for name, path in named_images(more)] if more is not None else []
    sides = [(half, sorted([*other, *others])) for half, other in (halves, halves[::-1])]
    if calibration is not None:
        sides = [(images, named_images(calibration))]
    folds = tuple(
        Fold(judging=pack(store, judging).archive, calibrating=pack(store, calibrating).archive)
        for judging, calibrating in sides
    )
    if labelled is not None:
        names = {name for name, _ in images}
        labelled = dataclasses.replace(
            labelled,
            images=tuple(images),
            entries=tuple(entry for entry in labelled.entries if entry["name"] in names),
        )
    return Data(folds=folds, images=len(images), calibrating=len(sides[0][1]), labelled=labelled)


class Taken:
    """Seconds that results took to make, in a file of their store, so that a run that goes on knows them."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._seconds: dict[str, float] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}

    def of(self, result: StageResult, started: float) -> float | None:
        """The seconds since `started`, where the result was made only now; None where nobody knows."""
        if not result.cached:
            self._seconds[result.key] = time.perf_counter() - started
            self._file.write_text(json.dumps(self._seconds, indent=1, sort_keys=True), encoding="utf-8")
        return self._seconds.get(result.key)


class Measurement:
    """One target at one size: what all variants share is made once."""

    def __init__(
        self, execution: Execution, target: Target, size: int, weights: str, data: Data, also: Also | None
    ) -> None:
        store = execution.store
        found = find_weights(user_directories(), weights)
        self._execution, self._target, self._data, self._also = execution, target, data, also
        job = Job(store=store, target=target, image_size=size, weights=found, weights_blob=ingest_weights(store, found))
        self._config = store.ingest(target.vela_config) if target.compile is not None else None
        self._common = [
            [*float_nodes(job), stages.prepare_stage(target, image_size=size, images=fold.calibrating)]
            for fold in data.folds
        ]
        self._taken = Taken(store.root / "accuracy-seconds.json")
        started = time.perf_counter()
        shared = [execution.run_graph(Graph(nodes)) for nodes in self._common]
        self.seconds = self._taken.of(shared[0]["prepare"], started)
        self._sigmas, self.whose = (
            (data.labelled.sigmas, data.labelled.sigmas_source)
            if data.labelled is not None
            else sigmas_for(shared[0]["export"].report["keypoints"], None)
        )
        floating = shared[0][FLOAT.node].outputs[FLOAT.file]
        self._float = self._detect("float", [floating] * len(data.folds))

    def _detect(self, name: str, models: Sequence[Blob]) -> list[Node]:
        return [
            evaluation_stages.detect_stage(self._target, models={"model": model}, images=fold.judging).called(
                f"detect {name} {number}"
            )
            for number, (fold, model) in enumerate(zip(self._data.folds, models, strict=True))
        ]

    def _of_also(self, also: Also, integer: Blob) -> dict[str, Any]:
        """Figures of an integer model on the other data set."""
        floating = self._float[0].inputs["model.tflite"]
        found = [
            evaluation_stages.detect_stage(self._target, models={"model": model}, images=also.archive).called(name)
            for name, model in (("also float", floating), ("also int8", integer))
        ]
        reference, model = ([Output(node=node.name, file="model.json")] for node in found)
        nodes = [*found, agreement_node(reference=reference, model=model, sigmas=self._sigmas)]
        if also.labelled is not None:
            truth = self._execution.store.ingest_bytes(also.labelled.ground_truth_json())
            nodes.append(
                evaluation_stages.score_stage(
                    ground_truth=truth, model=model, reference=reference, sigmas=also.labelled.sigmas
                )
            )
        results = self._execution.run_graph(Graph(nodes))
        return {
            "agreement": read(results, "agreement", "agreement.json"),
            "score": read(results, "score", "figures.json") if "score" in results else None,
        }

    def _quantized(self, target: Target, number: int, level: int) -> Results:
        """A fold's integer model, and the first one's for the device."""
        nodes = stages.quantize_nodes(
            target,
            saved_model=SAVED_MODEL,
            floating=FLOAT,
            calibration=CALIBRATION,
            sigmas=lambda keypoints: sigmas_for(keypoints, None)[0],
            levels=stages.LEVEL_BITS if target.compile is not None else (),
            choose=lambda _: level,
        )
        if self._config is not None and not number:
            nodes.append(stages.compile_stage(target, model=QUANTIZED, vela_config=self._config))
        return self._execution.run_graph(Graph([*self._common[number], *nodes]))

    def all(self, variants: Sequence[str], others: Sequence[Path]) -> Iterator[tuple[str, dict[str, Any]]]:
        """Titles and figures, of variants and then of other files."""
        for variant in variants:
            yield variant, self.of(variant)
        for file in others:
            yield file.name, self.of_file(file)

    def of(self, variant: str) -> dict[str, Any]:
        """The figures of one variant."""
        target = self._target.quantized_as(VARIANTS[variant])
        level = LEVELS.get(variant, 0)
        started = time.perf_counter()
        first = self._quantized(target, 0, level)
        final = first["compile" if "compile" in first else QUANTIZED.node]
        seconds = self._taken.of(final, started)
        folded = [first, *(self._quantized(target, number, level) for number in range(1, len(self._common)))]
        models = [results[QUANTIZED.node].outputs[QUANTIZED.file] for results in folded]
        return self._judged(models) | {
            "bytes": final.outputs["model.tflite"].size,
            "ms": final.report["metrics"]["npu_ms"] if "compile" in first else None,
            "seconds": seconds,
            "model": models[0],
        }

    def of_file(self, file: Path) -> dict[str, Any]:
        """The figures of a file that others made, which knows nothing of folds."""
        model = self._execution.store.ingest(file)
        return self._judged([model] * len(self._common)) | {"bytes": model.size, "ms": None, "seconds": None}

    def _judged(self, models: Sequence[Blob]) -> dict[str, Any]:
        """What the integer models of the folds find, against the float model, and labels where there are any."""
        integer = self._detect("int8", models)
        reference, model = found_by(self._float, "model"), found_by(integer, "model")
        nodes = [*self._float, *integer, agreement_node(reference=reference, model=model, sigmas=self._sigmas)]
        if self._data.labelled is not None:
            ground_truth = self._execution.store.ingest_bytes(self._data.labelled.ground_truth_json())
            nodes.append(
                evaluation_stages.score_stage(
                    ground_truth=ground_truth, model=model, reference=reference, sigmas=self._sigmas
                )
            )
        results = self._execution.run_graph(Graph(nodes))
        return {
            "agreement": read(results, "agreement", "agreement.json"),
            "score": read(results, "score", "figures.json") if "score" in results else None,
            "also": self._of_also(self._also, models[0]) if self._also is not None else None,
        }


def read(results: Results, node: str, file: str) -> dict[str, Any]:
    """A JSON file that a node wrote."""
    found: dict[str, Any] = json.loads(results[node].outputs[file].path.read_text(encoding="utf-8"))
    return found


def variants_of(target: Target, wanted: Sequence[str]) -> list[str]:
    """The variants that a target knows: levels of compression are for an NPU that waits for weights."""
    if target.compile is not None:
        return [name for name in wanted if name != BYTES]
    return [name for name in wanted if name not in LEVELS and VARIANTS[name].compress_weights in ("off", None)]


def row_of(target: str, size: int, variant: str, found: dict[str, Any]) -> list[str]:
    """A row of the table."""
    agreement, score = found["agreement"], found["score"]
    known = "AP" in agreement
    low, high = agreement.get("interval", (0, 0))
    return [
        target,
        str(size),
        variant,
        f"{100 * agreement['AP']:.1f}" if known else "–",
        f"{100 * low:.1f}–{100 * high:.1f}" if known else "–",
        f"{agreement['distance']['pixels']:.2f}" if known and agreement["distance"]["pixels"] is not None else "–",
        f"{100 * score['model']['AP']:.1f}" if score else "–",
        f"{100 * score['reference']['AP']:.1f}" if score else "–",
        also_of(found["also"]),
        f"{found['bytes']:,}",
        "–" if found["ms"] is None else f"{found['ms']:.1f}",
        seconds_of(found["seconds"]),
    ]


def seconds_of(seconds: float | None) -> str:
    """Whole seconds, where somebody knows them."""
    return "–" if seconds is None else f"{seconds:.0f}"


def also_of(found: dict[str, Any] | None) -> str:
    """The column of the other data set: agreement, and AP against labels."""
    if found is None or "AP" not in found["agreement"]:
        return "–"
    labelled = f" / {100 * found['score']['model']['AP']:.1f}" if found["score"] else ""
    return f"{100 * found['agreement']['AP']:.1f}{labelled}"


def lines_of(row: Sequence[str]) -> str:
    """A row in Markdown."""
    return f"| {' | '.join(row)} |"


@contextlib.contextmanager
def store_at(folder: Path | None) -> Iterator[Path]:
    """The folder of the store: the user's, or one that is removed."""
    if folder is not None:
        yield folder
        return
    with tempfile.TemporaryDirectory() as temporary:
        yield Path(temporary)


def parsed_options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", default="demo")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--more", type=Path, help="folder of images that calibrate both times")
    parser.add_argument("--calibration", type=Path, help="folder of images that calibrate, instead of halves of --data")
    parser.add_argument("--other", action="append", default=[], type=other_file, metavar="TARGET:PIXELS:FILE.tflite")
    parser.add_argument("--also", type=Path, help="data set or folder of images that judge besides")
    parser.add_argument("--targets", default=",".join(target_names()))
    parser.add_argument("--imgsz", default=",".join(map(str, SIZES)))
    parser.add_argument("--variants", default=",".join(VARIANTS))
    parser.add_argument("--crop", choices=("none", "camera"), default="none")
    parser.add_argument("--store", type=Path)
    parser.add_argument("--output", type=Path, help="also write the table to this file")
    parser.add_argument("--quick", action="store_true", help=f"plain and range search, {QUICK_IMAGES} images, one size")
    options = parser.parse_args()
    if options.quick:
        options.imgsz, options.variants = options.imgsz.split(",")[0], "plain,range search"
    unknown = set(options.variants.split(",")) - set(VARIANTS)
    if unknown:
        parser.error(f"unknown variants: {', '.join(sorted(unknown))}; there are {', '.join(VARIANTS)}")
    return options


def other_file(text: str) -> tuple[str, int, Path]:
    """TARGET:PIXELS:FILE of the command line."""
    target, size, file = text.split(":", 2)
    return target, int(size), Path(file)


def taken_by_default(images: int, agreements: Mapping[str, dict[str, Any]]) -> str | None:
    """The variant that a default build takes, of those that were measured; None where none of them is one."""
    levels = [name for name in LEVELS if name in agreements]
    if not levels:
        return BYTES if BYTES in agreements else None
    found = [agreements[name] for name in levels]
    if images < FEWEST_IMAGES or found[0]["people"] < FEWEST_PEOPLE:
        return levels[0]
    return levels[cheapest([100 * each["AP"] for each in found], tolerance=TOLERANCES["auto"])]


class Table:
    """The rows of the table, which is written to a file whenever there is another."""

    def __init__(self, output: Path | None) -> None:
        self._output = output
        self._text = [lines_of(HEADINGS), lines_of(["---"] * len(HEADINGS))]

    def add(self, rows: Sequence[str], *, open_end: Sequence[str] = ()) -> None:
        """Add lines; those of `open_end` stand in the file until the next time."""
        self._text += rows
        if self._output is not None:
            self._output.write_text("\n".join([*self._text, *open_end]) + "\n", encoding="utf-8")

    def __str__(self) -> str:
        return "\n".join(self._text)


def main() -> None:
    """Measure, tell each row as it is known, and print the table."""
    options = parsed_options()
    with store_at(options.store) as folder:
        directories = Directories(home=user_directories().home, store=folder)
        execution = Execution(
            directories=directories,
            store=Store(folder),
            runner=VirtualEnvironmentRunner(directories),
            display=PlainDisplay(sys.stderr),
        )
        data = load(
            execution.store, options.data, options.more, options.calibration, QUICK_IMAGES if options.quick else None
        )
        also = load_also(execution.store, options.also) if options.also is not None else None
        table = Table(options.output)
        shared: list[str] = []
        people: dict[int, int] = {}
        sigmas = ""
        for name, size in itertools.product(options.targets.split(","), map(int, options.imgsz.split(","))):
            target = load_target(name).seen_with(options.crop)
            measurement = Measurement(execution, target, target.image_size(size), options.weights, data, also)
            sigmas = measurement.whose
            shared.append(f"{name} {size}: {seconds_of(measurement.seconds)} s")
            rows: dict[str, dict[str, Any]] = {}
            others = [file for *those, file in options.other if those == [name, size]]
            for title, found in measurement.all(variants_of(target, options.variants.split(",")), others):
                rows[title] = found
                people[size] = found["agreement"]["people"]
                print(lines_of(row_of(name, size, title, found)), file=sys.stderr, flush=True)
                table.add([], open_end=[lines_of(row_of(name, size, each, rows[each])) for each in rows])
            default = taken_by_default(data.images, {title: found["agreement"] for title, found in rows.items()})
            table.add(
                [
                    lines_of(row_of(name, size, f"**{title}**" if title == default else title, found))
                    for title, found in rows.items()
                ]
            )
        folds = "each half judging what the other calibrated" if options.calibration is None else "others calibrating"
        table.add(
            [
                f"\n{Path(options.weights).name} on {data.images} images (people that the float model is sure of: "
                f"{', '.join(f'{count} at {size}' for size, count in people.items())}), {folds}, "
                f"{data.calibrating} images a calibration; OKS constants: {sigmas}; --crop={options.crop}. "
                f"Export, conversion and preparation, shared: {', '.join(shared)}."
            ]
        )
        print(table)


if __name__ == "__main__":
    main()
