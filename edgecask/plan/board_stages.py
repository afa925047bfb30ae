"""The stages that hold a board against this machine: see edgecask/analysis/board_comparison.py."""

from __future__ import annotations

from collections.abc import Sequence

from edgecask.plan.evaluation_stages import BOOTSTRAP_REPLICATES, VISIBLE
from edgecask.plan.graph import Content, Node
from edgecask.plan.program import Program

SHIFTS = ((4, 4), (3, 5))
"""Pixels to the right and down: no multiples of a JPEG's blocks, which are 8 or 16 wide."""
LOSS_FACTOR = 2.0
"""How much more than a second loss the first one and all that is not emulated may be; benchmarks/board_images.py finds
about 1 for the first loss alone."""
OFFSET_PIXELS = 0.5
"""How far to one side people may lie on average. The loss moves them by a tenth; a pixel of the frame is found."""
LEAST_PEOPLE = 20
"""Below that the interval is wider than anything that could be found."""


def jpeg_loss_stage(*, images: Content) -> Node:
    """The pictures of a board and what their own loss makes of them."""
    return Node(
        name="jpeg loss",
        program=Program(name="jpeg_loss", environment="convert"),
        inputs={"images.tar": images},
        outputs=("images.tar",),
        parameters={"shifts": [list(shift) for shift in SHIFTS]},
    )


def board_check_stage(*, board: Content, detections: Content, sigmas: Sequence[float], score: float, task: str) -> Node:
    """Whether what the board said is what this machine sees; `score` is the threshold that is in force there."""
    return Node(
        name="board check",
        program=Program(name="board_check", environment="evaluate"),
        inputs={"board.json": board, "detections.json": detections},
        outputs=("verdict.json",),
        parameters={
            "task": task,
            "sigmas": list(sigmas),
            "visibility": VISIBLE,
            "score": score,
            "factor": LOSS_FACTOR,
            "offset": OFFSET_PIXELS,
            "least": LEAST_PEOPLE,
            "replicates": BOOTSTRAP_REPLICATES,
            "seed": 0,
        },
    )
