"""Ranges of activations by what errors cost."""

from __future__ import annotations

import numpy
import pytest

from pipeline.rounding import activation_steps
from pipeline.rounding.activation_steps import Group, quantization


def group(scale=0.1, zero_point=0):
    return Group(members=[4], tensors=[2], scale=scale, zero_point=zero_point)


def counted(values, gradients, **quantized):
    made = group(**quantized)
    made.add(values.reshape(1, 1, 1, -1), gradients.reshape(1, 1, 1, -1))
    return made


def error(values, weights, scale, zero_point):
    codes = numpy.clip(numpy.rint(values / scale) + zero_point, -128, 127)
    return float(weights**2 @ ((codes - zero_point) * scale - values) ** 2)


def test_a_range_is_as_wide_as_the_values_are():
    values = numpy.random.default_rng(0).uniform(-1, 3, 5000)
    scale, zero_point = counted(values, numpy.ones(5000)).chosen()
    low, high = (-128 - zero_point) * scale, (127 - zero_point) * scale
    assert (low, high) == pytest.approx((-1, 3), abs=0.6)
    assert error(values, numpy.ones(5000), scale, zero_point) < error(values, numpy.ones(5000), 0.1, 0) / 10


def test_values_that_cost_nothing_may_be_clipped_and_dear_ones_not():
    chance = numpy.random.default_rng(1)
    values = numpy.concatenate([chance.uniform(0, 1, 19_995), chance.uniform(11, 12, 5)])
    dear = numpy.concatenate([numpy.ones(19_995), numpy.full(5, 1e-4)])
    cheap_tail = counted(values, dear).chosen()[0]
    dear_tail = counted(values, numpy.ones(20_000)).chosen()[0]
    assert cheap_tail < dear_tail
    assert error(values, dear, *counted(values, dear).chosen()) < error(values, dear, 0.1, 0)


def test_of_two_valleys_the_deeper_one_is_found():
    parts = [float(part) for part in range(48)]
    narrow = 13.0  # beside no fourth one
    assert activation_steps._least(parts, lambda part: 0.0 if part == narrow else 1 + abs(part - 40)) == narrow


def test_what_two_counted_is_what_one_would_have():
    chance = numpy.random.default_rng(2)
    values, gradients = chance.normal(size=(2, 300)), chance.normal(size=(2, 300))
    whole = counted(values[0], gradients[0])
    whole.merge(counted(values[1], gradients[1]))
    again = counted(values[0], gradients[0])
    again.add(values[1].reshape(1, 1, 1, -1), gradients[1].reshape(1, 1, 1, -1))
    assert numpy.array_equal(whole.counts, again.counts) and whole.chosen() == again.chosen()


def test_nothing_counted_changes_nothing():
    assert group(scale=0.25, zero_point=-7).chosen() == (0.25, -7)


def test_zero_has_a_code():
    for low, high in ((-1.0, 3.0), (0.0, 6.0), (2.0, 6.0), (-5.0, -1.0)):
        scale, zero_point = quantization(low, high)
        assert -128 <= zero_point <= 127 and (127 - zero_point) * scale >= high - scale
        assert numpy.float32(scale) == scale
