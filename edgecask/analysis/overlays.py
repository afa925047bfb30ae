"""Which pictures the report shows with what the float and the int8 model see on them, and what is drawn there."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, TypedDict, TypeVar

from edgecask.analysis.unlabelled_images import UnlabelledImages
from edgecask.data.calibration import images_in
from edgecask.files import canonical_json
from edgecask.plan import evaluation_stages as plan
from edgecask.plan.graph import Node, Output, Results, Settled
from edgecask.store.image_archives import repack
from edgecask.store.result import Blob
from edgecask.store.store import Store
from edgecask.target.target import Target
from edgecask.task.task import task_of

Item = TypeVar("Item")


class Seen(TypedDict):
    """What the firmware would show of both models on one image, its size in pixels; people as detect.py writes them."""

    name: str
    width: int
    height: int
    float: list[dict[str, Any]]
    int8: list[dict[str, Any]]


COUNT = 6
CANDIDATES = 12
"""Unlabelled pictures that are looked at, so that there are some with people."""
LARGEST_CHOICE = 250
"""Pictures, from the first on, out of which some are shown: thousands need not be read again for that."""


def drawing(target: Target) -> Node:
    """What draws people as the target's task has them."""
    skeleton = task_of(target.model.task).skeleton
    return replace(plan.OVERLAYS, parameters={**plan.OVERLAYS.parameters, "skeleton": dict(skeleton)})


def overlays_node(
    store: Store,
    target: Target,
    *,
    images: Callable[[Results], Sequence[Blob]],
    floating: Sequence[Output],
    integer: Sequence[Output],
) -> Node:
    """The pictures with what both models see; which they are is known when both have been run.

    `images` gives archives of the pictures; `floating` and `integer` are the detect stage's parts
    for the two models, in the same order of pictures.
    """

    def settle(results: Results) -> Settled:
        first, second = ([results[part.node].outputs[part.file] for part in parts] for parts in (floating, integer))
        entries = list(itertools.islice(pairs(first, second), LARGEST_CHOICE))
        chosen = choose(entries, COUNT)
        return Settled(
            inputs={
                "images.tar": repack(store, images(results), {entry["name"] for entry in chosen}),
                "detections.json": store.ingest_bytes(canonical_json({"images": chosen})),
            },
            parameters={"classes": results["export"].report["classes"]},
        )

    needs = ("export", *(part.node for part in (*floating, *integer)))
    return replace(drawing(target), needs=needs, settle=settle)


def some_calibration_images(store: Store, *, reason: str) -> UnlabelledImages:
    """Calibration images to show where there are no others; `reason` says why nothing is measured."""

    def some(results: Results) -> Blob:
        images = results.stage("prepare").inputs["images.tar"]
        return repack(store, [images], set(spread(images_in(images), CANDIDATES)))

    return UnlabelledImages(reason=reason, needs=("prepare",), settle=some)


def spread(items: Sequence[Item], count: int) -> list[Item]:
    """At most `count` of the items, at even distances."""
    if len(items) <= count:
        return list(items)
    return [items[round(step * (len(items) - 1) / (count - 1))] for step in range(count)]


def pairs(floating: Iterable[Blob], integer: Iterable[Blob]) -> Iterator[Seen]:
    """Picture by picture what the firmware would show of both models; one part is read at a time."""
    for blobs in zip(floating, integer, strict=True):
        first, second = (json.loads(blob.path.read_text(encoding="utf-8"))["images"] for blob in blobs)
        for one, other in zip(first, second, strict=True):
            yield {
                "name": one["name"],
                "width": one["width"],
                "height": one["height"],
                "float": one["shown"],
                "int8": other["shown"],
            }


def choose(entries: Sequence[Seen], count: int) -> list[Seen]:
    """Up to `count` pictures, evenly over those on which a model sees somebody (over all where there are none)."""
    return spread([entry for entry in entries if entry["float"] or entry["int8"]] or list(entries), count)
