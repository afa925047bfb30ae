"""What a user asks of a data set of rendered people, or of drawn objects."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from edgecask.common_options import image_size_option
from edgecask.options import Request, option

FACING = 95
"""Percent: who tries a board looks at its camera."""
MAX_COUNT = 1_000_000


@dataclass(frozen=True, kw_only=True)
class DemoDataRequest(Request):
    """What is to be made, and where to: how many images for training and validation, their side in pixels."""

    output: Path = option(
        Path("demo-data"),
        help="the folder to make (an earlier data set of this kind in it is replaced)",
        placeholder="FOLDER",
    )
    task: Literal["pose", "detect"] = option(
        "pose", help="people with keypoints, or objects of four classes with boxes"
    )
    count: int = option(3000, help="images for training", minimum=1, maximum=MAX_COUNT, example="3000")
    validation: int = option(300, name="val", help="images for validation", minimum=1, maximum=MAX_COUNT, example="300")
    seed: int = option(
        0, help="another number gives other images, the same number the same bytes", minimum=0, maximum=2**63 - 1
    )
    image_size: int = image_size_option(256, help="side of an image in pixels", minimum=64, maximum=1024)
    facing: int = option(
        FACING,
        help="percent of the people (of --task=pose) who look roughly at the camera",
        minimum=0,
        maximum=100,
        example="95",
    )
