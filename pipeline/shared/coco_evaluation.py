"""COCO's keypoint evaluation by pycocotools, repeatable on samples of the images; used by score.py and agreement.py."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval


class Evaluation:
    """One model's detections against people, on all images or on samples of them.

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
                    "bbox": numpy.asarray(person["box"]).tolist(),
                    "area": person["area"],
                    "iscrowd": person["crowd"],
                    "keypoints": person["keypoints"].ravel().tolist(),
                    "num_keypoints": int((person["keypoints"][:, 2] > 0).sum()),
                }
                for number, name in enumerate(names)
                for index, person in enumerate(people[name])
            ],
        }
        ground.createIndex()
        rows = [
            {
                "image_id": number,
                "category_id": 1,
                "keypoints": [value for point in entry["keypoints"] for value in point],
                "score": entry["score"],
            }
            for number, name in enumerate(names)
            for entry in found[name]
        ]
        if rows:
            results = ground.loadRes(rows)
        else:  # which pycocotools does not expect
            results = COCO()
            results.dataset = {**ground.dataset, "annotations": []}
            results.createIndex()
        self._evaluation = COCOeval(ground, results, "keypoints")
        parameters = self._evaluation.params
        parameters.kpt_oks_sigmas = numpy.array(sigmas)
        # People of all sizes; pycocotools would repeat everything for medium and for large ones.
        parameters.areaRng, parameters.areaRngLbl = parameters.areaRng[:1], parameters.areaRngLbl[:1]
        self._evaluation.evaluate()
        self._recalls = parameters.recThrs
        self._matched = [self._match_of(result) for result in self._evaluation.evalImgs]

    @staticmethod
    def _match_of(result: dict[str, Any] | None) -> tuple[numpy.ndarray, numpy.ndarray, numpy.ndarray, int]:
        """One image: scores (D,), whether right (T, D) and whether they count (T, D), and how many people count."""
        if result is None:  # neither people nor detections
            return numpy.zeros(0), numpy.zeros((10, 0), bool), numpy.zeros((10, 0), bool), 0
        counts = ~numpy.asarray(result["dtIgnore"], bool)
        right = (numpy.asarray(result["dtMatches"]) > 0) & counts
        return numpy.array(result["dtScores"]), right, counts, int((numpy.asarray(result["gtIgnore"]) == 0).sum())

    def figures(self) -> dict[str, float]:
        """AP, AP50, AP75 and AR on all images, parts of 1."""
        evaluation = self._evaluation
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

    def average_precision(self, sample: numpy.ndarray) -> float:
        """AP on a sample of the images, numbers in which one may stand several times; NaN where nobody is in it.

        What COCOeval.accumulate computes, without its loops in Python: some hundred samples take less than a second.
        """
        chosen = [self._matched[image] for image in sample]
        people = sum(entry[3] for entry in chosen)
        if not people:
            return float("nan")
        scores = numpy.concatenate([entry[0] for entry in chosen])
        order = numpy.argsort(-scores, kind="mergesort")
        right = numpy.concatenate([entry[1] for entry in chosen], axis=1)[:, order].cumsum(1)
        counted = numpy.concatenate([entry[2] for entry in chosen], axis=1)[:, order].cumsum(1)
        precision = right / numpy.maximum(counted, 1)
        monotonic = numpy.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
        total = 0.0
        for recall, heights in zip(right / people, monotonic, strict=True):
            first = numpy.searchsorted(recall, self._recalls, side="left")
            total += heights[first[first < len(heights)]].sum() / len(self._recalls)
        return float(total / len(right))
