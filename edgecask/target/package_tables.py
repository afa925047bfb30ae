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


class ClassScore(TypedDict):
    """AP of one class, parts of 1, and how often it is labelled; null where it never is."""

    name: str
    objects: int
    int8: float | None
    float: NotRequired[float | None]


class Accuracy(TypedDict):
    """What the models see of labelled images; `agreement`, `view` and `ultralytics` in what `evaluate` prints.

    `as_before_vela`: whether a simulated NPU found what the model does that was compiled.
    """

    data: LabelledData
    int8: Scores
    float: NotRequired[Scores]
    classes: NotRequired[list[ClassScore]]
    drop: NotRequired[Drop]
    agreement: NotRequired[Agreement]
    view: NotRequired[View]
    ultralytics: NotRequired[dict[str, Any]]
    as_before_vela: NotRequired[bool]


class JudgingImages(TypedDict):
    """What agreement was measured on: images, the people that the float model is sure of there, where the images are
    from, their digest, and whose OKS constants.
    """

    images: int
    people: int
    source: str
    sha256: str
    sigmas: str


class Distance(TypedDict):
    """How far keypoints lie from the float model's, in pixels of the network's input, with a 95 % bootstrap interval;
    nulls where there is nothing to measure.
    """

    pixels: float | None
    interval: list[float] | None


class KeypointDistance(Distance):
    """One keypoint: how often the float model sees it, and its own part of OKS (0 to 1)."""

    count: int
    similarity: float | None


class Agreement(TypedDict, total=False):
    """How far the quantized model agrees with the float one: OKS AP against what that is sure of, with a 95 % bootstrap
    interval, parts of 1; people who are not found, and distances of keypoints, in the model's order; of detection
    objects, AP of boxes, and the mean `overlap` (IoU) of those that are found. Where nothing could be measured,
    `reason` says why.
    """

    reason: str
    data: JudgingImages
    AP: float
    interval: list[float]
    missed: int
    overlap: float | None
    distance: Distance
    keypoints: list[KeypointDistance]


class Compression(TypedDict):
    """The level of weight compression, and the metrics of every level, with `AP` and `agreement` where measured."""

    level: str
    levels: Mapping[str, Metrics]


class WeightLevel(TypedDict):
    """Weights of some bits each: bytes by an ideal coder, and what was measured of them."""

    bits: float
    bytes: int
    agreement: NotRequired[float]
    timeline_ms: NotRequired[float]
    flash_kib: NotRequired[float]


class WeightTable(TypedDict):
    """How many bits a weight has, of which levels that was chosen, and why not by agreement where it was not."""

    level: str
    bits: float
    levels: list[WeightLevel]
    reason: NotRequired[str]


class FileEntry(TypedDict):
    """A model file of the package."""

    file: str
    sha256: str
    bytes: int


class HostEntry(TypedDict, total=False):
    """The same model as a file that runs on a PC, or the reason why there is none."""

    file: str
    sha256: str
    bytes: int
    reason: str


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
    """The images that activation ranges are taken from; `held_out` others of the same source only judge."""

    source: str
    sha256: str
    count: int
    held_out: NotRequired[int]


class Inputs(TypedDict):
    """What the stages were given."""

    weights: WeightsEntry
    calibration: CalibrationEntry
    vela_config_sha256: NotRequired[str]


class Manifest(TypedDict):
    """manifest.json of schema 2; what packages of 0.1 do not have is not required. `toolchain` is in those of schema 1
    alone: the provenance has it now.
    """

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
    agreement: NotRequired[Agreement]
    compression: NotRequired[Compression]
    weights: NotRequired[WeightTable]
    prefetch: NotRequired[PrefetchEntry]
    host: NotRequired[HostEntry]
    toolchain: NotRequired[dict[str, Any]]
    inputs: Inputs
    files: NotRequired[list[str]]
