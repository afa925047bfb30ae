"""COCO's evaluation by pycocotools, repeatable on samples of the images; used by score, agreement and their twins for
boxes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

MOST_OF_AN_IMAGE = 10_000
"""Annotations of an image, for their ids."""


class Evaluation:
    """One model's detections against what is labelled, on all images or on samples of them; see the classes below.

    `labelled` and `found` are COCO's annotations and results by image, in the order of the images, without ids.
    """

    def __init__(
        self,
        kind: Literal["keypoints", "bbox"],
        *,
        categories: Sequence[Mapping[str, Any]],
        labelled: Sequence[Sequence[Mapping[str, Any]]],
        found: Sequence[Sequence[Mapping[str, Any]]],
        sigmas: Sequence[float] | None = None,
    ) -> None:
        ground = COCO()
        ground.dataset = {
            "info": {},
            "images": [{"id": number} for number in range(len(labelled))],
            "categories": list(categories),
            "annotations": [
                {"id": number * MOST_OF_AN_IMAGE + index + 1, "image_id": number, **entry}
                for number, entries in enumerate(labelled)
                for index, entry in enumerate(entries)
            ],
        }
        ground.createIndex()
        rows = [{"image_id": number, **entry} for number, entries in enumerate(found) for entry in entries]
        if rows:
            results = ground.loadRes(rows)
        else:  # which pycocotools does not expect
            results = COCO()
            results.dataset = {**ground.dataset, "annotations": []}
            results.createIndex()
        self._evaluation = COCOeval(ground, results, kind)
        parameters = self._evaluation.params
        if sigmas is not None:
            parameters.kpt_oks_sigmas = numpy.array(sigmas)
        parameters.maxDets = parameters.maxDets[-1:]
        # Of all sizes; pycocotools would repeat everything for medium and for large ones.
        parameters.areaRng, parameters.areaRngLbl = parameters.areaRng[:1], parameters.areaRngLbl[:1]
        self._evaluation.evaluate()
        self._recalls = parameters.recThrs
        images = len(labelled)
        results_of_all = [self._match_of(result) for result in self._evaluation.evalImgs]
        self._matched = [results_of_all[start : start + images] for start in range(0, len(results_of_all), images)]

    @staticmethod
    def _match_of(result: dict[str, Any] | None) -> tuple[numpy.ndarray, numpy.ndarray, numpy.ndarray, int]:
        """One category in one image: scores (D,), whether right (T, D) and whether they count (T, D), and how many
        labelled ones count.
        """
        if result is None:  # neither labels nor detections
            return numpy.zeros(0), numpy.zeros((10, 0), bool), numpy.zeros((10, 0), bool), 0
        counts = ~numpy.asarray(result["dtIgnore"], bool)
        right = (numpy.asarray(result["dtMatches"]) > 0) & counts
        return numpy.array(result["dtScores"]), right, counts, int((numpy.asarray(result["gtIgnore"]) == 0).sum())

    def figures(self) -> dict[str, float]:
        """AP, AP50, AP75 and AR on all images, parts of 1: the mean over the categories that are labelled."""
        evaluation = self._evaluation
        evaluation.accumulate()
        precision, recall = evaluation.eval["precision"], evaluation.eval["recall"]
        thresholds = evaluation.params.iouThrs
        return {
            "AP": _mean(precision[..., 0, 0]),
            "AP50": _mean(precision[numpy.isclose(thresholds, 0.5), ..., 0, 0]),
            "AP75": _mean(precision[numpy.isclose(thresholds, 0.75), ..., 0, 0]),
            "AR": _mean(recall[..., 0, 0]),
        }

    def by_category(self) -> list[float | None]:
        """AP of each category, parts of 1; None where nothing of it is labelled. Call figures() before."""
        precision = self._evaluation.eval["precision"][..., 0, 0]
        known = [precision[:, :, number] for number in range(precision.shape[2])]
        return [_mean(values) if (values > -1).any() else None for values in known]

    def average_precision(self, sample: numpy.ndarray) -> float:
        """AP on a sample of the images, numbers in which one may stand several times; NaN where nothing is in it.

        What COCOeval.accumulate computes, without its loops in Python: some hundred samples take less than a second.
        """
        found = [self._average_precision([images[image] for image in sample]) for images in self._matched]
        known = [value for value in found if not numpy.isnan(value)]
        return float(numpy.mean(known)) if known else float("nan")

    def _average_precision(self, chosen: Sequence[tuple[numpy.ndarray, numpy.ndarray, numpy.ndarray, int]]) -> float:
        """AP of one category."""
        labelled = sum(entry[3] for entry in chosen)
        if not labelled:
            return float("nan")
        scores = numpy.concatenate([entry[0] for entry in chosen])
        order = numpy.argsort(-scores, kind="mergesort")
        right = numpy.concatenate([entry[1] for entry in chosen], axis=1)[:, order].cumsum(1)
        counted = numpy.concatenate([entry[2] for entry in chosen], axis=1)[:, order].cumsum(1)
        precision = right / numpy.maximum(counted, 1)
        monotonic = numpy.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
        total = 0.0
        for recall, heights in zip(right / labelled, monotonic, strict=True):
            first = numpy.searchsorted(recall, self._recalls, side="left")
            total += heights[first[first < len(heights)]].sum() / len(self._recalls)
        return float(total / len(right))


def _mean(values: numpy.ndarray) -> float:
    known = values[values > -1]
    return float(known.mean()) if len(known) else 0.0


class KeypointEvaluation(Evaluation):
    """People with keypoints, by OKS.

    `people` are, by the image's name, {"box": [x, y, width, height], "area", "crowd", "keypoints": (K, 3) with x, y,
    visibility}; `found` are {"score", "keypoints": K × [x, y, visibility]}. Of each image the 20 best are looked at.
    """

    def __init__(
        self,
        people: Mapping[str, Sequence[Mapping[str, Any]]],
        found: Mapping[str, Sequence[Mapping[str, Any]]],
        sigmas: Sequence[float],
    ) -> None:
        names = sorted(people)
        super().__init__(
            "keypoints",
            categories=[{"id": 1, "name": "person", "keypoints": [str(index) for index in range(len(sigmas))]}],
            labelled=[
                [
                    {
                        "category_id": 1,
                        "bbox": numpy.asarray(person["box"]).tolist(),
                        "area": person["area"],
                        "iscrowd": person["crowd"],
                        "keypoints": person["keypoints"].ravel().tolist(),
                        "num_keypoints": int((person["keypoints"][:, 2] > 0).sum()),
                    }
                    for person in people[name]
                ]
                for name in names
            ],
            found=[
                [
                    {
                        "category_id": 1,
                        "keypoints": [value for point in entry["keypoints"] for value in point],
                        "score": entry["score"],
                    }
                    for entry in found[name]
                ]
                for name in names
            ],
            sigmas=sigmas,
        )


class BoxEvaluation(Evaluation):
    """Boxes of several classes, by IoU.

    `objects` are, by the image's name, {"class", "box": [x, y, width, height], "area", "crowd"}; `found` are {"class",
    "score", "box": [x1, y1, x2, y2]}. Of each image and class the 100 best are looked at.
    """

    def __init__(
        self,
        objects: Mapping[str, Sequence[Mapping[str, Any]]],
        found: Mapping[str, Sequence[Mapping[str, Any]]],
        classes: int,
    ) -> None:
        names = sorted(objects)
        super().__init__(
            "bbox",
            categories=[{"id": number + 1, "name": str(number)} for number in range(classes)],
            labelled=[
                [
                    {
                        "category_id": entry["class"] + 1,
                        "bbox": numpy.asarray(entry["box"]).tolist(),
                        "area": entry["area"],
                        "iscrowd": entry["crowd"],
                    }
                    for entry in objects[name]
                ]
                for name in names
            ],
            found=[
                [
                    {
                        "category_id": entry["class"] + 1,
                        "bbox": [
                            entry["box"][0],
                            entry["box"][1],
                            entry["box"][2] - entry["box"][0],
                            entry["box"][3] - entry["box"][1],
                        ],
                        "score": entry["score"],
                    }
                    for entry in found[name]
                ]
                for name in names
            ],
        )
