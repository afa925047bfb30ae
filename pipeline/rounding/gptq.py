"""Weights to codes so that errors cancel and bits are counted (GPTQ, arXiv:2210.17323).

Columns of a layer's weight matrix are rounded one after the other, and each one's error is made up for by those still
to come. Beside the nearest code, the next smaller ones may be taken where they save more bits than they cost. Several
sets of steps are worked on at once: they share the Hessian, and a column costs calls, hardly arithmetic.
"""

from __future__ import annotations

import numpy

DAMPING = 0.1
"""Of the mean of the Hessian's diagonal. With few pictures less of it fits weights to those alone: calibrated on 24
photographs, 0.01, 0.05, 0.1, 0.2 and 0.5 left keypoints of 40 others a loss of .052, .047, .043, .046 and .051.
"""
BLOCK = 32
SMALL_MATRIX = 96
LARGEST_CODE = 127
SMALL_CODE = 3
"""From here on downwards zero is tried, else a code that is smaller by two."""
BITS_OF_A_BYTE = 8
CODES = 2 * LARGEST_CODE + 1


def factor(hessian: numpy.ndarray) -> numpy.ndarray:
    """The upper triangle U (d, d) with Uᵀ U = H⁻¹, of a Hessian (d, d) that is damped first.

    1 / U[j, j]² is how much input j varies when those after it are known.
    """
    damped = hessian.astype(numpy.float64)
    unused = numpy.diag(damped) <= 0
    damped[numpy.diag_indices(len(damped))] += DAMPING * numpy.diag(damped).mean() + unused
    # Cholesky of the reversed matrix gives the factor of the inverse without inverting: H = V Vᵀ, U = V⁻¹.
    reverse = numpy.linalg.cholesky(damped[::-1, ::-1])[::-1, ::-1]  # upper, V
    return inverse_of_upper(reverse)


def inverse_of_upper(matrix: numpy.ndarray) -> numpy.ndarray:
    """The inverse of an upper triangle, by its quarters: a sixth of the arithmetic of any matrix's."""
    size = len(matrix)
    if size <= SMALL_MATRIX:
        return numpy.asarray(numpy.triu(numpy.linalg.inv(matrix)))
    half = size // 2
    found = numpy.zeros_like(matrix)
    found[:half, :half] = inverse_of_upper(matrix[:half, :half])
    found[half:, half:] = inverse_of_upper(matrix[half:, half:])
    found[:half, half:] = -found[:half, :half] @ (matrix[:half, half:] @ found[half:, half:])
    return found


def code_lengths(codes: numpy.ndarray) -> numpy.ndarray:
    """Bits (CODES,) that an ideal coder gives each code, from -127 on, for codes that are distributed as these."""
    counts = numpy.bincount((codes.ravel() + LARGEST_CODE).astype(numpy.uint8), minlength=CODES) + 0.5
    return numpy.asarray(-numpy.log2(counts / counts.sum()))


def entropy_bytes(codes: numpy.ndarray) -> float:
    """What an ideal coder of single codes needs for codes from -127 to 127, in bytes."""
    counts = numpy.bincount((codes.ravel() + LARGEST_CODE).astype(numpy.uint8), minlength=CODES)
    shares = counts[counts > 0] / codes.size
    return float(-(shares @ numpy.log2(shares)) * codes.size / BITS_OF_A_BYTE)


def rounded(
    matrix: numpy.ndarray, scales: numpy.ndarray, upper: numpy.ndarray, costs: numpy.ndarray, prices: numpy.ndarray
) -> numpy.ndarray:
    """Codes (L, O, d) of weights (O, d) for L sets of `scales` (L, O).

    A code is chosen by `costs` (O,) · error² / U[j, j]² + `prices` (L,) · bits.
    """
    sets, outputs = scales.shape
    size = matrix.shape[1]
    scale = scales.ravel()
    # Columns are rows here: what is worked on at once lies together.
    left = (matrix.T[:, None, :] / scales[None]).reshape(size, -1)
    codes = numpy.clip(numpy.rint(left), -LARGEST_CODE, LARGEST_CODE)
    lengths = numpy.stack([code_lengths(part) for part in codes.reshape(size, sets, outputs).transpose(1, 0, 2)])
    priced = (lengths * prices[:, None]).ravel()
    offset = numpy.repeat(numpy.arange(sets) * CODES + LARGEST_CODE, outputs)
    weight = numpy.tile(costs, sets) * scale**2
    diagonal = numpy.diag(upper)
    choice = _Choice(weight, priced, offset) if prices.any() else None
    for start in range(0, size, BLOCK):
        stop = min(start + BLOCK, size)
        errors = numpy.empty((stop - start, sets * outputs))
        for column in range(start, stop):
            wanted, best, error = left[column], codes[column], errors[column - start]
            numpy.rint(wanted, out=best)
            numpy.minimum(best, LARGEST_CODE, out=best)
            numpy.maximum(best, -LARGEST_CODE, out=best)
            if choice is not None:
                choice.of(wanted, best, diagonal[column])
            numpy.subtract(wanted, best, out=error)
            error /= diagonal[column]
            left[column + 1 : stop] -= upper[column, column + 1 : stop, None] * error
        left[stop:] -= upper[start:stop, stop:].T @ errors
    return numpy.asarray(codes.reshape(size, sets, outputs).transpose(1, 2, 0), numpy.int8)


class _Choice:
    """Chooses between the nearest code and the two next smaller ones, in arrays that are made once: a column is short,
    so that what it takes is calls.
    """

    def __init__(self, weight: numpy.ndarray, priced: numpy.ndarray, offset: numpy.ndarray) -> None:
        count = len(weight)
        self._weight, self._priced, self._offset = weight, priced, offset
        self._offered, self._paid, self._bits = (numpy.empty((3, count)) for _ in range(3))
        self._places = numpy.empty((3, count), numpy.int64)
        self._sign, self._factor = numpy.empty(count), numpy.empty(count)
        self._less = numpy.empty(count, bool)

    def of(self, wanted: numpy.ndarray, best: numpy.ndarray, spread: float) -> None:
        """Put what costs least into `best`, which holds the nearest codes to `wanted`; of equals the nearest."""
        offered, paid, sign, less = self._offered, self._paid, self._sign, self._less
        numpy.sign(best, out=sign)
        offered[0] = best
        numpy.subtract(best, sign, out=offered[1])
        numpy.subtract(offered[1], sign, out=offered[2])
        numpy.abs(best, out=self._factor)
        numpy.less_equal(self._factor, SMALL_CODE, out=less)
        offered[2][less] = 0
        numpy.divide(self._weight, spread**2, out=self._factor)
        numpy.subtract(wanted, offered, out=paid)
        numpy.square(paid, out=paid)
        paid *= self._factor
        numpy.add(offered, self._offset, out=self._places, casting="unsafe")
        paid += numpy.take(self._priced, self._places, out=self._bits, mode="clip")
        for number in (1, 2):
            numpy.less(paid[number], paid[0], out=less)
            numpy.copyto(best, offered[number], where=less)
            numpy.copyto(paid[0], paid[number], where=less)
