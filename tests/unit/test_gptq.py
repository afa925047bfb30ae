"""GPTQ that counts bits: against columns rounded one by one, and what it is for."""

from __future__ import annotations

import itertools

import numpy
import pytest

from pipeline.rounding import gptq


@pytest.fixture
def generator():
    return numpy.random.default_rng(3)


def problem(generator, outputs=5, size=70):
    """Weights, a Hessian of correlated inputs, and steps; more columns than a block has."""
    rows = generator.normal(size=(400, size)) @ generator.normal(size=(size, size))
    matrix = generator.normal(size=(outputs, size))
    return matrix, rows.T @ rows / 400, numpy.abs(matrix).max(1) / 9


def one_by_one(matrix, hessian, steps, costs, price):
    """As the paper has it: round a column, solve for the best weights of those left; no factor, no block."""
    damped = hessian + numpy.eye(len(hessian)) * gptq.DAMPING * numpy.diag(hessian).mean()
    first = numpy.clip(numpy.rint(matrix / steps[:, None]), -127, 127)
    lengths = gptq.code_lengths(first)
    left, codes = matrix.copy(), numpy.zeros(matrix.shape)
    for column in range(matrix.shape[1]):
        inverse = numpy.linalg.inv(damped[column:, column:])
        for row in range(len(matrix)):
            wanted = left[row, column] / steps[row]
            nearest = float(numpy.clip(numpy.rint(wanted), -127, 127))
            offered = [nearest, nearest - numpy.sign(nearest)]
            offered.append(0.0 if abs(nearest) <= 3 else nearest - 2 * numpy.sign(nearest))
            paid = [
                costs[row] * ((wanted - code) * steps[row]) ** 2 / inverse[0, 0] + price * lengths[int(code) + 127]
                for code in offered
            ]
            codes[row, column] = offered[paid.index(min(paid))] if price else nearest
            error = left[row, column] - codes[row, column] * steps[row]
            left[row, column:] -= error * inverse[0] / inverse[0, 0]
    return codes


@pytest.mark.parametrize("price", [0.0, 0.3])
def test_it_is_the_straightforward_one(generator, price):
    matrix, hessian, steps = problem(generator)
    costs = generator.uniform(0.5, 2, len(matrix))
    found = gptq.rounded(matrix, steps[None], gptq.factor(hessian), costs, numpy.array([price]))
    assert found.dtype == numpy.int8 and found.shape == (1, *matrix.shape)
    assert numpy.array_equal(found[0], one_by_one(matrix, hessian, steps, costs, price))


def test_sets_of_steps_do_not_touch_each_other(generator):
    matrix, hessian, steps = problem(generator)
    upper, costs = gptq.factor(hessian), numpy.ones(len(matrix))
    sets, prices = numpy.stack([steps, steps * 2, steps * 5]), numpy.array([0.0, 0.2, 0.4])
    together = gptq.rounded(matrix, sets, upper, costs, prices)
    alone = [gptq.rounded(matrix, sets[[n]], upper, costs, prices[[n]])[0] for n in range(3)]
    assert numpy.array_equal(together, numpy.stack(alone))


def test_errors_cancel_and_bits_are_saved(generator):
    matrix, hessian, steps = problem(generator, outputs=40)
    upper, costs = gptq.factor(hessian), numpy.ones(len(matrix))

    damped = hessian + numpy.eye(len(hessian)) * gptq.DAMPING * numpy.diag(hessian).mean()

    def noise(codes):
        error = matrix - codes * steps[:, None]
        return numpy.einsum("ij,jk,ik->", error, damped, error)

    plain = numpy.rint(matrix / steps[:, None])
    free, priced = (gptq.rounded(matrix, steps[None], upper, costs, numpy.array([price]))[0] for price in (0.0, 0.5))
    assert noise(free) < 0.75 * noise(plain)
    assert gptq.entropy_bytes(priced) < gptq.entropy_bytes(free) and noise(free) < noise(priced)


@pytest.mark.parametrize("size", [70, 300])
def test_the_factor(generator, size):
    _, hessian, _ = problem(generator, size=size)
    hessian[7], hessian[:, 7] = 0, 0  # an input that is always zero
    upper = gptq.factor(hessian)
    damped = hessian + numpy.eye(len(hessian)) * gptq.DAMPING * numpy.diag(hessian).mean()
    damped[7, 7] += 1
    assert numpy.allclose(upper.T @ upper, numpy.linalg.inv(damped)) and numpy.allclose(upper, numpy.triu(upper))


def test_entropy_is_counted():
    codes = numpy.array([[0, 0, 0, 0], [1, 1, -127, 127]], numpy.int8)
    assert gptq.entropy_bytes(codes) == pytest.approx((4 * 1 + 2 * 2 + 2 * 3) / 8)
    lengths = gptq.code_lengths(codes)
    assert len(lengths) == 255 and lengths[127] < lengths[128] < lengths[0] == lengths[254] < lengths[5]
    assert all(found > 0 for found in itertools.chain(lengths))
