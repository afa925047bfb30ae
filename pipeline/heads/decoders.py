"""Decoders by task, then by head: (outputs as real values without their first axis, image size) → Candidates."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from pipeline.heads import detect_decode, pose_decode
from pipeline.shared.candidates import Array, Candidates

DECODERS: Mapping[str, Mapping[str, Callable[[Sequence[Array], int], Candidates]]] = {
    "pose": pose_decode.DECODERS,
    "detect": detect_decode.DECODERS,
}
