"""Whether a board sees what this machine sees of the same frames, as far as the pictures that it sends can tell.

A board sends a JPEG of the frame that its network saw. So its people are compared with those that this machine finds in
the JPEG, and the differences with those that the same loss makes between two pictures that are both here.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypedDict

import msgspec

from edgecask.files import canonical_json
from edgecask.plan import board_stages, evaluation_stages
from edgecask.plan.graph import Graph, Output
from edgecask.runner.executor import Execution
from edgecask.store.image_archives import pack
from edgecask.store.result import Blob
from edgecask.store.temporary import temporary_folder
from edgecask.target.target import Target
from edgecask.task.words import Words

Verdict = Literal["same", "differs", "cannot tell"]


class Side(TypedDict):
    """Of so many people, or boxes: how many were missed, the mean of 1 − OKS, and the mean distance of keypoints in
    pixels; of boxes 1 − IoU, and the distance of corners.
    """

    people: int
    missed: int
    difference: float | None
    pixels: float | None


class Estimate(TypedDict):
    """A figure, and the central 95 % of its bootstrap over frames."""

    value: float
    interval: tuple[float, float]


class Offset(TypedDict):
    """How far the board sees people to the right and down, in pixels of the frame."""

    right: Estimate
    down: Estimate


class Comparison(TypedDict):
    """The board against this machine, what the pictures' own loss makes, and how many times that the first is."""

    verdict: Verdict
    frames: int
    board: Side
    loss: Side
    ratio: Estimate | None
    offset: Offset | None


@dataclass(frozen=True, kw_only=True)
class Sent:
    """A JPEG that a board sent, and the people that it said are on the frame, as the stage detect writes them."""

    image: bytes
    people: Sequence[dict[str, Any]]


def compare(
    execution: Execution,
    target: Target,
    sent: Sequence[Sent],
    *,
    model: Blob,
    sigmas: Sequence[float],
    score: float,
    iou: float,
) -> Comparison:
    """The verdict on frames of a board whose thresholds, parts of 1, are these; `model` runs on this machine."""
    names = [f"{number:05d}" for number in range(len(sent))]
    entries = [{"name": name, "people": list(each.people)} for name, each in zip(names, sent, strict=True)]
    with temporary_folder() as folder:
        paths = [Path(folder, f"{name}.jpg") for name in names]
        for path, each in zip(paths, sent, strict=True):
            path.write_bytes(each.image)
        images = pack(execution.store, [(path.name, path) for path in paths]).archive
    # The picture is the frame, whichever of its sizes the camera is set to.
    seen = msgspec.structs.replace(
        target.seen_with("none"), nms=msgspec.structs.replace(target.nms, score=score, iou=iou)
    )
    loss = board_stages.jpeg_loss_stage(images=images)
    detect = evaluation_stages.detect_stage(
        seen, models={"model": model}, images=Output(node=loss.name, file="images.tar")
    )
    check = board_stages.board_check_stage(
        board=execution.store.ingest_bytes(canonical_json({"images": entries})),
        detections=Output(node=detect.name, file="model.json"),
        sigmas=sigmas,
        score=score,
        task=target.model.task,
    )
    results = execution.run_graph(Graph([loss, detect, check]))
    found: Comparison = json.loads(results[check.name].outputs["verdict.json"].path.read_text(encoding="utf-8"))
    return found


def describe(comparison: Comparison, words: Words) -> list[str]:
    """The comparison as lines of text, without the verdict; `words` are those of the task."""
    lines = []
    for name, side in (("board", comparison["board"]), ("loss alone", comparison["loss"])):
        pixels = "–" if side["pixels"] is None else f"{side['pixels']:.2f} pixels"
        difference = "–" if side["difference"] is None else f"{side['difference']:.4f}"
        lines.append(
            f"{name:<12}{side['people']:,} {words.several}, {side['missed']:,} of them on one side alone; "
            f"{words.points} {pixels} apart, 1 − {words.likeness} {difference}"
        )
    if comparison["ratio"] is not None:
        low, high = comparison["ratio"]["interval"]
        lines.append(
            f"{'ratio':<12}{comparison['ratio']['value']:.2f} (95 % interval {low:.2f} to {high:.2f}); up to"
            f" {board_stages.LOSS_FACTOR:g} the pictures' loss explains it"
        )
    if comparison["offset"] is not None:
        sides = (f"{each['value']:+.2f} {name}" for name, each in comparison["offset"].items())  # type: ignore[index]
        lines.append(f"{'offset':<12}{' and '.join(sides)}, in pixels; {board_stages.OFFSET_PIXELS:g} at most are none")
    return lines
