"""The choice of calibration pictures."""

import numpy

from pipeline.prepare.diverse_subset import descriptor, most_diverse


def test_images_that_differ_are_taken():
    rows = numpy.array([[0.0], [0.1], [0.2], [10.0], [10.1], [-7.0]])
    assert most_diverse(rows, 3) == [2, 4, 5]
    assert most_diverse(rows, 6) == [0, 1, 2, 3, 4, 5]


def test_equal_images_are_no_trap():
    assert most_diverse(numpy.zeros((5, 2)), 3) == [0, 1, 2]


def test_a_descriptor_holds_the_colours_of_the_fields():
    image = numpy.zeros((32, 32, 3), numpy.uint8)
    image[:4, :4, 0] = 200
    found = descriptor(image)
    assert found.shape == (8 * 8 * 3,)
    assert found[0] == 200 and not found[1:].any()
