"""The firmware's decode, on tensors whose answer is known."""

import numpy
import pytest

from pipeline.heads.pose_decode import decode_decoded, decode_raw, sigmoid

SIZE = 64
SIDES = {8: 8, 16: 4, 32: 2}
ANCHORS = sum(side * side for side in SIDES.values())


def empty_outputs(keypoints=2):
    outputs = {}
    for stride, side in SIDES.items():
        outputs[f"box_s{stride}"] = numpy.zeros((side * side, 64), numpy.float32)
        outputs[f"score_s{stride}"] = numpy.full((side * side, 1), -20, numpy.float32)
    outputs["keypoints"] = numpy.zeros((ANCHORS, 3 * keypoints), numpy.float32)
    return outputs


def test_one_person_in_the_raw_head():
    outputs = empty_outputs()
    cell = 1 * 4 + 2  # row 1, column 2 of stride 16
    outputs["score_s16"][cell] = 0
    for side, distance in enumerate((1, 0, 1, 2)):  # left, top, right, bottom, in cells
        outputs["box_s16"][cell, 16 * side + distance] = 100
    outputs["keypoints"][64 + cell] = [0.25, -0.5, 0, 1, 1, 4]
    found = decode_raw(list(outputs.values())[::-1], SIZE)  # tensors are picked by shape, in any order
    best = int(found.scores.argmax())
    assert best == 64 + cell and found.scores[best] == pytest.approx(0.5)
    # The centre of the cell is (2.5, 1.5) · 16.
    assert found.boxes[best] * SIZE == pytest.approx([24, 24, 56, 56])
    assert found.keypoints[best, :, :2] * SIZE == pytest.approx(numpy.array([[40, 0], [64, 48]]))
    assert found.keypoints[best, :, 2] == pytest.approx([0.5, 1 / (1 + numpy.exp(-4))])


def test_the_decoded_head():
    output = numpy.zeros((11, 3), numpy.float32)
    output[:, 1] = [0.5, 0.5, 0.2, 0.4, 0.9, 0.1, 0.2, 1.0, 0.3, 0.4, 0.0]
    found = decode_decoded([output], SIZE)
    assert found.boxes[1] == pytest.approx([0.4, 0.3, 0.6, 0.7])
    assert found.scores[1] == pytest.approx(0.9)
    assert found.keypoints[1] == pytest.approx(numpy.array([[0.1, 0.2, 1.0], [0.3, 0.4, 0.0]]))


def test_outputs_of_another_model_are_not_taken():
    outputs = empty_outputs()
    del outputs["box_s8"]
    with pytest.raises((KeyError, ValueError)):
        decode_raw(list(outputs.values()), SIZE)


def test_scores_are_those_of_single_precision():
    """1 / (1 + e⁻ˣ) step by step; from 17 on it is 1, so that such scores are equal."""
    values = numpy.array([-80, -3.5, 0, 0.1, 17, 30], numpy.float32)
    one = numpy.float32(1)
    expected = [one / (one + numpy.float32(numpy.exp(-float(value)))) for value in values]
    found = sigmoid(values)
    assert found.dtype == numpy.float32 and found.tolist() == [float(value) for value in expected]
    assert found[2] == 0.5 and found[4] == found[5] == 1
