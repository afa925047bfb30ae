"""Non-maximum suppression and who is shown of its result, as each firmware does it; used by detect.py.

How a firmware does it is data of its target (targets/NAME/target.toml, [nms]); here, in overlap.py and in roundings.py
are the rules that the data names. They need numpy alone.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy

from pipeline.shared.candidates import Array, Candidates
from pipeline.shared.other_suppressions import every_class, fading
from pipeline.shared.overlap import IOUS
from pipeline.shared.roundings import AGAIN, BEFORE, ROUNDINGS, as_computed
from pipeline.shared.std_sort import sorted_by_score

COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {">": operator.gt, ">=": operator.ge}
PLAIN = {"score_comparison": ">", "iou_comparison": ">", "iou_formula": "exact", "ties": "earlier"}
"""The rules of a suppression that is no firmware's; of boxes of several classes each class has its own."""
ONE_BY_ONE = "one-by-one"


def suppress(found: Candidates, nms: dict[str, Any]) -> Candidates:
    """Greedy non-maximum suppression; who is left, best first.

    `nms`: `score` and `score_comparison` say who takes part ("score COMPARISON threshold"), `iou` and `iou_comparison`
    who is removed beside a better one, by `iou_formula` (a key of IOUS). Of equal scores the `ties` ("earlier" or
    "later") anchor is the better one, or the one that std::sort puts first ("std-sort"). At most `maximum` are left
    (null: any number). With `by_class` a box removes those of its own class alone, and `maximum` is of each class.
    """
    return _suppressed(found, numpy.flatnonzero(COMPARISONS[nms["score_comparison"]](found.scores, nms["score"])), nms)


def _suppressed(found: Candidates, taking_part: Array, nms: dict[str, Any]) -> Candidates:
    """The same among the rows that take part, in the way that `suppression` says, if it does."""
    if nms.get("suppression", ONE_BY_ONE) != ONE_BY_ONE:
        return _otherwise(found.of(taking_part[:: -1 if nms["ties"] == "later" else 1]), nms)
    classes = found.classes if nms.get("by_class", False) else None
    groups = numpy.zeros(len(found.scores), int) if classes is None else classes
    if nms["ties"] == "std-sort":
        waiting = taking_part[sorted_by_score(found.scores[taking_part].tolist())]
    else:
        if nms["ties"] == "later":
            taking_part = taking_part[::-1]
        waiting = taking_part[numpy.argsort(-found.scores[taking_part], kind="stable")]
    removes, overlap = COMPARISONS[nms["iou_comparison"]], IOUS[nms["iou_formula"]]
    most = len(waiting) if nms["maximum"] is None else nms["maximum"]
    kept: list[int] = []
    left = dict.fromkeys(numpy.unique(groups[waiting]).tolist(), most)
    while len(waiting) and any(left.values()):
        best, waiting = int(waiting[0]), waiting[1:]
        group = int(groups[best])
        if not left[group]:
            continue
        left[group] -= 1
        kept.append(best)
        removed = removes(overlap(found.boxes[best], found.boxes[waiting]), nms["iou"])
        waiting = waiting[~(removed & (groups[waiting] == group))]
    return found.of(kept)


def _otherwise(found: Candidates, nms: dict[str, Any]) -> Candidates:
    """Not one after the other (other_suppressions.py): "every-class", or "fading" with its `sigma` and `least`.

    Where scores below the firmware's take part, as a precision-recall curve wants it, they are not below `least`.
    """
    removes, overlap = COMPARISONS[nms["iou_comparison"]], IOUS[nms["iou_formula"]]
    if nms["suppression"] == "fading":
        left = fading(found, overlap, sigma=nms["sigma"], least=min(nms["least"], nms["score"]))
    else:
        left = every_class(found, lambda box, others: removes(overlap(box, others), nms["iou"]))
    if nms["maximum"] is None:
        return left
    return left.of(numpy.argsort(-left.scores, kind="stable")[: nms["maximum"]])


def ranked(found: Candidates, nms: dict[str, Any], frame: tuple[int, int], size: int) -> Candidates:
    """Who is left, with boxes as they are printed, but with all decimals of the scores, best first."""
    if nms["rounding"] in BEFORE:
        left = suppress(replace(ROUNDINGS[nms["rounding"]](found, frame, size), scores=found.scores), nms)
        return AGAIN.get(nms["rounding"], as_computed)(left, frame, size)
    kept = suppress(found, nms)
    return replace(ROUNDINGS[nms["rounding"]](kept, frame, size), scores=kept.scores)


def shown(found: Candidates, nms: dict[str, Any], frame: tuple[int, int], size: int) -> Candidates:
    """What the firmware prints of all candidates, in its order.

    `nms` as for suppress, and: `rounding` (a key of ROUNDINGS), and `order` ("descending" or "ascending" score, or
    "by-x", from the left, of equal ones the better first, or "as-left" by the suppression).
    """
    make = ROUNDINGS[nms["rounding"]]
    if nms["rounding"] in BEFORE:
        taking_part = numpy.flatnonzero(COMPARISONS[nms["score_comparison"]](found.scores, nms["score"]))
        printed = _suppressed(make(found, frame, size), taking_part, nms)
        printed = AGAIN.get(nms["rounding"], as_computed)(printed, frame, size)
    else:
        printed = make(suppress(found, nms), frame, size)
    if nms["order"] == "by-x":
        return printed.of(numpy.argsort(printed.boxes[:, 0] + printed.boxes[:, 2], kind="stable"))
    return printed.of(list(range(len(printed.scores)))[:: -1 if nms["order"] == "ascending" else 1])
