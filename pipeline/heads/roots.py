"""Square roots that are the same on every processor."""

from __future__ import annotations

import numpy
import torch


def square_root(values: torch.Tensor) -> torch.Tensor:
    """The root of each value, rounded as IEEE 754 has it; no gradient goes through it.

    PyTorch's own is MKL's, which begins with the processor's own guess: AMD's and Intel's last bits differ, whatever
    kernels are asked for.
    """
    return torch.as_tensor(numpy.sqrt(values.detach().numpy()))
