"""Detection as SSCMA-Micro's own decoders and suppression find it, compiled here; see test_against_sources.py."""

from __future__ import annotations

import struct
import subprocess
from pathlib import Path

import numpy
import pytest
from test_against_sources import differences, with_sscma

from edgecask.target.target import load_target
from pipeline.heads.detect_decode import decode_decoded, decode_raw
from pipeline.shared import suppression

pytestmark = pytest.mark.extended
FRAME = (240, 240)
SIDE, CLASSES = 192, 5
GRIDS = [(SIDE // stride) ** 2 for stride in (8, 16, 32)]


@pytest.fixture(scope="module")
def detector(tmp_path_factory) -> Path:
    return with_sscma(
        tmp_path_factory.mktemp("sscma-detection"),
        "sscma_detection.cpp",
        "algorithm/el_algorithm_yolo_world",
        "algorithm/el_algorithm_yolov8",
        "utils/el_nms",
    )


def boxes_of(detector, tensors, quantization, *, score=50):
    """What the firmware prints of int8 outputs (rows, columns): x, y, w, h, score, class; and the real values."""
    content = struct.pack("<6i", len(tensors), *FRAME, SIDE, score, 45)
    for tensor, (scale, zero) in zip(tensors, quantization, strict=True):
        content += struct.pack("<fi2i", scale, zero, *tensor.shape) + tensor.tobytes()
    done = subprocess.run([detector], input=content, check=True, capture_output=True)
    real = [
        (tensor.astype(numpy.float32) - numpy.float32(zero)) * numpy.float32(scale)
        for tensor, (scale, zero) in zip(tensors, quantization, strict=True)
    ]
    return [[int(word) for word in line.split()] for line in done.stdout.decode().splitlines()], real


def printed(found):
    """What we say that it prints."""
    extent = numpy.tile(FRAME, 2)
    rows = []
    for box, score, kind in zip(found.boxes * extent, found.scores, found.classes, strict=True):
        sides = box[2:] - box[:2]
        rows.append([round(float(each)) for each in (*(box[:2] + sides / 2), *sides, 100 * score)] + [int(kind)])
    return rows


@pytest.mark.parametrize("seed", range(8))
def test_six_raw_outputs(detector, seed):
    generator = numpy.random.default_rng(seed)
    boxes, scores = [], []
    for grid in GRIDS:
        bins = generator.integers(-128, -60, (grid, 4, 16))
        numpy.put_along_axis(bins, generator.integers(1, 5, (grid, 4, 1)), 100, 2)
        boxes.append(bins.reshape(grid, 64).astype(numpy.int8))
        high = numpy.full((grid, CLASSES), -100)
        chosen = generator.choice(grid, min(14, grid), replace=False)
        high[chosen] = generator.integers(-2, 8, (len(chosen), CLASSES)) * 12 + 25
        scores.append(high.astype(numpy.int8))
    quantization = [(0.0912, -20)] * 3 + [(0.107, 20), (0.109, 19), (0.1, 18)]
    order = generator.permutation(6)
    tensors = [*boxes, *scores]
    theirs, real = boxes_of(detector, [tensors[at] for at in order], [quantization[at] for at in order])
    nms = load_target("grove").for_task("detect").nms.rules()
    ours = printed(suppression.shown(decode_raw(real, SIDE), nms, FRAME, SIDE))
    assert len(theirs) > 5 and [row[5] for row in ours] == [row[5] for row in theirs]
    different = differences(ours, theirs)
    # Single precision: what lies next to a whole pixel or percent may come out one off.
    assert different.max() <= 1 and (different > 0).mean() < 0.04


@pytest.mark.parametrize("seed", range(8))
def test_one_decoded_output(detector, seed):
    generator = numpy.random.default_rng(seed)
    anchors = sum(GRIDS)
    tensor = numpy.full((4 + CLASSES, anchors), -128)
    tensor[:2] = generator.integers(-128, 128, (2, anchors))
    tensor[2:4] = generator.integers(-120, 20, (2, anchors))
    chosen = generator.choice(anchors, 40, replace=False)
    tensor[4:, chosen] = generator.integers(-10, 12, (CLASSES, 40)) * 11
    theirs, real = boxes_of(detector, [tensor.astype(numpy.int8)], [(1 / 256, -128)])
    (_, _, form) = load_target("grove").forms()
    ours = printed(suppression.shown(decode_decoded(real, SIDE), form.nms.rules(), FRAME, SIDE))
    assert len(theirs) > 5 and form.model.head == "decoded"
    assert sorted(row[5] for row in ours) == sorted(row[5] for row in theirs)
    different = differences(sorted(ours), sorted(theirs))
    assert different.max() <= 1 and (different > 0).mean() < 0.04
    assert [row[0] for row in ours] == sorted(row[0] for row in ours)
