"""What calibration and evaluation do as the firmware does, and what not, in words; from the target's data."""

from __future__ import annotations

from edgecask.target.target import Target
from edgecask.task.task import task_of

RESIZES = {
    "nearest-float32": "the nearest pixel, by the firmware's single-precision index",
    "nearest-fixed-point": "the nearest pixel, by the firmware's 16.16 fixed-point index",
    "nearest-exact": "the nearest pixel, by whole numbers",
    "bilinear-aligned-corners": "bilinear interpolation with aligned corners",
    "bilinear-half-shift": "bilinear interpolation half a pixel up and to the left",
    "bilinear-half-pixel": "bilinear interpolation between two pixels",
    "area-average": "averages (an inference)",
}
COLOURS = {
    "rgb": "RGB",
    "yuv422": "YUV 4:2:2",
    "rgb565": "RGB565",
    "rgb565-replicated": "RGB565",
}
CROPS = {
    "none": "whole pictures are stretched to the square (--crop=none)",
    "camera": "of every picture the part is taken that the camera would see (--crop=camera)",
}


def what_the_camera_sees(target: Target) -> str:
    """The frame, its colour, and how it becomes the network's square."""
    width, height = target.camera.frame
    return (
        f"The camera delivers {width} × {height} pixels as {COLOURS[target.camera.colour]}: {target.camera.sees}. "
        f"The firmware makes the network's square of them by {RESIZES[target.input.resize]}."
    )


def what_is_taken_of_images(target: Target) -> str:
    """How much of a picture calibration and evaluation look at."""
    return CROPS[target.camera.crop]


def who_is_shown(target: Target) -> str:
    """The firmware's thresholds."""
    nms, words = target.nms, task_of(target.model.task).words
    number = "any number of" if nms.maximum is None else f"at most {nms.maximum}"
    most = f"{number} {words.several}"
    score = (
        f"from a score of {nms.score:.2f} on" if nms.score_comparison == ">=" else f"above a score of {nms.score:.2f}"
    )
    alike = " of its class" if nms.by_class else ""
    if nms.suppression == "fading":
        return (
            f"It shows {most}, {score}; a {words.one} {words.who} overlaps with better ones{alike} loses score, and "
            f"goes below {nms.least:.2f}: {nms.thresholds}."
        )
    iou = f"above {nms.iou:.2f}" if nms.iou_comparison == ">" else f"of {nms.iou:.2f} or more"
    two = "two of a class" if nms.by_class else "two"
    return (
        f"It shows {most}, {score}, and only the better one of {two} {words.who} overlap by an IoU {iou}: "
        f"{nms.thresholds}."
    )


def what_is_not_emulated(target: Target) -> list[str]:
    """What is different on the board."""
    return [*target.camera.not_emulated, *target.nms.not_emulated]
