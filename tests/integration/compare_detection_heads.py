"""The heads of detection against Ultralytics' own, in the environment `export`: compare_detection_heads.py FOLDER.

Prints JSON: by checkpoint and head the largest differences of boxes (pixels), classes and scores.
"""

import json
import sys
from pathlib import Path

import numpy
import torch

from pipeline.heads.decoders import DECODERS
from pipeline.heads.detect_torch import HEADS
from pipeline.shared.checkpoint import load_model

SIZE = 96
torch.manual_seed(0)
torch.set_num_threads(1)
image = torch.rand(1, 3, SIZE, SIZE)
found = {}
for path in sorted(Path(sys.argv[1]).glob("yolov8-*.pt")):
    model = load_model(path)
    with torch.no_grad():
        theirs = model(image)[0][0].numpy()  # (4 + C, F): cx, cy, w, h in pixels, scores
        for name, head in HEADS.items():
            outputs = head(model, SIZE).eval()(image)
            if (name, model.model[-1].nc) == ("raw", 64):
                continue
            ours = DECODERS["detect"][name]([output[0].numpy() for output in outputs], SIZE)
            corners = ours.boxes * SIZE
            boxes = numpy.concatenate([(corners[:, :2] + corners[:, 2:]) / 2, corners[:, 2:] - corners[:, :2]], 1)
            scores = theirs[4:]
            found[f"{path.stem} {name}"] = {
                "boxes": float(abs(boxes - theirs[:4].T).max()),
                "scores": float(abs(ours.scores - scores.max(0)).max()),
                "classes": int((scores[ours.classes, numpy.arange(scores.shape[1])] < scores.max(0) - 1e-6).sum()),
                "spread": float(numpy.ptp(boxes, 0).min()),
            }
print(json.dumps(found))
