"""Outputs of detection as the firmwares decode them, by hand."""

import numpy
import pytest

from pipeline.heads.detect_decode import decode_decoded, decode_levels, decode_raw, decode_split

SIZE = 64
CELLS = [64, 16, 4]
CLASSES = 3


def outputs(place, kind, logit):
    """Raw outputs in which one anchor of the finest grid has one bin a side, and a score for a class."""
    boxes = [numpy.zeros((count, 64), numpy.float32) for count in CELLS]
    scores = [numpy.full((count, CLASSES), -9, numpy.float32) for count in CELLS]
    boxes[0][place] = -50
    for side, bin_ in enumerate((1, 1, 2, 3)):
        boxes[0][place, side * 16 + bin_] = 50
    scores[0][place, kind] = logit
    return boxes, scores


def test_the_raw_head_finds_a_box_by_its_bins():
    boxes, scores = outputs(10, 1, 2.0)  # row 1, column 2 of 8 × 8 cells
    found = decode_raw([*scores, *boxes], SIZE)
    best = int(found.scores.argmax())
    assert best == 10 and found.classes[best] == 1 and found.scores[best] == pytest.approx(1 / (1 + numpy.exp(-2)))
    assert (found.boxes[best] * SIZE / 8).tolist() == pytest.approx([1.5, 0.5, 4.5, 4.5])
    assert found.keypoints.shape == (84, 0, 3)


def test_of_equal_scores_the_raw_head_takes_the_last_and_others_the_first():
    boxes, scores = outputs(10, 0, 2.0)
    scores[0][10, 2] = 2.0
    assert decode_raw([*boxes, *scores], SIZE).classes[10] == 2
    sides = [int(count**0.5) for count in CELLS]
    pairs = zip(boxes, scores, sides, strict=True)
    maps = [numpy.concatenate([box, score], 1).reshape(side, side, -1) for box, score, side in pairs]
    levels = decode_levels([maps[0], maps[2], maps[1]], SIZE)
    assert levels.classes[10] == 0
    assert levels.boxes.tolist() == decode_raw([*boxes, *scores], SIZE).boxes.tolist()


def test_decoded_outputs_have_boxes_and_scores_in_one_or_two():
    rows = numpy.array(
        [[0.5, 0.2], [0.5, 0.3], [0.4, 0.2], [0.2, 0.2], [0.1, 0.7], [0.9, 0.7], [0.3, 0.1]], numpy.float32
    )
    found = decode_decoded([rows], SIZE)
    assert found.classes.tolist() == [1, 0] and found.scores.tolist() == pytest.approx([0.9, 0.7])
    assert found.boxes.tolist() == [pytest.approx([0.3, 0.4, 0.7, 0.6]), pytest.approx([0.1, 0.2, 0.3, 0.4])]
    split = decode_split([rows[:4], rows[4:].T], SIZE)
    assert split.boxes.tolist() == found.boxes.tolist() and split.classes.tolist() == found.classes.tolist()
