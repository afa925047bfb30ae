"""Heads in PyTorch by task, for the export stage."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.heads import detect, detect_torch, pose, pose_torch


@dataclass(frozen=True, kw_only=True)
class Exporter:
    """How a task's networks are exported.

    `check_model(model, **limits)` raises Refused of kind "model" where the target's limits do not allow this network.
    `branches(model)` is the network up to its head's last convolutions, with the `names` of the feature maps, and
    `branch_names` says what the attributes of the head compute. `heads[head](model, image_size)` is the whole network,
    with the `names` of its outputs. `describe_head(model)` is what the report says of the head.
    """

    check_model: Callable[..., None]
    branches: Callable[..., Any]
    branch_names: Mapping[str, str]
    heads: Mapping[str, Callable[..., Any]]
    describe_head: Callable[[Any], dict[str, Any]]


EXPORTERS = {
    "pose": Exporter(
        check_model=pose_torch.check_model,
        branches=pose_torch.Branches,
        branch_names=pose.BRANCHES,
        heads=pose_torch.HEADS,
        describe_head=pose_torch.describe_head,
    ),
    "detect": Exporter(
        check_model=detect_torch.check_model,
        branches=detect_torch.Branches,
        branch_names=detect.BRANCHES,
        heads=detect_torch.HEADS,
        describe_head=detect_torch.describe_head,
    ),
}
