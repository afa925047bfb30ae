"""Float networks by NumPy (pipeline/shared/float_network.py): what TensorFlow Lite's kernels and calibrator find."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import run_script
from locations import REPOSITORY

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def found(environment_python):
    script = HERE / "compare_float_networks.py"
    return json.loads(run_script(environment_python("convert"), script, REPOSITORY).splitlines()[-1])


def test_every_kernel_computes_what_tensorflow_lite_does(found):
    assert found["kernels"] == found["known"]["kinds"]
    assert found["known"]["error"] < 2e-5


def test_ranges_are_those_of_tensorflows_own_calibrator(found):
    assert found["calibrated"]["known"]["ranges"] > 50
    assert found["calibrated"]["known"]["worst"] < 1e-6
    assert found["calibrated"]["leaky"] == {"worst": 0.0, "ranges": 5}  # TensorFlow's own, of what NumPy does not know


def test_what_is_not_known_is_left_to_tensorflow_lite(found):
    assert found["refused"] == {
        "leaky": "the operator LEAKY_RELU",
        "dilated": "a dilated or widening CONV_2D",
        "widening": "a dilated or widening DEPTHWISE_CONV_2D",
        "bilinear": "the operator RESIZE_BILINEAR",
        "corners": "RESIZE_NEAREST_NEIGHBOR by another rule",
        "of any size": "shapes that are known at run time only",
        "squeezed": "STRIDED_SLICE of that form",
    }
