"""What a file that went through Vela finds in pictures, on a simulated Ethos-U55, in the environment `npu`.

All else is as in ../detect/detect.py, whose parameters, inputs and outputs it has, but for `interpreter`.
"""

from __future__ import annotations

from typing import Any

from pipeline.detect.detect import detected
from pipeline.npu.network import SimulatedNetwork


def run(parameters: dict[str, Any]) -> dict[str, Any]:
    """Detect on every picture, as the chip computes."""
    return detected(SimulatedNetwork, parameters)
