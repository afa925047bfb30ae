"""What TensorFlow's padding "same" puts around a map (tensorflow/lite/kernels/padding.h)."""

from __future__ import annotations


def same_padding(side: int, kernel: int, stride: int) -> tuple[int, int]:
    """Before and behind a side of a map; the odd one is behind."""
    whole = max((-(-side // stride) - 1) * stride + kernel - side, 0)
    return whole // 2, whole - whole // 2
