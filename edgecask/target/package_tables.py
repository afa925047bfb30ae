"""The tables of a package's manifest.json, as types: what is written, and what may be missing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NotRequired, TypedDict

Scores = Mapping[str, float]
"""COCO's AP, AP50, AP75 and AR and ST's AP0.5 by name, parts of 1."""
Metrics = Mapping[str, float]
"""What the model costs; units are in the names (`npu_ms`, `sram_kib`), others are counts of operators."""


class Drop(TypedDict):
    """Points of AP that the quantized model is under the float one, with a 95 % bootstrap interval."""

    points: float
    interval: list[float]


class LabelledData(TypedDict):
    """What was evaluated on: how many images and people, their digest with the labels, whose OKS constants."""

    images: int
    people: int
    sha256: str
    sigmas: str


class View(TypedDict):
    """How an image becomes the network's input (see pipeline/shared/camera.py); `frame` in pixels, or none."""

    resize: str
    colour: str
    frame: list[int] | None


class Accuracy(TypedDict):
    """What the models see of labelled images; `view` and `ultralytics` where they were asked for.

    `as_before_vela`: whether a simulated NPU found what the model does that was compiled.
    """

    data: LabelledData
    int8: Scores
    float: NotRequired[Scores]
    drop: NotRequired[Drop]
    view: NotRequired[View]
    ultralytics: NotRequired[dict[str, Any]]
    as_before_vela: NotRequired[bool]


class Compression(TypedDict):
    """The level of weight compression, and the metrics (with `AP` where it was measured) of every level."""

    level: str
    levels: Mapping[str, Metrics]


class FileEntry(TypedDict):
    """A model file of the package."""

    file: str
    sha256: str
    bytes: int


class PrefetchEntry(TypedDict, total=False):
    """The second file with weights brought ahead and its metrics, or the reason why there is none."""

    file: str
    sha256: str
    bytes: int
    metrics: Metrics
    reason: str


class OutputEntry(TypedDict):
    """An output of the model in its order; scale and zero point as TFLite has them."""

    name: str
    shape: list[int]
    dtype: str
    scale: float | None
    zero_point: int | None


class WeightsEntry(TypedDict):
    """The checkpoint."""

    name: str
    sha256: str
    notice: NotRequired[str]


class CalibrationEntry(TypedDict):
    """The images that activation ranges are taken from."""

    source: str
    sha256: str
    count: int


class Inputs(TypedDict):
    """What the stages were given."""

    weights: WeightsEntry
    calibration: CalibrationEntry
    vela_config_sha256: NotRequired[str]


class Manifest(TypedDict):
    """manifest.json of schema 1; what packages of 0.1 do not have is not required."""

    schema: int
    edgecask: NotRequired[str]
    target: str
    imgsz: int
    task: str
    classes: list[str]
    keypoints: int
    model: FileEntry
    outputs: list[OutputEntry]
    metrics: Metrics
    view: NotRequired[View]
    accuracy: NotRequired[Accuracy]
    compression: NotRequired[Compression]
    prefetch: NotRequired[PrefetchEntry]
    toolchain: dict[str, Any]
    inputs: Inputs
    files: NotRequired[list[str]]
