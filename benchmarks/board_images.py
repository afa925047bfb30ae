"""What the pictures that a board sends are good for: two tables in Markdown.

    .venv/bin/python benchmarks/board_images.py check --package=dist/grove --images=FOLDER [--others=dist-max/grove]
    .venv/bin/python benchmarks/board_images.py calibration --weights=FILE.pt --images=FOLDER --judges=FOLDER

Photographs are made into what a Grove's camera would deliver (240 × 240, see targets/grove), and those into JPEG with
YUV 4:2:2 whose mean size is a tenth of the raw frame's, as the board's hardware is said to make them, and half of that.

check: what `verify-board` says of a board that sees the frames themselves, while this machine sees the JPEG: with the
same model, with what it prints changed in ways that are known, and with other packages' models.

calibration: how far models agree with the float one (OKS AP without labels, keypoints' distance) that were calibrated
with the frames themselves and with their JPEG, on other photographs, which judge all of them alike.
"""

from __future__ import annotations

import argparse
import io
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy
from PIL import Image

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))

from edgecask.analysis.board_comparison import Comparison, Sent, compare
from edgecask.cli.session import make_execution
from edgecask.data.image_folder import READABLE_SUFFIXES, find_images
from edgecask.package.evaluated import find_evaluated
from edgecask.plan.evaluation_stages import detect_stage
from edgecask.progress import PlainDisplay
from edgecask.runner.executor import Execution
from edgecask.store.image_archives import pack
from edgecask.store.result import Blob
from edgecask.target.target import load_target
from edgecask.task.pose import COCO_FLIP_INDEX, COCO_SIGMAS
from pipeline.shared.camera import area_average, region_of

TARGET = load_target("grove")
SIDE = TARGET.camera.frame[0]
TENTH = SIDE * SIDE * 2 // 10
"""Bytes: a tenth of a frame of YUV 4:2:2."""
SIZES = {"a tenth": TENTH, "a twentieth": TENTH // 2}
People = list[dict[str, Any]]


def frames_of(folder: Path) -> list[Image.Image]:
    """What the camera would deliver of each photograph, before its form of colour."""
    frames = []
    for path in find_images(folder, READABLE_SUFFIXES).images:
        pixels = numpy.asarray(Image.open(path).convert("RGB"))
        left, top, width, height = region_of((pixels.shape[1], pixels.shape[0]), TARGET.camera.frame)
        frames.append(Image.fromarray(area_average(pixels[top : top + height, left : left + width], SIDE, SIDE)))
    return frames


def encoded(frame: Image.Image, quality: int) -> bytes:
    """A frame as JPEG with YUV 4:2:2."""
    file = io.BytesIO()
    frame.save(file, "JPEG", quality=quality, subsampling=1)
    return file.getvalue()


def as_jpeg(frames: Sequence[Image.Image], size: int) -> tuple[int, list[bytes]]:
    """The quality at which the mean size is nearest to so many bytes, and the files."""
    every = max(1, len(frames) // 40)

    def miss(quality: int) -> float:
        return abs(float(numpy.mean([len(encoded(frame, quality)) for frame in frames[::every]])) - size)

    quality = min(range(10, 96, 5), key=miss)
    return quality, [encoded(frame, quality) for frame in frames]


def write(folder: Path, images: Sequence[bytes], suffix: str) -> Path:
    """The files in a new folder."""
    folder.mkdir(parents=True)
    for number, content in enumerate(images):
        (folder / f"{number:05d}{suffix}").write_bytes(content)
    return folder


def as_png(frame: Image.Image) -> bytes:
    """A frame without loss."""
    file = io.BytesIO()
    frame.save(file, "PNG")
    return file.getvalue()


def shown_by(execution: Execution, model: Blob, images: Blob) -> list[People]:
    """Whom the firmware would print."""
    node = detect_stage(TARGET, models={"model": model}, images=images)
    found = json.loads(execution.run(node).outputs["model.json"].path.read_text())["images"]
    return [entry["shown"] for entry in found]


def moved(right: float) -> Callable[[People], People]:
    """All people so many pixels to the right."""

    def change(people: People) -> People:
        return [
            {
                **person,
                "box": [value + right * (place % 2 == 0) for place, value in enumerate(person["box"])],
                "keypoints": [[x + right, y, seen] for x, y, seen in person["keypoints"]],
            }
            for person in people
        ]

    return change


def mirrored(people: People) -> People:
    """Left for right."""
    return [{**each, "keypoints": [each["keypoints"][place] for place in COCO_FLIP_INDEX]} for each in people]


CHANGES: dict[str, Callable[[People], People]] = {
    "the same model": list,
    "people half a pixel to the right": moved(0.5),
    "people one pixel to the right": moved(1),
    "people two pixels to the right": moved(2),
    "left and right keypoints swapped": mirrored,
    "nobody": lambda people: [],
}


def check(package: Path, images: Path, others: Sequence[Path]) -> None:
    """The table of `verify-board`."""
    execution = make_execution("auto", PlainDisplay(sys.stderr))
    store = execution.store
    frames = frames_of(images)
    model, *rest = (find_evaluated(store, path, target=TARGET.name).blob for path in (package, *others))
    with tempfile.TemporaryDirectory() as temporary:
        folder = write(Path(temporary, "frames"), [as_png(frame) for frame in frames], ".png")
        archive = pack(store, [(path.name, path) for path in sorted(folder.iterdir())]).archive
    people = shown_by(execution, model, archive)
    boards = {name: [change(each) for each in people] for name, change in CHANGES.items()}
    for path, other in zip(others, rest, strict=True):
        boards[f"the model of {path}"] = shown_by(execution, other, archive)
    print("| JPEG | the board sees | verdict | 1 − OKS by the loss's | aside, in pixels |\n|---|---|---|---|---|")
    for name, size in SIZES.items():
        quality, jpegs = as_jpeg(frames, size)
        for what, seen in boards.items():
            sent = [Sent(image=jpeg, people=each) for jpeg, each in zip(jpegs, seen, strict=True)]
            rules = {"score": TARGET.nms.score, "iou": TARGET.nms.iou}
            found = compare(execution, TARGET, sent, model=model, sigmas=COCO_SIGMAS, **rules)
            print(f"| {name} (quality {quality}) | {what} | {found['verdict']} | {figures(found)} |", flush=True)


def figures(found: Comparison) -> str:
    """Two cells: ratio and offset, each with its interval."""
    if found["ratio"] is None:
        return "– | –"
    low, high = found["ratio"]["interval"]
    cells = [f"{found['ratio']['value']:.2f} ({low:.2f} to {high:.2f})"]
    if found["offset"] is None:
        cells.append("–")
    else:
        right = found["offset"]["right"]
        cells.append(f"{right['value']:+.2f} ({right['interval'][0]:+.2f} to {right['interval'][1]:+.2f})")
    return " | ".join(cells)


def invoke(*arguments: object) -> str:
    """What a command of this clone prints."""
    done = subprocess.run(
        [sys.executable, "-m", "edgecask", *map(str, arguments)], cwd=REPOSITORY, check=True, stdout=subprocess.PIPE
    )
    return done.stdout.decode()


def calibration(weights: str, images: Path, judges: Path) -> None:
    """The table of calibration."""
    frames = frames_of(images)
    headings = ("calibrated with", "bytes an image", "bits a weight", "agreement (95 % interval)", "keypoints")
    print(f"| {' | '.join(headings)} |\n{'|---' * len(headings)}|", flush=True)
    with tempfile.TemporaryDirectory() as temporary:
        folders = {"the frames themselves": write(Path(temporary, "sharp"), list(map(as_png, frames)), ".png")}
        for name, size in SIZES.items():
            quality, jpegs = as_jpeg(frames, size)
            folders[f"JPEG of {name} (quality {quality})"] = write(Path(temporary, name), jpegs, ".jpg")
        for name, folder in folders.items():
            dist = Path(temporary, "dist", folder.name)
            given = ("--target=grove", f"--weights={weights}", f"--calibration={folder}", f"--dist={dist}")
            invoke("build", *given)
            found = json.loads(
                invoke(
                    "evaluate", "--target=grove", dist / "grove", f"--images={judges}", f"--against={weights}", "--json"
                )
            )["agreement"]
            # A build takes as few bits as its own images allow: rows of other bits do not compare.
            bits = json.loads((dist / "grove" / "manifest.json").read_text())["weights"]["bits"]
            size = sum(path.stat().st_size for path in folder.iterdir()) // len(frames)
            low, high = (100 * end for end in found["interval"])
            print(
                f"| {name} | {size:,} | {bits} | {100 * found['AP']:.1f} ({low:.1f} to {high:.1f}) |"
                f" {found['distance']['pixels']:.2f} pixels |",
                flush=True,
            )


def main() -> None:
    """Read the arguments, and make one of the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    commands = parser.add_subparsers(dest="what", required=True)
    one = commands.add_parser("check")
    one.add_argument("--package", type=Path, required=True)
    one.add_argument("--images", type=Path, required=True)
    one.add_argument("--others", type=Path, nargs="*", default=[])
    other = commands.add_parser("calibration")
    other.add_argument("--weights", required=True)
    other.add_argument("--images", type=Path, required=True)
    other.add_argument("--judges", type=Path, required=True)
    given = parser.parse_args()
    if given.what == "check":
        check(given.package, given.images, given.others)
    else:
        calibration(given.weights, given.images, given.judges)


if __name__ == "__main__":
    main()
