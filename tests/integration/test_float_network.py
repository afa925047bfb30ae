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


def test_sums_beyond_float32_end_where_theirs_do(found):
    """An infinite range would end the process."""
    assert found["calibrated"]["overflow"]["worst"] == 0.0


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


def test_what_no_converter_writes_is_none_of_its_networks(found):
    """Or it would end in a traceback, or take gigabytes and hours, or give figures of something else."""
    assert found["damaged"] == {
        "stride": "operators of another form",
        "window": "operators of another form",
        "parts": "operators of another form",
        "images": "an input that is not one image of float32",
        "constant": "outputs that no operator makes",
        "types": "an input that is not one image of float32",
        "options": "operators of another form",
    }
    assert found["shape"] == "an image of the shape (1, 15, 16, 3) for an input of the shape (1, 15, 15, 3)"


def test_a_file_may_leave_out_what_is_empty(found):
    assert found["empty"] == []


def test_files_of_old_tensorflows_have_the_number_of_an_operator_elsewhere(found):
    assert found["old"] == {"error": 0.0, "kinds": ["MUL"]}


def test_what_nobody_reads_any_more_takes_no_memory(found):
    """All maps of a large network together may be more than there is."""
    assert found["held"] < 5
