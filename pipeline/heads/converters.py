"""Heads in TensorFlow by task: (head, feature maps in the order in which the ONNX file has them) → outputs by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pipeline.heads import detect_tensorflow, pose_tensorflow

CONVERTERS: Mapping[str, Callable[[str, Sequence[Any]], dict[str, Any]]] = {
    "pose": pose_tensorflow.on_maps,
    "detect": detect_tensorflow.on_maps,
}
