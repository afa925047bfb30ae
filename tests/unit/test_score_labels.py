"""Labels as far as the camera saw them."""

import pytest

from pipeline.score.labels import labels_of


def entry(*people, normalised=False):
    return {"name": "a.jpg", "normalised": normalised, "people": list(people)}


def person(box, *keypoints, area=None):
    return {"box": box, "area": area, "crowd": 0, "keypoints": [list(point) for point in keypoints]}


def seen(region, size=(640, 480)):
    return {"width": size[0], "height": size[1], "region": list(region)}


SQUARE = seen((80, 0, 480, 480))


def test_a_person_who_is_seen_whole_is_left_as_is():
    label = entry(person([100, 10, 50, 80], (110, 20, 2), (0, 0, 0), area=1000))
    (found,) = labels_of(label, SQUARE)
    assert found["box"].tolist() == [100, 10, 50, 80] and found["area"] == 1000
    assert found["keypoints"].tolist() == [[110, 20, 2], [0, 0, 0]]


def test_who_stands_at_the_edge_is_labelled_as_far_as_seen():
    (found,) = labels_of(entry(person([60, 0, 80, 100], (70, 50, 2), (80, 50, 1), (140, 99, 2), area=4000)), SQUARE)
    assert found["box"].tolist() == [80, 0, 60, 100]
    assert found["area"] == pytest.approx(3000)  # as the box: three of four columns
    assert found["keypoints"].tolist() == [[0, 0, 0], [80, 50, 1], [140, 99, 2]]


def test_who_is_not_seen_is_left_out():
    outside = person([0, 0, 80, 100], (10, 10, 2))
    assert labels_of(entry(outside), SQUARE) == []
    assert len(labels_of(entry(outside), seen((0, 0, 640, 480)))) == 1


def test_without_a_box_the_keypoints_count():
    labels = entry(person([0, 0, 0, 0], (100, 10, 2)), person([0, 0, 0, 0], (10, 10, 2)))
    assert [found["keypoints"].tolist() for found in labels_of(labels, SQUARE)] == [[[100, 10, 2]]]


def test_normalised_labels_are_those_of_the_whole_image():
    label = entry(person([0.125, 0, 0.125, 0.5], (0.25, 0.5, 2)), normalised=True)
    (found,) = labels_of(label, SQUARE)
    assert found["box"].tolist() == [80, 0, 80, 240] and found["keypoints"].tolist() == [[160, 240, 2]]
    assert found["area"] == pytest.approx(0.53 * 80 * 240)


def test_whole_images_keep_labels_outside_of_them():
    label = entry(person([-10, 0, 30, 100], (-5, 50, 2)))
    (found,) = labels_of(label, seen((0, 0, 640, 480)))
    assert found["box"].tolist() == [-10, 0, 30, 100] and found["keypoints"].tolist() == [[-5, 50, 2]]
