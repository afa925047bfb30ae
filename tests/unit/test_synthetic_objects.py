"""The objects that `invoke make-demo-data --task=detect` draws: that a box holds one, and that its class is its own."""

import numpy
import pytest
import yaml

from edgecask.data.demo_request import DemoDataRequest
from edgecask.data.synthetic import DRAWN, description_of
from pipeline.synthetic_objects.objects import KINDS
from pipeline.synthetic_objects.synthetic_objects import draw_scene, make_image

SIZE = 128


def scenes(count, start=0):
    return [draw_scene(numpy.random.default_rng([5, index]), SIZE) for index in range(start, start + count)]


def test_the_host_and_the_program_name_the_same_classes():
    assert DRAWN["detect"].names == tuple(KINDS)
    described = yaml.safe_load(description_of(DemoDataRequest(task="detect")))
    assert described["names"] == dict(enumerate(KINDS)) and "kpt_shape" not in described
    assert yaml.safe_load(description_of(DemoDataRequest()))["names"] == {0: "person"}


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_stays_within_its_square(kind):
    for seed in range(50):
        patches = KINDS[kind](numpy.random.default_rng(seed))
        corners = numpy.array([corner for patch in patches for corner in patch.corners])
        assert numpy.abs(corners).max() < 0.56 and len(patches) >= 3
        width, height = numpy.ptp(corners, axis=0)
        assert (kind == "ball") == (abs(width - 1) < 1e-6 and abs(height - 1) < 1e-6)


def test_pictures_hold_all_kinds_and_some_hold_nothing():
    found = [lines for _, lines in scenes(100)]
    assert {kind for lines in found for kind, *_ in lines} == set(range(len(KINDS)))
    assert max(map(len, found)) > 3 and any(not lines for lines in found)


def test_boxes_lie_within_the_picture_and_are_not_empty():
    for _, lines in scenes(20):
        for _, x, y, width, height in lines:
            assert x - width / 2 >= 0 and x + width / 2 <= 1 and y - height / 2 >= 0 and y + height / 2 <= 1
            assert width * SIZE >= 2 and height * SIZE >= 2


def test_the_same_numbers_give_the_same_picture():
    one, other, third = (make_image(3, 0, index, SIZE) for index in (7, 7, 8))
    assert one[1] == other[1] and numpy.array_equal(numpy.asarray(one[0]), numpy.asarray(other[0]))
    assert one[1] != third[1]
    for line in one[1]:
        kind, *box = line.split()
        assert int(kind) in range(len(KINDS)) and len(box) == 4
