"""Weights out of an Ethos-U55's compressed stream: in which order it holds them."""

from __future__ import annotations

from typing import Any

import numpy

from pipeline.npu.weight_decoder import WeightDecoder

Matrix = numpy.ndarray[Any, numpy.dtype[numpy.int64]]


LARGEST_KERNEL = 8
"""A side of what is multiplied at once: larger kernels come in parts (architecture_features.py: SubKernelMax)."""


def weight_order(
    chip: Any,
    shape: tuple[int, int, int, int],
    *,
    block_depth: int,
    part_kernel: bool,
    depthwise: bool = False,
    dilation: tuple[int, int] = (1, 1),
) -> Matrix:
    """In which order the stream holds the weights: positions in (outputs, height, width, inputs), −1 for padding.

    `chip` has the micro-blocks of the accelerator (architecture_features.accelerator_configs). A `depthwise` kernel has
    one input for each output, so `inputs` is 1. `dilation` is of height and width.
    """
    outputs, height, width, inputs = shape
    micro_in, micro_out = chip.ifm_ublock.depth, chip.ofm_ublock.depth
    deep = 16 if part_kernel else 32
    most = [LARGEST_KERNEL // factor for factor in dilation]
    parts = []
    for out_start in range(0, outputs, block_depth):
        out_size = min(block_depth, outputs - out_start)
        for in_start in range(0, 1 if depthwise else inputs, deep):
            in_size = micro_in if depthwise else min(deep, inputs - in_start) if part_kernel else deep
            for top in range(0, height, most[0]):
                for left in range(0, width, most[1]):
                    rows, columns = min(most[0], height - top), min(most[1], width - left)
                    padded = part_kernel or depthwise
                    elements = -(-rows * columns // 4) * 4 if padded else rows * columns
                    steps = numpy.arange(0, in_size, micro_in)
                    axes = [
                        steps if part_kernel else numpy.zeros(1, int),
                        numpy.arange(0, out_size, micro_out),
                        numpy.arange(elements),
                        numpy.zeros(1, int) if part_kernel else steps,
                        numpy.arange(micro_out),
                        numpy.arange(1 if depthwise else micro_in),
                    ]
                    outer, out_block, element, inner, out_one, in_one = numpy.meshgrid(
                        *axes, indexing="ij", sparse=True
                    )
                    out, in_ = out_start + out_block + out_one, in_start + outer + inner + in_one
                    real = (out < outputs) & (in_ < inputs) & (element < rows * columns)
                    row, column = top + element // columns, left + element % columns
                    place = ((out * height + row) * width + column) * inputs + in_
                    parts.append(numpy.where(real, place, -1).ravel())
    return numpy.concatenate(parts)


def decoded(
    decoder: WeightDecoder,
    chip: Any,
    stream: bytes,
    shape: tuple[int, int, int, int],
    *,
    block_depth: int,
    part_kernel: bool,
    depthwise: bool = False,
    dilation: tuple[int, int] = (1, 1),
) -> Matrix:
    """The weights as a matrix (outputs, height · width · inputs); raises Refused where the stream is damaged."""
    order = weight_order(
        chip, shape, block_depth=block_depth, part_kernel=part_kernel, depthwise=depthwise, dilation=dilation
    )
    values = decoder.decode(stream, len(order))
    matrix = numpy.zeros(int(numpy.prod(shape)), numpy.int64)
    matrix[order[order >= 0]] = values[order >= 0]
    return matrix.reshape(shape[0], -1)
