"""How far a model's boxes agree with the float one's, without labels, in the environment `evaluate`.

As pipeline/agreement, of detection: the objects are what the float model itself is sure of; against them stand the
other model's candidates of the same class, by COCO's AP of boxes.

Parameters: `replicates` (bootstrap samples of the images) and `seed`; others are for keypoints. Inputs
`reference-NNNN.json` and `model-NNNN.json`: what the detect stage found with the float and the other model, in parts
(its `sure` and `candidates`). Output `agreement.json`: {"images", "people" (objects), and where the float model sees
any {"AP", "interval": [low, high], "missed", "overlap", "distance": nulls, "keypoints": []}.

AP, its interval and `overlap` are parts of 1. `missed` are objects whom no candidate of their class overlaps by half,
`overlap` is the mean IoU of the best-scored candidate on each of the others (null where there are none).
"""

from __future__ import annotations

from typing import Any

import numpy

from pipeline.agreement.agreement import DIGITS, written
from pipeline.agreement.people import overlap, partners
from pipeline.shared.bootstrap import interval, samples
from pipeline.shared.coco_evaluation import BoxEvaluation
from pipeline.shared.detections import read_detections


def objects_of(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Detections as labels; boxes become x, y, width, height."""
    objects = []
    for entry in found:
        left, top, right, bottom = entry["box"]
        box = numpy.array([left, top, right - left, bottom - top])
        objects.append({"class": entry["class"], "box": box, "area": float(box[2] * box[3]), "crowd": 0})
    return objects


def overlaps(objects: list[dict[str, Any]], found: list[dict[str, Any]]) -> list[float | None]:
    """The IoU of each object with the candidate of its class that shows it; None where none does."""
    results: list[float | None] = []
    for kind in sorted({entry["class"] for entry in objects}):
        ours = [entry for entry in objects if entry["class"] == kind]
        theirs = [entry for entry in found if entry["class"] == kind]
        for entry, partner in zip(ours, partners(ours, theirs), strict=True):
            results.append(None if partner is None else overlap(entry["box"], theirs[partner]["box"]))
    return results


def agreement(
    reference: dict[str, dict[str, Any]], model: dict[str, dict[str, Any]], parameters: dict[str, Any]
) -> dict[str, Any]:
    """The figures, from both models' entries by the image's name; see above."""
    objects = {name: objects_of(entry["sure"]) for name, entry in reference.items()}
    found = {name: model[name]["candidates"] for name in objects}
    figures: dict[str, Any] = {"images": len(objects), "people": sum(map(len, objects.values()))}
    if not figures["people"]:
        return figures
    classes = 1 + max(entry["class"] for entries in (*objects.values(), *found.values()) for entry in entries)
    evaluation = BoxEvaluation(objects, found, classes)
    drawn = samples(len(objects), replicates=parameters["replicates"], seed=parameters["seed"])
    shared = [overlap for name in sorted(objects) for overlap in overlaps(objects[name], found[name])]
    known = [overlap for overlap in shared if overlap is not None]
    return figures | {
        "AP": round(evaluation.figures()["AP"], DIGITS),
        "interval": interval([evaluation.average_precision(sample) for sample in drawn], DIGITS),
        "missed": len(shared) - len(known),
        "overlap": round(float(numpy.mean(known)), DIGITS) if known else None,
        "distance": {"pixels": None, "interval": None},
        "keypoints": [],
    }


def run(parameters: dict[str, Any]) -> dict[str, Any]:
    """Hold the model against the float one."""
    return written(agreement(read_detections("reference"), read_detections("model"), parameters))
