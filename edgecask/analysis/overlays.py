"""Which pictures the report shows with what the float and the int8 model see on them, and what is drawn there."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from edgecask.data.calibration import names_in, repack
from edgecask.files import canonical_json
from edgecask.plan import model_stages as plan
from edgecask.plan.stage import Blob, StageResult
from edgecask.runner.executor import Execution
from edgecask.target.target import Target

Item = TypeVar("Item")

COUNT = 6
CANDIDATES = 12
"""Unlabelled pictures that are looked at, so that there are some with people."""
LARGEST_CHOICE = 250
"""Pictures, from the first on, out of which some are shown: thousands need not be read again for that."""


def draw_overlays(
    execution: Execution,
    target: Target,
    *,
    packed: Callable[[Sequence[str]], Blob],
    floating: Iterable[Blob],
    integer: Iterable[Blob],
) -> StageResult:
    """The result of the overlays stage.

    `packed` gives an archive of the pictures with these names; `floating` and `integer` are the detect stage's parts
    for the two models, in the same order of pictures.
    """
    entries = list(itertools.islice(pairs(floating, integer, target), LARGEST_CHOICE))
    chosen = choose(entries, COUNT)
    return execution.run(
        plan.overlays_stage(
            images=packed([entry["name"] for entry in chosen]),
            detections=execution.store.ingest_bytes(canonical_json({"images": chosen})),
        )
    )


def sample_overlays(
    execution: Execution, target: Target, *, images: Blob, floating: Blob, integer: Blob
) -> StageResult:
    """The result of the overlays stage where nothing is labelled: some pictures out of an archive of them."""
    candidates = repack(execution.store, images, set(spread(names_in(images), CANDIDATES)))
    detected = execution.run(
        plan.detect_stage(target, models={"float": floating, "int8": integer}, images=candidates), then=[plan.OVERLAYS]
    )
    return draw_overlays(
        execution,
        target,
        packed=lambda names: repack(execution.store, candidates, set(names)),
        floating=[detected.outputs["float.json"]],
        integer=[detected.outputs["int8.json"]],
    )


def spread(items: Sequence[Item], count: int) -> list[Item]:
    """At most `count` of the items, at even distances."""
    if len(items) <= count:
        return list(items)
    return [items[round(step * (len(items) - 1) / (count - 1))] for step in range(count)]


def pairs(floating: Iterable[Blob], integer: Iterable[Blob], target: Target) -> Iterator[dict[str, Any]]:
    """Picture by picture what both models see, as far as the firmware would show it; one part is read at a time."""
    for blobs in zip(floating, integer, strict=True):
        first, second = (json.loads(blob.path.read_text())["images"] for blob in blobs)
        for one, other in zip(first, second, strict=True):
            yield {
                **{name: one[name] for name in ("name", "width", "height")},
                "float": shown(one["detections"], target),
                "int8": shown(other["detections"], target),
            }


def shown(detections: Sequence[Mapping[str, Any]], target: Target) -> list[Mapping[str, Any]]:
    """The detections, best first, that the firmware would show."""
    sure = [detection for detection in detections if detection["score"] >= target.decode.score]
    return sure[: target.decode.maximum]


def choose(entries: Sequence[dict[str, Any]], count: int) -> list[dict[str, Any]]:
    """Up to `count` pictures, evenly over those on which a model sees somebody (over all where there are none)."""
    return spread([entry for entry in entries if entry["float"] or entry["int8"]] or list(entries), count)
