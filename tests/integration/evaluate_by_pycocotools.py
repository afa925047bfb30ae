"""COCO's AP as its own documentation computes it: FOLDER has cases.json; ap.json is written beside it.

Run in the environment `evaluate`; nothing of pipeline/ is used. A case is {"annotations": by image, "results": by
image, "sample": numbers of images, each a picture of its own even where it stands there twice}.
"""

import json
import sys
from pathlib import Path

from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

folder = Path(sys.argv[1])
found = []
for case in json.loads((folder / "cases.json").read_text()):
    annotations, results = [], []
    for number, image in enumerate(case["sample"]):
        for entry in case["annotations"][image]:
            annotations.append({**entry, "id": len(annotations) + 1, "image_id": number + 1, "category_id": 1})
        results += [{**entry, "image_id": number + 1, "category_id": 1} for entry in case["results"][image]]
    truth = {
        "info": {},
        "images": [{"id": number + 1} for number in range(len(case["sample"]))],
        "categories": [{"id": 1, "name": "person"}],
        "annotations": annotations,
    }
    (folder / "truth.json").write_text(json.dumps(truth))
    (folder / "results.json").write_text(json.dumps(results))
    coco = COCO(str(folder / "truth.json"))
    evaluation = COCOeval(coco, coco.loadRes(str(folder / "results.json")), "keypoints")
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
    found.append(evaluation.stats[0])
(folder / "ap.json").write_text(json.dumps(found))
