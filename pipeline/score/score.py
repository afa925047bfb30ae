"""Detections against labels, by COCO's own code, in the environment `evaluate`.

Parameters: `sigmas` (OKS constants, one a keypoint), `replicates` (bootstrap samples for the interval of the
difference), `seed`. Inputs `ground-truth.json`, `model-NNNN.json` (detections.json of the model, in parts) and, where
there is something to compare with, `reference-NNNN.json`. Output `figures.json`:
{"images", "people", "model": {"AP", "AP50", "AP75", "AR", "ST AP0.5"}, "reference": likewise, "drop": {"points",
"interval": [low, high]}}. AP and AR are parts of 1; the drop is in points, 100 · (AP of the reference − AP of the
model), with the central 95 % of its bootstrap over images.

ground-truth.json: {"images": [{"name", "normalised", "people": [{"box": [x, y, width, height], "area" (or null),
"crowd", "keypoints": [[x, y, visibility], …]}]}]}; normalised coordinates are parts of the picture's width and height.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy

from pipeline.harness import INPUTS, OUTPUTS, Refused
from pipeline.score.labels import AREA_OF_A_BOX, labels_of
from pipeline.shared.bootstrap import interval, samples
from pipeline.shared.coco_evaluation import Evaluation, KeypointEvaluation
from pipeline.shared.detections import read_detections

Labels = Callable[[dict[str, Any], dict[str, Any]], list[dict[str, Any]]]
ST_SCORE = 0.001
ST_THRESHOLD = 0.5


def read_ground_truth(
    detections: dict[str, dict[str, Any]], labels: Labels = labels_of
) -> dict[str, list[dict[str, Any]]]:
    """The labelled people of every picture, or what `labels` makes of its entry, by the picture's name."""
    return {
        entry["name"]: labels(entry, detections[entry["name"]])
        for entry in json.loads((INPUTS / "ground-truth.json").read_text())["images"]
    }


def st_average_precision(
    ground_truth: dict[str, list[dict[str, Any]]], detections: dict[str, dict[str, Any]], sigmas: list[float]
) -> float:
    """ST's AP0.5: OKS over labelled keypoints with 0.53 of the box as area; a match where it is above 0.5.

    The definition of ST's model zoo services (pose_estimation): at most 100 detections a picture, above a score of
    0.001, after a suppression with an IoU of 0.1; precision made monotonic, its area under the recall.
    """
    scores: list[float] = []
    matches: list[bool] = []
    people = 0
    variances = (2 * numpy.array(sigmas)) ** 2
    for name in sorted(ground_truth):
        labels = [
            person for person in ground_truth[name] if (person["keypoints"][:, 2] > 0).any() and not person["crowd"]
        ]
        people += len(labels)
        taken: set[int] = set()
        for found in detections[name]["second"]:
            if found["score"] <= ST_SCORE:
                continue
            points = numpy.array(found["keypoints"])[:, :2]
            similarity = [_similarity(points, person, variances) for person in labels]
            best = max(range(len(labels)), key=similarity.__getitem__, default=-1)
            good = best >= 0 and similarity[best] > ST_THRESHOLD and best not in taken
            if good:
                taken.add(best)
            scores.append(found["score"])
            matches.append(good)
    if not people or not scores:
        return 0.0
    order = numpy.argsort(-numpy.array(scores), kind="stable")
    good_so_far = numpy.cumsum(numpy.array(matches)[order])
    recall = numpy.concatenate([[0], good_so_far / people])
    precision = numpy.concatenate([[1], good_so_far / numpy.arange(1, len(order) + 1)])
    monotonic = numpy.maximum.accumulate(precision[::-1])[::-1]
    return float(numpy.sum((recall[1:] - recall[:-1]) * monotonic[1:]))


def _similarity(points: numpy.ndarray, person: dict[str, Any], variances: numpy.ndarray) -> float:
    visible = person["keypoints"][:, 2] > 0
    squared = ((points - person["keypoints"][:, :2]) ** 2).sum(1)
    area = AREA_OF_A_BOX * person["box"][2] * person["box"][3] + 1e-7
    each = numpy.exp(-squared / (2 * variances * area)) * visible
    return float(each.sum() / (visible.sum() + 1e-7))


def rounded(figures: dict[str, float]) -> dict[str, float]:
    """With the decimals that are worth writing."""
    return {name: round(value, 5) for name, value in figures.items()}


def drop_of(
    figures: dict[str, Any], model: Evaluation, reference: Evaluation, parameters: dict[str, Any]
) -> dict[str, Any]:
    """How many points of AP the model loses, with its interval, from the figures of both; used by box_score as well."""
    drawn = samples(figures["images"], replicates=parameters["replicates"], seed=parameters["seed"])
    drops = [100 * (reference.average_precision(sample) - model.average_precision(sample)) for sample in drawn]
    return {
        "points": round(100 * (figures["reference"]["AP"] - figures["model"]["AP"]), 3),
        "interval": interval(drops, 3),
    }


def run(parameters: dict[str, Any]) -> dict[str, Any]:
    """Score the model, and the reference where there is one."""
    sigmas = parameters["sigmas"]
    model = read_detections("model")
    reference = read_detections("reference")
    ground_truth = read_ground_truth(model)
    people = sum(not person["crowd"] and bool((person["keypoints"][:, 2] > 0).any())
                 for labels in ground_truth.values() for person in labels)  # fmt: skip
    if not people:
        raise Refused("dataset", "No person with a labelled keypoint is in the data.", "Pass data with people in it.")

    def evaluation_of(found: dict[str, dict[str, Any]]) -> KeypointEvaluation:
        return KeypointEvaluation(ground_truth, {name: entry["detections"] for name, entry in found.items()}, sigmas)

    evaluation = evaluation_of(model)
    figures: dict[str, Any] = {
        "images": len(ground_truth),
        "people": people,
        "model": rounded(evaluation.figures() | {"ST AP0.5": st_average_precision(ground_truth, model, sigmas)}),
    }
    if reference:
        against = evaluation_of(reference)
        figures["reference"] = rounded(
            against.figures() | {"ST AP0.5": st_average_precision(ground_truth, reference, sigmas)}
        )
        figures["drop"] = drop_of(figures, evaluation, against, parameters)
    (OUTPUTS / "figures.json").write_text(json.dumps(figures, sort_keys=True))
    return {**figures, "versions": {"numpy": numpy.__version__}}
