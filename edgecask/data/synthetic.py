"""`invoke make-demo-data`: a data set of rendered people, for trying training and evaluation without photographs."""

from __future__ import annotations

from dataclasses import dataclass

from edgecask.data.demo_request import FACING, DemoDataRequest
from edgecask.data.output import DESCRIPTION, refuse_occupied, replacing
from edgecask.files import extract_files, sha256_file, sha256_json
from edgecask.plan.data_stages import drawing_stage
from edgecask.plan.graph import Node
from edgecask.runner.executor import Execution
from edgecask.task.pose import COCO_FLIP_INDEX, COCO_KEYPOINTS

MARK = "# Rendered people, made by `invoke make-demo-data"
IMAGES_A_STAGE = 250


def description_of(request: DemoDataRequest) -> str:
    """The data.yaml: the same request gives the same text."""
    options = (
        f"--count={request.count} --val={request.validation} --seed={request.seed} --imgsz={request.image_size} "
        f"--facing={request.facing}"
    )
    return (
        f"{MARK} {options}`; no photographs.\n"
        f"train: images/train\nval: images/val\nkpt_shape: [{COCO_KEYPOINTS}, 3]\n"
        f"flip_idx: {list(COCO_FLIP_INDEX)}\nnames:\n  0: person\n"
    )


@dataclass(frozen=True, kw_only=True)
class DemoData:
    """What was made; `sha256` is that of the sorted list of all files with their own sha256."""

    images: int
    people: int
    without_people: int
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
            facing=request.facing,
        )
        for number, (split, count) in enumerate((("train", request.count), ("val", request.validation)))
        for first in range(0, count, IMAGES_A_STAGE)
    ]


def drawn_images_stage(count: int) -> Node:
    """Pictures of people that are in no data set of `make_demo_data`, for calibration."""
    return drawing_stage(split="calibration", number=2, first=0, count=count, seed=0, image_size=256, facing=FACING)


def make_demo_data(execution: Execution, request: DemoDataRequest) -> DemoData:
    """Make the data set in `request.output`; an earlier one there is replaced, anything else is left alone.

    Raises UsageError where the folder holds something else. The same request gives the same bytes of every file.
    """
    refuse_occupied(request.output, MARK)  # before any work is done
    results = execution.run_all("demo data", demo_data_stages(request))
    with replacing(request.output, MARK) as folder:
        for result in results:
            extract_files(result.outputs["data.tar"].path, folder)
        (folder / DESCRIPTION).write_text(description_of(request), encoding="utf-8")
        digests = {
            path.relative_to(folder).as_posix(): sha256_file(path) for path in folder.rglob("*") if path.is_file()
        }
    totals = {name: sum(result.report[name] for result in results) for name in ("images", "people", "without_people")}
    return DemoData(sha256=sha256_json(digests), **totals)
