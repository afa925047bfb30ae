"""`invoke make-demo-data`: rendered people or objects, to try training and evaluation without photographs."""

from __future__ import annotations

from dataclasses import dataclass

from edgecask.data.demo_request import FACING, DemoDataRequest
from edgecask.data.output import DESCRIPTION, refuse_occupied, replacing
from edgecask.files import extract_files, sha256_file, sha256_json
from edgecask.plan.data_stages import drawing_stage
from edgecask.plan.graph import Node
from edgecask.runner.executor import Execution
from edgecask.task.pose import COCO_FLIP_INDEX, COCO_KEYPOINTS
from edgecask.task.task import TASKS

MARK = "# Rendered people, made by `invoke make-demo-data"
IMAGES_A_STAGE = 250


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """What data.yaml says of what is drawn for a task."""

    mark: str
    keypoints: str
    names: tuple[str, ...]


DRAWN = {
    "pose": Drawn(
        mark=MARK,
        keypoints=f"kpt_shape: [{COCO_KEYPOINTS}, 3]\nflip_idx: {list(COCO_FLIP_INDEX)}\n",
        names=("person",),
    ),
    "detect": Drawn(
        mark="# Drawn objects, made by `invoke make-demo-data --task=detect",
        keypoints="",
        names=("ball", "bottle", "book", "cup"),  # as in pipeline/synthetic_objects/objects.py
    ),
}
"""By task."""


def description_of(request: DemoDataRequest) -> str:
    """The data.yaml: the same request gives the same text."""
    drawn, facing = DRAWN[request.task], _facing(request)
    options = f"--count={request.count} --val={request.validation} --seed={request.seed} --imgsz={request.image_size}"
    if facing is not None:
        options += f" --facing={facing}"
    names = "".join(f"  {number}: {name}\n" for number, name in enumerate(drawn.names))
    return (
        f"{drawn.mark} {options}`; no photographs.\n"
        f"train: images/train\nval: images/val\n{drawn.keypoints}names:\n{names}"
    )


def _facing(request: DemoDataRequest) -> int | None:
    """Percent of the people; None of what has no people."""
    return request.facing if DRAWN[request.task].keypoints else None


@dataclass(frozen=True, kw_only=True)
class DemoData:
    """What was made: so many of what is called `noun`, and images without; `sha256` is that of the sorted list of all
    files with their own sha256.
    """

    noun: str
    images: int
    shown: int
    without: int
    sha256: str


def demo_data_stages(request: DemoDataRequest) -> list[Node]:
    """The stages that draw the pictures and write their labels, each some hundred of them."""
    return [
        drawing_stage(
            split=split,
            number=number,
            first=first,
            count=min(IMAGES_A_STAGE, count - first),
            seed=request.seed,
            image_size=request.image_size,
            facing=_facing(request),
        )
        for number, (split, count) in enumerate((("train", request.count), ("val", request.validation)))
        for first in range(0, count, IMAGES_A_STAGE)
    ]


def drawn_images_stage(count: int, task: str) -> Node:
    """Pictures for a task that are in no data set of `make_demo_data`, for calibration."""
    facing = FACING if DRAWN[task].keypoints else None
    return drawing_stage(split="calibration", number=2, first=0, count=count, seed=0, image_size=256, facing=facing)


def make_demo_data(execution: Execution, request: DemoDataRequest) -> DemoData:
    """Make the data set in `request.output`; an earlier one there is replaced, anything else is left alone.

    Raises UsageError where the folder holds something else. The same request gives the same bytes of every file.
    """
    drawn = DRAWN[request.task]
    refuse_occupied(request.output, drawn.mark)  # before any work is done
    results = execution.run_all("demo data", demo_data_stages(request))
    with replacing(request.output, drawn.mark) as folder:
        for result in results:
            extract_files(result.outputs["data.tar"].path, folder)
        (folder / DESCRIPTION).write_text(description_of(request), encoding="utf-8")
        digests = {
            path.relative_to(folder).as_posix(): sha256_file(path) for path in folder.rglob("*") if path.is_file()
        }
    noun = TASKS[request.task].drawn  # as the stage's report counts them
    images, shown, without = (
        sum(result.report[name] for result in results) for name in ("images", noun, f"without_{noun}")
    )
    return DemoData(noun=noun, images=images, shown=shown, without=without, sha256=sha256_json(digests))
