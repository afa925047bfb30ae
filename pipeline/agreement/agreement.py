"""How far a model agrees with the float one, without labels, in the environment `evaluate`.

The people are what the float model itself is sure of; against them stand the other model's candidates: OKS AP by
COCO's code, and how far the keypoints lie apart. Everything is measured in pixels of the network's input.

Parameters: `sigmas` (OKS constants, one a keypoint), `visibility` (of a keypoint that counts), `replicates` (bootstrap
samples of the images) and `seed`. Inputs `reference-NNNN.json` and `model-NNNN.json`: what the detect stage found with
the float and the other model, in parts (its `sure` and `candidates`). Output `agreement.json`: {"images", "people"},
and where the float model sees anybody {"AP", "interval": [low, high], "missed", "distance": {"pixels", "interval"},
"keypoints": [{"count", "pixels", "interval", "similarity"}]}.

AP and its interval are parts of 1. `missed` are people whom no candidate overlaps by half: they have no distances.
`pixels` are mean distances over the keypoints that the float model sees, of the best-scored candidate on each person;
`similarity` is a keypoint's own part of OKS, from 0 to 1; both are null for a keypoint that is never seen. Intervals
are the central 95 % of a bootstrap over images.
"""

from __future__ import annotations

import json
import math
from typing import Any

import numpy

from pipeline.agreement.people import Distances, people_of
from pipeline.harness import OUTPUTS
from pipeline.shared.bootstrap import interval, samples
from pipeline.shared.coco_evaluation import KeypointEvaluation
from pipeline.shared.detections import read_detections

DIGITS = 5


def agreement(
    reference: dict[str, dict[str, Any]], model: dict[str, dict[str, Any]], parameters: dict[str, Any]
) -> dict[str, Any]:
    """The figures, from both models' entries by the image's name; see above."""
    people = {name: people_of(entry["sure"], parameters["visibility"]) for name, entry in reference.items()}
    found = {name: model[name]["candidates"] for name in people}
    figures: dict[str, Any] = {"images": len(people), "people": sum(map(len, people.values()))}
    if not figures["people"]:
        return figures
    evaluation = KeypointEvaluation(people, found, parameters["sigmas"])
    distances = Distances(people, found, parameters["sigmas"])
    drawn = samples(len(people), replicates=parameters["replicates"], seed=parameters["seed"])
    overall, by_keypoint = distances.mean(distances.pixels)
    _, similarity = distances.mean(distances.similarity)
    sampled = [distances.mean(distances.pixels, sample) for sample in drawn]
    counts = distances.counts.sum(0)
    return figures | {
        "AP": round(evaluation.figures()["AP"], DIGITS),
        "interval": interval([evaluation.average_precision(sample) for sample in drawn], DIGITS),
        "missed": distances.missed,
        "distance": spread(overall, [mean for mean, _ in sampled]),
        "keypoints": [
            {
                "count": int(counts[index]),
                **spread(float(by_keypoint[index]), [float(each[index]) for _, each in sampled]),
                "similarity": None if math.isnan(similarity[index]) else round(float(similarity[index]), DIGITS),
            }
            for index in range(len(counts))
        ],
    }


def spread(mean: float, sampled: list[float]) -> dict[str, Any]:
    """A mean distance with its interval; nulls where nothing was measured."""
    if math.isnan(mean):
        return {"pixels": None, "interval": None}
    return {"pixels": round(mean, DIGITS), "interval": interval(sampled, DIGITS)}


def run(parameters: dict[str, Any]) -> dict[str, Any]:
    """Hold the model against the float one."""
    return written(agreement(read_detections("reference"), read_detections("model"), parameters))


def written(figures: dict[str, Any]) -> dict[str, Any]:
    """Write the figures; what the report says of them."""
    (OUTPUTS / "agreement.json").write_text(json.dumps(figures, sort_keys=True))
    return {
        **{name: figures[name] for name in ("images", "people", "AP") if name in figures},
        "versions": {"numpy": numpy.__version__},
    }
