"""Nuvoton's samples for the M55M1.

The model is a file in the root of the SD card, whose name is compiled in. Model::Init prints an error and gives up at
any version of the schema but TensorFlow Lite's own (M55M1BSP @fae37ab, ThirdParty/ml-embedded-evaluation-kit/source/
application/api/common/source/Model.cc).
"""

from __future__ import annotations

from edgecask.firmware.plain import Plain


class Nuvoton(Plain):
    """See edgecask.firmware.family.Family."""
