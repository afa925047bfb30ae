"""Detections against labels, by COCO's own code, in the environment `evaluate`.

Parameters: `sigmas` (OKS constants, one a keypoint), `replicates` (bootstrap samples for the interval of the
difference), `seed`. Inputs `truth.json`, `model-NNNN.json` (detections.json of the model, in parts) and, where there is
something to compare with, `reference-NNNN.json`. Output `figures.json`:
{"images", "people", "model": {"AP", "AP50", "AP75", "AR", "ST AP0.5"}, "reference": likewise, "drop": {"points",
"interval": [low, high]}}. AP and AR are parts of 1; the drop is in points, 100 · (AP of the reference − AP of the
model), with the central 95 % of its bootstrap over images.

truth.json: {"images": [{"name", "normalised", "people": [{"box": [x, y, width, height], "area" (or null), "crowd",
"keypoints": [[x, y, visibility], …]}]}]}; normalised coordinates are parts of the picture's width and height.
"""

from __future__ import annotations

import copy
import json
from typing import Any

import numpy
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from pipeline.harness import INPUTS, OUTPUTS, Refused
from pipeline.score.labels import AREA_OF_A_BOX, labels_of

ST_SCORE = 0.001
ST_THRESHOLD = 0.5


def read_detections(prefix: str) -> dict[str, dict[str, Any]]:
    """All parts of one model's detections, by the picture's name."""
    return {
        entry["name"]: entry
        for path in sorted(INPUTS.glob(f"{prefix}-*.json"))
        for entry in json.loads(path.read_text())["images"]
    }


def read_truth(detections: dict[str, dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """The labelled people of every picture, by the picture's name."""
    return {
        entry["name"]: labels_of(entry, detections[entry["name"]])
        for entry in json.loads((INPUTS / "truth.json").read_text())["images"]
    }


class Evaluation:
    """COCO's keypoint evaluation of one model, which can be repeated on samples of the pictures."""

    def __init__(
        self, truth: dict[str, list[dict[str, Any]]], detections: dict[str, dict[str, Any]], sigmas: list[float]
    ) -> None:
        names = sorted(truth)
        ground = COCO()
        ground.dataset = {
            "info": {},
            "images": [{"id": number} for number in range(len(names))],
            "categories": [{"id": 1, "name": "person", "keypoints": [str(index) for index in range(len(sigmas))]}],
            "annotations": [
                {
                    "id": number * 10_000 + index + 1,
                    "image_id": number,
                    "category_id": 1,
                    "bbox": person["box"].tolist(),
                    "area": person["area"],
                    "iscrowd": person["crowd"],
                    "keypoints": person["keypoints"].ravel().tolist(),
                    "num_keypoints": int((person["keypoints"][:, 2] > 0).sum()),
                }
                for number, name in enumerate(names)
                for index, person in enumerate(truth[name])
            ],
        }
        ground.createIndex()
        rows = [
            {
                "image_id": number,
                "category_id": 1,
                "keypoints": [value for point in found["keypoints"] for value in point],
                "score": found["score"],
            }
            for number, name in enumerate(names)
            for found in detections[name]["detections"]
        ]
        if rows:
            results = ground.loadRes(rows)
        else:  # which pycocotools does not expect
            results = COCO()
            results.dataset = {**ground.dataset, "annotations": []}
            results.createIndex()
        self._evaluation = COCOeval(ground, results, "keypoints")
        self._evaluation.params.kpt_oks_sigmas = numpy.array(sigmas)
        self._evaluation.evaluate()
        self._images = list(self._evaluation.params.imgIds)
        self._results = list(self._evaluation.evalImgs)

    def figures(self, sample: numpy.ndarray | None = None) -> dict[str, float]:
        """AP, AP50, AP75 and AR on all pictures, or on a sample of them, in which one may stand several times."""
        evaluation = self._evaluation
        chosen = numpy.arange(len(self._images)) if sample is None else sample
        count = len(self._images)
        areas = len(evaluation.params.areaRng)
        evaluation.params.imgIds = list(range(len(chosen)))
        evaluation._paramsEval = copy.copy(evaluation.params)
        evaluation.evalImgs = [self._results[area * count + image] for area in range(areas) for image in chosen]
        evaluation.accumulate()
        precision, recall = evaluation.eval["precision"], evaluation.eval["recall"]
        thresholds = evaluation.params.iouThrs

        def mean(values: numpy.ndarray) -> float:
            known = values[values > -1]
            return float(known.mean()) if len(known) else 0.0

        return {
            "AP": mean(precision[:, :, 0, 0, 0]),
            "AP50": mean(precision[numpy.isclose(thresholds, 0.5), :, 0, 0, 0]),
            "AP75": mean(precision[numpy.isclose(thresholds, 0.75), :, 0, 0, 0]),
            "AR": mean(recall[:, 0, 0, 0]),
        }


def st_average_precision(
    truth: dict[str, list[dict[str, Any]]], detections: dict[str, dict[str, Any]], sigmas: list[float]
) -> float:
    """ST's AP0.5: OKS over labelled keypoints with 0.53 of the box as area; a match where it is above 0.5.

    The definition of ST's model zoo services (pose_estimation): at most 100 detections a picture, above a score of
    0.001, after a suppression with an IoU of 0.1; precision made monotonic, its area under the recall.
    """
    scores: list[float] = []
    matches: list[bool] = []
    people = 0
    variances = (2 * numpy.array(sigmas)) ** 2
    for name in sorted(truth):
        labels = [person for person in truth[name] if (person["keypoints"][:, 2] > 0).any() and not person["crowd"]]
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


def run(parameters: dict[str, Any]) -> dict[str, Any]:
    """Score the model, and the reference where there is one."""
    sigmas = parameters["sigmas"]
    model = read_detections("model")
    reference = read_detections("reference")
    truth = read_truth(model)
    people = sum(not person["crowd"] and bool((person["keypoints"][:, 2] > 0).any())
                 for labels in truth.values() for person in labels)  # fmt: skip
    if not people:
        raise Refused("dataset", "No person with a labelled keypoint is in the data.", "Pass data with people in it.")
    evaluation = Evaluation(truth, model, sigmas)
    figures: dict[str, Any] = {
        "images": len(truth),
        "people": people,
        "model": rounded(evaluation.figures() | {"ST AP0.5": st_average_precision(truth, model, sigmas)}),
    }
    if reference:
        against = Evaluation(truth, reference, sigmas)
        figures["reference"] = rounded(against.figures() | {"ST AP0.5": st_average_precision(truth, reference, sigmas)})
        generator = numpy.random.default_rng(parameters["seed"])
        samples = generator.integers(0, len(truth), (parameters["replicates"], len(truth)))
        drops = [100 * (against.figures(sample)["AP"] - evaluation.figures(sample)["AP"]) for sample in samples]
        figures["drop"] = {
            "points": round(100 * (figures["reference"]["AP"] - figures["model"]["AP"]), 3),
            "interval": [round(float(value), 3) for value in numpy.quantile(drops, [0.025, 0.975])],
        }
    (OUTPUTS / "figures.json").write_text(json.dumps(figures, sort_keys=True))
    return {**figures, "versions": {"numpy": numpy.__version__}}
