"""Detections of several classes against labelled boxes, by COCO's own code, in the environment `evaluate`.

Parameters: `classes` (names), `replicates` (bootstrap samples for the interval of the difference), `seed`. Inputs
`ground-truth.json`, `model-NNNN.json` (detections.json of the model, in parts) and, where there is something to compare
with, `reference-NNNN.json`. Output `figures.json`: {"images", "people" (objects), "model": {"AP", "AP50", "AP75",
"AR"}, "reference": likewise, "drop": {"points", "interval": [low, high]}, "classes": [{"name", "objects", "model",
"reference"}]}. AP and AR are parts of 1, by class AP alone (null where none is labelled); the drop is in points.

ground-truth.json is that of pipeline/score, with a `class` (its number) beside each box.
"""

from __future__ import annotations

import json
from typing import Any

import numpy

from pipeline.harness import OUTPUTS, Refused
from pipeline.score.labels import objects_of
from pipeline.score.score import drop_of, read_ground_truth, rounded
from pipeline.shared.coco_evaluation import BoxEvaluation
from pipeline.shared.detections import read_detections


def run(parameters: dict[str, Any]) -> dict[str, Any]:
    """Score the model, and the reference where there is one."""
    names = parameters["classes"]
    model, reference = read_detections("model"), read_detections("reference")
    ground_truth = read_ground_truth(model, objects_of)
    counted = [entry["class"] for entries in ground_truth.values() for entry in entries if not entry["crowd"]]
    if not counted:
        raise Refused("dataset", "Nothing is labelled in what the camera sees of the images.", "Pass other data.")

    def evaluation_of(found: dict[str, dict[str, Any]]) -> BoxEvaluation:
        return BoxEvaluation(ground_truth, {name: entry["detections"] for name, entry in found.items()}, len(names))

    evaluation = evaluation_of(model)
    figures: dict[str, Any] = {
        "images": len(ground_truth),
        "people": len(counted),
        "model": rounded(evaluation.figures()),
        "classes": [{"name": name, "objects": counted.count(number)} for number, name in enumerate(names)],
    }
    scored = {"model": evaluation}
    if reference:
        scored["reference"] = against = evaluation_of(reference)
        figures["reference"] = rounded(against.figures())
        figures["drop"] = drop_of(figures, evaluation, against, parameters)
    for kind, each in scored.items():
        for row, value in zip(figures["classes"], each.by_category(), strict=True):
            row[kind] = None if value is None else round(value, 5)
    (OUTPUTS / "figures.json").write_text(json.dumps(figures, sort_keys=True))
    return {**figures, "versions": {"numpy": numpy.__version__}}
