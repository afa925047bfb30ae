"""The bytes that a network's weights take at least."""

import numpy

from pipeline.export.weight_size import entropy_bytes


def test_two_codes_take_a_bit_each():
    assert entropy_bytes([numpy.array([1.0, -1.0] * 4000, numpy.float32)]) == 1000


def test_every_code_takes_nearly_a_byte():
    codes = numpy.arange(-127, 128, dtype=numpy.float32) / 127
    assert entropy_bytes([numpy.tile(codes, 100)]) == int(25500 * numpy.log2(255) / 8)


def test_weights_that_say_nothing_take_nothing():
    assert entropy_bytes([numpy.zeros(80), numpy.full((2, 40), 0.5), numpy.zeros(0)]) == 0
