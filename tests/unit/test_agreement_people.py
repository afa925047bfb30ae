"""Whom the float model is sure of, and which detection of another model shows each of them."""

import numpy
import pytest

from pipeline.agreement.people import Distances, overlap, partners, people_of


def found(box, *, score=0.9, points=((1, 2, 1.0), (3, 4, 0.5))):
    return {"box": list(box), "score": score, "keypoints": [list(point) for point in points]}


def test_what_is_seen_becomes_a_label_and_what_is_not_is_left_out():
    (person,) = people_of([found((10, 20, 50, 100)), found((0, 0, 9, 9), points=((1, 2, 0.5), (3, 4, 0.1)))], 0.5)
    assert person["box"].tolist() == [10, 20, 40, 80] and person["area"] == pytest.approx(0.53 * 40 * 80)
    assert person["keypoints"].tolist() == [[1, 2, 2], [0, 0, 0]] and person["crowd"] == 0


@pytest.mark.parametrize(
    ("box", "expected"), [((0, 0, 10, 10), 1), ((5, 0, 15, 10), 1 / 3), ((10, 0, 20, 10), 0), ((20, 20, 30, 30), 0)]
)
def test_boxes_overlap(box, expected):
    assert overlap(numpy.array([0, 0, 10, 10]), box) == pytest.approx(expected)


def test_the_best_scored_detection_on_a_person_is_that_persons():
    people = people_of([found((0, 0, 100, 100)), found((200, 0, 300, 100))], 0.5)
    worse, better = found((0, 0, 100, 101), score=0.3), found((0, 0, 100, 120), score=0.8)
    assert partners(people, [worse, better]) == [1, None]
    # Who is taken is taken: the next takes the other person, where it overlaps that one by half.
    assert partners(people_of([found((0, 0, 100, 100)), found((0, 0, 100, 110))], 0.5), [worse, better]) == [0, 1]
    assert partners(people, [found((150, 0, 260, 100))]) == [None, None] and partners([], [worse]) == []


def test_distances_are_of_the_keypoints_that_float_sees():
    people = {"a": people_of([found((0, 0, 100, 100))], 0.5), "b": people_of([found((0, 0, 10, 10))], 0.5)}
    moved = {"a": [found((0, 0, 100, 100), points=((4, 6, 0.0), (99, 99, 1.0)))], "b": []}
    distances = Distances(people, moved, (0.5, 0.5))
    mean, by_keypoint = distances.mean(distances.pixels)
    assert mean == pytest.approx(5) and by_keypoint[0] == pytest.approx(5) and numpy.isnan(by_keypoint[1])
    assert distances.missed == 1
    assert numpy.isnan(distances.mean(distances.pixels, numpy.array([1, 1]))[0])
