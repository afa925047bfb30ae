"""How coarse each channel becomes: what is dear stays fine, within what kernels hold, at the size that is wanted."""

from __future__ import annotations

import numpy
import pytest

from pipeline.rounding.gptq import entropy_bytes
from pipeline.rounding.weight_steps import LARGEST_BIAS, LOWEST_SLOPE, Layer, relative, size_at, slope_for, steps


def layer(costs, *, scale=1.0, bias=0.0, seed=0, size=400):
    matrix = numpy.random.default_rng(seed).normal(size=(len(costs), size)) * scale
    return Layer(
        matrix=matrix,
        costs=numpy.array(costs, float),
        spread=0.5,
        bias=numpy.full(len(costs), float(bias)),
        input_scale=0.02,
    )


def test_a_step_is_in_proportion_to_one_over_the_root_of_its_cost():
    found = steps(layer([1.0, 4.0, 16.0]), 0.5, per_channel=True)
    assert found.dtype == numpy.float32
    assert found[0] == pytest.approx(0.5 / 0.5**0.5) and found[0] / found[1:] == pytest.approx([2, 4])


def test_no_finer_than_int8_and_no_coarser_than_a_code_and_a_half():
    one = layer([1.0, 1e-30])
    largest = numpy.abs(one.matrix).max(1)
    assert steps(one, 1e-9, per_channel=True)[0] == pytest.approx(largest[0] / 127)
    assert steps(one, 1e9, per_channel=True) == pytest.approx(largest / 1.5)
    assert steps(one, 1e-9, per_channel=False) == pytest.approx(largest.max() / 127)


def test_a_bias_has_a_code_and_a_channel_of_nothing_a_step():
    one = layer([1.0], scale=1e-9, bias=3.0)
    found = float(steps(one, 1e-12, per_channel=True)[0])
    assert 3.0 / (found * one.input_scale) == pytest.approx(LARGEST_BIAS)
    nothing = layer([1.0, 1.0])
    nothing.matrix[1] = 0
    found = steps(nothing, LOWEST_SLOPE, per_channel=True)
    assert 1e-6 < found[1] / found[0] < 1


def test_layers_share_one_rate_and_the_size_is_met():
    both = [layer([1.0] * 8, seed=1), layer([9.0] * 8, scale=0.1, seed=2)]
    for per_channel in (True, False):
        for bits in (5.0, 3.0):
            wanted = bits * 16 * 400 / 8
            slope = slope_for(both, wanted, per_channel=per_channel)
            assert size_at(both, slope, per_channel=per_channel) == pytest.approx(wanted, rel=0.004)
    chosen = [steps(each, slope, per_channel=True) for each in both]
    assert chosen[0][0] / chosen[1][0] == pytest.approx(3)
    rounded = [numpy.rint(each.matrix / step[:, None]) for each, step in zip(both, chosen, strict=True)]
    assert size_at(both, slope, per_channel=True) == pytest.approx(sum(map(entropy_bytes, rounded)))


def test_more_bytes_than_int8_can_fill_are_not_looked_for():
    assert slope_for([layer([1.0] * 4)], 4 * 400.0, per_channel=True) == LOWEST_SLOPE


def test_costs_are_parts_of_the_dearest():
    first, second = relative([numpy.array([0.0, 2.0]), numpy.array([4.0])])
    assert first.tolist() == [1e-9, 0.5] and second.tolist() == [1.0]
    assert [each.tolist() for each in relative([numpy.zeros(2), numpy.zeros(1)])] == [[1.0, 1.0], [1.0]]
