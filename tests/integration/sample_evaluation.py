"""What pipeline/shared/coco_evaluation.py says of the cases in FOLDER (see evaluate_by_pycocotools.py): own.json.

Run in the environment `evaluate`, in the repository.
"""

import json
import sys
from pathlib import Path

import numpy

from pipeline.shared.coco_evaluation import KeypointEvaluation

folder, sigmas = Path(sys.argv[1]), json.loads(sys.argv[2])
found = []
for case in json.loads((folder / "cases.json").read_text()):
    names = [f"{number:04}" for number in range(len(case["annotations"]))]
    people = {
        name: [
            {
                "box": entry["bbox"],
                "area": entry["area"],
                "crowd": entry["iscrowd"],
                "keypoints": numpy.array(entry["keypoints"], float).reshape(-1, 3),
            }
            for entry in entries
        ]
        for name, entries in zip(names, case["annotations"], strict=True)
    }
    results = {
        name: [
            {"score": entry["score"], "keypoints": numpy.reshape(entry["keypoints"], (-1, 3)).tolist()}
            for entry in entries
        ]
        for name, entries in zip(names, case["results"], strict=True)
    }
    evaluation = KeypointEvaluation(people, results, sigmas)
    found.append([evaluation.average_precision(numpy.array(case["sample"])), evaluation.figures()["AP"]])
(folder / "own.json").write_text(json.dumps(found))
