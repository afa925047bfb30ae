"""The suppression for the OpenMV AE3 against OpenMV's own library, which is Python and runs here as it is.

    git clone https://github.com/openmv/openmv
    EDGECASK_FIRMWARE_SOURCES=FOLDER_OF_IT .venv/bin/python -m pytest tests/firmware/test_openmv_library.py

Its numbers are MicroPython's ulab, which NumPy stands for. Without the sources it skips.
"""

from __future__ import annotations

import sys
import types

import numpy
import pytest
from test_against_sources import source

from edgecask.target.target import load_target
from pipeline.heads.detect_decode import decode_decoded
from pipeline.shared import suppression

pytestmark = pytest.mark.extended
OPENMV = ("openmv", "cbbb877")
LIBRARY = "scripts/libraries/ml"
FRAME = (640, 400)
SCALE, ZERO_POINT = 1 / 250, -128


@pytest.fixture
def library(monkeypatch):
    """YoloV8 of the library, whose modules it imports."""
    ulab = types.ModuleType("ulab")
    ulab.numpy = numpy
    micropython = types.ModuleType("micropython")
    micropython.const = lambda value: value
    monkeypatch.setitem(sys.modules, "ulab", ulab)
    monkeypatch.setitem(sys.modules, "micropython", micropython)
    utils = types.ModuleType("ml.utils")
    exec(source(OPENMV, f"{LIBRARY}/ml-core/ml/utils.py"), utils.__dict__)
    monkeypatch.setitem(sys.modules, "ml", types.ModuleType("ml"))
    monkeypatch.setitem(sys.modules, "ml.utils", utils)
    text = source(OPENMV, f"{LIBRARY}/ml-ultralytics/ml/postprocessing/ultralytics.py").decode()
    # MicroPython puts constants of a class with an underscore in where they are named; Python looks them up.
    names = [f"_YOLO_V{version}_{name}" for version in (5, 8) for name in ("CX", "CY", "CW", "CH", "SCORE", "CLASSES")]
    values = {"CX": 0, "CY": 1, "CW": 2, "CH": 3}
    scope = {name: values.get(name.rsplit("_", 1)[1], 4) for name in names}
    exec(text, scope)
    return scope["YoloV8"]


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize(("side", "classes"), [(192, 3), (256, 80)])
def test_what_the_library_shows(library, side, classes, seed):
    generator = numpy.random.default_rng(seed)
    anchors = sum((side // stride) ** 2 for stride in (8, 16, 32))
    output = numpy.full((4 + classes, anchors), -128, numpy.int8)
    output[:4] = generator.integers(-100, 0, (4, anchors))
    found = generator.choice(anchors, 40, replace=False)
    # No two scores are equal: MicroPython's sort leaves open who is first of such.
    output[4 + generator.integers(0, classes, 40), found] = generator.permutation(numpy.arange(20, 120))[:40]
    model = types.SimpleNamespace(
        output_shape=[(1, 4 + classes, anchors)],
        output_scale=[SCALE],
        output_zero_point=[ZERO_POINT],
        output_dtype=["b"],
        input_shape=[(1, side, side, 3)],
    )
    image = types.SimpleNamespace(roi=(0, 0, *FRAME))
    theirs = [
        (list(map(int, box)), number, float(score))
        for number, boxes in enumerate(library()(model, [image], [output[None].astype(numpy.float64)]))
        for box, score in boxes
    ]
    real = (output.astype(numpy.float64) - ZERO_POINT) * SCALE
    shown = suppression.shown(decode_decoded([real], side), load_target("openmv-ae3").nms.rules(), FRAME, side)
    corners = shown.boxes * numpy.tile(FRAME, 2)
    ours = [
        (numpy.rint([*box[:2], *(box[2:] - box[:2])]).astype(int).tolist(), int(number), float(score))
        for box, number, score in zip(corners, shown.classes, shown.scores, strict=True)
    ]
    assert len(theirs) > 3 and len(ours) == len(theirs)
    for one, other in zip(sorted(ours), sorted(theirs), strict=True):
        assert one[:2] == other[:2] and one[2] == pytest.approx(other[2], abs=1e-6)
