"""Whether a board sees what this machine sees, in the environment `evaluate`.

The board looked at a frame, this machine at the JPEG that was sent of it: they differ by what the JPEG lost, and by
whatever else is different. The first is measured here on pairs of pictures of the same people, before and after such a
loss (pipeline/jpeg_loss), by the very same rules. A person is matched by OKS, and a person's difference is 1 − OKS,
from 0 to 1, a box of detection by the IoU with one of its class; somebody who is missed altogether differs by 1. A loss
moves keypoints any way: where all of them lie to one side, something else is different, and that shows much sooner.

Parameters: `task` (a key of matches.MATCHES), `sigmas` (OKS constants, one a keypoint), `visibility` (above which a
keypoint counts), `score` (from which on people are shown), `factor` (how much more than the loss is still the loss),
`offset` (pixels to one side that are still none), `least` (people without whom nothing is said), `replicates` and
`seed` of a bootstrap over frames. Inputs `board.json`: {"images": [{"name", "people": [{"box": [x1, y1, x2, y2],
"score", "keypoints": [[x, y, visibility], …]}]}]} in pixels of the frame, parts of 1, and `detections.json` of the
stage detect on the pictures of pipeline/jpeg_loss. Output `verdict.json`: {"verdict": "same", "differs" or "cannot
tell", "frames", "board" and "loss": {"people", "missed", "difference", "pixels"}, "ratio": {"value", "interval"},
"offset": {"right" and "down": {"value", "interval"}}}; people are boxes where `task` is detection, `missed` ones are on
one side and not on the other, `pixels` are mean distances of keypoints or corners, and `offset` is how far the board
sees people to the right and down, in pixels of the frame.
"""

from __future__ import annotations

import json
from typing import Any

import numpy

from pipeline.board_check.sides import check
from pipeline.harness import INPUTS, OUTPUTS


def run(parameters: dict[str, Any]) -> dict[str, Any]:
    """Compare them."""
    board = json.loads((INPUTS / "board.json").read_text())["images"]
    seen = {entry["name"]: entry for entry in json.loads((INPUTS / "detections.json").read_text())["images"]}
    figures = check(board, seen, parameters)
    (OUTPUTS / "verdict.json").write_text(json.dumps(figures, sort_keys=True))
    return {"verdict": figures["verdict"], "versions": {"numpy": numpy.__version__}}
