"""`invoke make-demo-data`: a data set of rendered people, for trying training and evaluation without photographs."""

from __future__ import annotations

import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import UsageError
from pipeline.execution import Execution
from pipeline.stage import Stage, StageResult

MODULES = (
    "people_backdrop.py",
    "people_clothes.py",
    "people_head.py",
    "people_mesh.py",
    "people_photo.py",
    "people_pose.py",
    "people_scene.py",
    "people_tube.py",
)
MARK = "# Rendered people, made by `invoke make-demo-data"
# COCO's keypoints, left and right exchanged.
FLIP_INDEX = (0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13, 16, 15)


@dataclass(frozen=True, kw_only=True)
class DemoDataRequest:
    """What is to be made: pictures for training and validation, the longest side in pixels, and where to."""

    output: Path
    count: int = 3000
    validation: int = 300
    seed: int = 0
    image_size: int = 256

    def description(self) -> str:
        """The data.yaml: the same request gives the same text."""
        options = f"--count={self.count} --val={self.validation} --seed={self.seed} --imgsz={self.image_size}"
        return (
            f"{MARK} {options}`; no photographs.\n"
            "train: images/train\nval: images/val\nkpt_shape: [17, 3]\n"
            f"flip_idx: {list(FLIP_INDEX)}\nnames:\n  0: person\n"
        )


def whole_number(text: str, option: str, low: int, high: int) -> int:
    """The number an option was given; raises UsageError where it is none or not from `low` to `high`."""
    if not (text.isascii() and text.isdigit() and len(text) < 20 and low <= int(text) <= high):
        raise UsageError(f"--{option}={text:.40} makes no sense.", advice=f"Use a whole number from {low} to {high}.")
    return int(text)


def demo_data_stage(request: DemoDataRequest) -> Stage:
    """Draws the pictures and writes their labels."""
    return Stage(
        name="demo data",
        environment="evaluate",
        program="demo_data.py",
        modules=MODULES,
        outputs=("data.tar",),
        parameters={
            "seed": request.seed,
            "counts": [["train", request.count], ["val", request.validation]],
            "image_size": request.image_size,
        },
    )


def make_demo_data(execution: Execution, request: DemoDataRequest) -> StageResult:
    """Make the data set in `request.output`; an earlier one there is replaced, anything else is left alone.

    Raises UsageError where the folder holds something else. The same request gives the same bytes of every file.
    """
    output = request.output
    if output.exists() and not is_demo_data(output) and not (output.is_dir() and not any(output.iterdir())):
        raise UsageError(
            f"{output} exists and holds something else than demo data.",
            advice="Choose another --output, or remove it.",
        )
    result = execution.run(demo_data_stage(request))
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{output.name}-", dir=output.parent) as temporary:
        fresh = Path(temporary, "new")
        with tarfile.open(result.outputs["data.tar"].path) as archive:
            archive.extractall(fresh, filter="data")
        (fresh / "data.yaml").write_text(request.description())
        if output.exists():
            output.rename(Path(temporary, "old"))
        fresh.rename(output)
    return result


def is_demo_data(folder: Path) -> bool:
    """Whether a folder was made by make_demo_data."""
    try:
        return (folder / "data.yaml").read_text().startswith(MARK)
    except (OSError, UnicodeDecodeError):
        return False


def command(*, output: str, count: str, validation: str, seed: str, image_size: str, runner: str) -> None:
    """`invoke make-demo-data`."""
    from pipeline.cli import make_runner
    from pipeline.directories import user_directories
    from pipeline.display import make_display
    from pipeline.store import Store

    request = DemoDataRequest(
        output=Path(output),
        count=whole_number(count, "count", 1, 1_000_000),
        validation=whole_number(validation, "val", 1, 1_000_000),
        seed=whole_number(seed, "seed", 0, 2**63 - 1),
        image_size=whole_number(image_size, "imgsz", 64, 1024),
    )
    directories, display = user_directories(), make_display()
    execution = Execution(
        directories=directories,
        store=Store(directories.store),
        runner=make_runner(runner, directories, display.note),
        display=display,
    )
    result = make_demo_data(execution, request)
    report = result.report
    display.note(f"{'pictures':<12}{report['images']:,}, {report['without_people']:,} of them without people")
    display.note(f"{'people':<12}{report['people']:,}")
    display.note(f"{'sha256':<12}{result.outputs['data.tar'].sha256}")
    display.note(f"{'data set':<12}{request.output / 'data.yaml'}")
