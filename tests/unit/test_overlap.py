"""Intersection over union by hand, as each firmware computes it."""

import numpy
import pytest

from pipeline.shared import overlap


def test_overlap_by_hand():
    box, others = numpy.array([0, 0, 4, 2.0]), numpy.array([[2, 1, 6, 3.0], [5, 5, 6, 6], [0, 0, 4, 2]])
    assert overlap.iou(box, others).tolist() == [2 / 14, 0, 1]
    assert overlap.iou(numpy.zeros(4), numpy.zeros((1, 4))).tolist() == [0]


def test_himax_takes_the_corner_for_the_centre():
    # Side by side in truth (0 to 4, 4 to 5); around their corners they are −2 to 2 and 3.5 to 4.5.
    box = numpy.array([0, 0, 4, 4.0])
    found = overlap.iou_corner_as_centre(box, numpy.array([[4, 0, 5, 4], [0, 0, 2, 2], [3, 3, 4, 4.0]]))
    # A box in the corner of another moves to its middle: still 4 of 16. One at the far corner moves away: 0 of 17.
    assert found.tolist() == [0, 4 / 16, 0]
    assert overlap.iou(box, numpy.array([[3, 3, 4, 4.0]])).tolist() == [1 / 16]


def test_people_apart_across_and_down_overlap_on_the_stm32mp2():
    box, other = numpy.array([0, 0, 1, 1.0]), numpy.array([[2, 2, 3, 3.0]])
    # (1 − 2) · (1 − 2) = 1, over 1 + 1 − 1.
    assert overlap.iou_unclamped(box, other).tolist() == [1]
    assert overlap.iou_unclamped(box, numpy.array([[2, 0, 3, 1.0]])).tolist() == [-1 / 3]


def test_sscma_takes_centres_for_corners_in_whole_percent():
    """compute_iou of el_nms.cpp by hand: (10, 10, 20, 20) and (12, 10, 40, 20) as corners share 18 × 20."""
    found = numpy.array([[0, 0, 20, 20], [-8, 0, 32, 20.0]])  # the corners of these centres and sides
    assert overlap.iou_centre_as_corner(found[0], found[1:]).tolist() == [0.43]  # 360 / 840 is 0.4286
    assert overlap.iou(found[0], found[1:])[0] == pytest.approx(0.5)  # 20 × 20 of 20 × 40
