"""Ultralytics' own validator on models as the device decodes them: what `yolo val` says of them.

Where its preprocessing is the device's, its mAP agrees with COCO's AP of edgecask/analysis/accuracy.py. That is
so for whole pictures that have the size of the model's input: any others Ultralytics letterboxes, and the devices
stretch them. What remains then comes from

- the colour that the camera delivers (`[camera]` of the target) and the whole pixels in which the firmware prints
  (`[nms]`): Ultralytics knows neither;
- the suppression of overlapping boxes: Ultralytics drops above an IoU of 0.7, firmwares above less (`[nms]` of the
  target); `--iou` makes them the same. Ultralytics keeps 300 boxes a picture, the evaluation 100, of which pycocotools
  looks at 20;
- people without a labelled keypoint: Ultralytics counts their poses as missed, pycocotools leaves them out, and with
  them the detections that lie on them;
- the area in OKS, where a COCO JSON gives that of the outline: Ultralytics always takes 0.53 of the box;
- the matching (pycocotools by score, Ultralytics by OKS) and the area under the curve (pycocotools averages the
  precision at 101 recalls, Ultralytics integrates a line through them).

Of detection, an anchor shows the class that the firmware shows, and no other: `yolo detect val` of the checkpoint
counts every class of an anchor. Ultralytics suppresses within a class; Himax' apps do
whatever the class.

Measured before camera and printing were emulated, with the suppression of the target, on 80 photographs made square at
the size of the model, with the people that have keypoints (86): `grove` at 192 AP50 29.2 and mAP50 29.1, AP 9.8 and
mAP50-95 9.6; `stm32n6` at 256 45.1 and 45.2, 18.9 and 18.8. With an IoU of 0.7 Ultralytics says 30.3 and 10.0, 47.0 and
19.3. Where a picture has many more detections than 20, the cut is the largest part: 1.1 of 1.3 points with 77 a
picture.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from edgecask.analysis.accuracy import StoredImages
from edgecask.plan import evaluation_stages as plan
from edgecask.plan.graph import Content, Node, Results
from edgecask.target.target import Target


def validation_nodes(
    target: Target, *, models: Mapping[str, Content], images: StoredImages, iou: float | None = None
) -> list[Node]:
    """The validator on every model, under one line of the display.

    `iou` is the IoU of the suppression of boxes, None for Ultralytics' default.
    """
    return [
        plan.validate_stage(
            target,
            model=model,
            ground_truth=images.ground_truth,
            images=images.parts,
            sigmas=images.labelled.sigmas,
            classes=images.labelled.classes,
            iou=iou,
        ).called(f"validate {name}", line="validate")
        for name, model in models.items()
    ]


def validation_of(results: Results, names: Sequence[str]) -> dict[str, Any]:
    """The figures of every model by its name, parts of 1, and what is common to them (see pipeline/validate)."""
    found: dict[str, Any] = {}
    for name in names:
        result = results[f"validate {name}"]
        table = json.loads(result.outputs["ultralytics.json"].path.read_text(encoding="utf-8"))
        found[name] = table.pop("figures")
        found |= {**table, "version": result.report["versions"]["ultralytics"]}
    return found
