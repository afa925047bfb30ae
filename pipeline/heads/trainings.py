"""How networks are trained with Ultralytics, by task, for the training stage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from torch import nn

from pipeline.heads import detect_train, pose_train
from pipeline.shared.architecture import Wanted


@dataclass(frozen=True, kw_only=True)
class Training:
    """Ultralytics' side of a task.

    `trainer` and `model` are its classes, and `wanted` says which checkpoints are taken. A description of a network
    ends in the layer `head`, with a shape of keypoints where it `has_keypoints`; `standard` is the file of
    ultralytics/cfg/models/v8 that a scale alone stands for. `metrics` are the figures of a validation, each 0–1, by the
    names that Ultralytics gives them.
    """

    trainer: type
    model: type[nn.Module]
    wanted: Wanted
    head: str
    standard: str
    has_keypoints: bool
    metrics: Mapping[str, str]


TRAININGS: Mapping[str, Training] = {
    "pose": Training(
        trainer=pose_train.PoseTrainer,
        model=pose_train.PoseModel,
        wanted=pose_train.POSE,
        head=pose_train.HEAD,
        standard=pose_train.DESCRIPTION,
        has_keypoints=True,
        metrics=pose_train.METRICS,
    ),
    "detect": Training(
        trainer=detect_train.DetectionTrainer,
        model=detect_train.DetectionModel,
        wanted=detect_train.WANTED,
        head=detect_train.HEAD,
        standard=detect_train.DESCRIPTION,
        has_keypoints=False,
        metrics=detect_train.METRICS,
    ),
}
