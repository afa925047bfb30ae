"""Blocks of convolutions by what they cost; used by compile.py.

The NPU makes an output block by block. Vela takes the block that moves least, and does not ask how long it computes: of
51 channels it makes 64, of 24 columns 30. It also asks by the shapes of whole tensors: a convolution that reads or
writes a part of a concatenation (zero_copy_concat.py) is taken for a deeper one, and its 16 channels are padded to 32.
`chosen` asks Vela's own cost functions about each block that divides what is really read and written evenly, in both
orders of the weights, and takes the one whose cycles are fewest when what it moves through the SRAM's port is added to
what it computes. On the chip the two overlap; a block that computes little by reading its weights again and again would
count on that.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from ethosu.vela import npu_performance
from ethosu.vela.architecture_allocator import try_block_config
from ethosu.vela.architecture_features import ArchitectureFeatures, Block, NpuBlockType
from ethosu.vela.compiler_driver import scheduler
from ethosu.vela.numeric_util import round_up, round_up_divide
from ethosu.vela.shape4d import Shape4D
from ethosu.vela.tensor import TensorFormat

DEPTH_OF_ONE_MICRO_BLOCK = 8
"""With so few channels Vela always puts the elements of the kernel first (architecture_allocator.py)."""


@contextlib.contextmanager
def chosen() -> Iterator[None]:
    """While this is open, Vela's scheduler gets such blocks for convolutions."""
    original = scheduler.SchedulerOperation._get_block_config
    found: dict[tuple[Any, ...], Any] = {}

    def block_of(self: Any, ifm_shape: Any, ifm2_shape: Any, uses_scalar: bool, ofm_shape: Any) -> Any:
        own = original(self, ifm_shape, ifm2_shape, uses_scalar, ofm_shape)
        if own is None or self.op_type.npu_block_type != NpuBlockType.ConvolutionMxN:
            return own
        read, written = _part(ifm_shape, self.ifm_read_shape), _part(ofm_shape, self.ofm_write_shape)
        key = (*map(str, (read, written)), *_kernel(self.kernel), bool(self.parent_op.activation_lut), str(own))
        if key not in found:
            found[key] = _cheapest(self, own, read, written)
        return found[key]

    scheduler.SchedulerOperation._get_block_config = block_of
    try:
        yield
    finally:
        scheduler.SchedulerOperation._get_block_config = original


def even_sizes(whole: int, unit: int, most: int) -> list[int]:
    """The sizes that cut `whole` into 1, 2, 3 … parts: multiples of `unit` up to `most`, smallest first.

    Any other size makes as many parts as the next smaller of these, and larger ones.
    """
    sizes = {round_up(round_up_divide(whole, parts), unit) for parts in range(1, whole + 1)}
    return sorted(size for size in sizes if size <= most)


def _part(shape: Any, part: Any) -> Any:
    """The rows and columns that are asked for, and the channels that are really touched."""
    return Shape4D.min(shape, part).with_depth(part.depth)


def _kernel(kernel: Any) -> tuple[Any, ...]:
    return kernel.width, kernel.height, kernel.stride, kernel.dilation


def _cheapest(operation: Any, own: Any, read: Any, written: Any) -> Any:
    """Vela's `own` where none is cheaper."""
    least, best = _cost(operation, own, read, written), own
    for config in _candidates(operation, read, written):
        cost = _cost(operation, config, read, written)
        if cost < least:
            least, best = cost, config
    return best


def _candidates(operation: Any, read: Any, written: Any) -> Iterator[Any]:
    """Blocks that fit into the NPU's memory, with the elements of the kernel first, or the channels."""
    architecture = operation.arch
    unit, most = architecture.ofm_ublock, architecture.ofm_block_max
    depths = [
        depth
        for depth in even_sizes(written.depth, unit.depth, most.depth)
        if depth >= written.depth or depth % ArchitectureFeatures.OFMSplitDepth == 0
    ]
    tables = 2 if operation.parent_op.activation_lut else 0
    for kernel_first in (True, False) if read.depth > DEPTH_OF_ONE_MICRO_BLOCK else (True,):
        for depth in depths:
            for height in even_sizes(written.height, unit.height, most.height):
                for width in even_sizes(written.width, unit.width, most.width):
                    config = try_block_config(
                        Block(width, height, depth), architecture, operation.op_type.npu_block_type, written, read,
                        None, False, operation.ifm.dtype.size_in_bits(), kernel_first, operation.kernel, tables,
                        operation.parent_op.has_scaling(), operation.resampling_mode,
                    )  # fmt: skip
                    if config is None:
                        break  # a wider one does not fit either
                    config.ofm_block = Shape4D(1, height, width, depth)
                    yield config


def _cost(operation: Any, config: Any, read: Any, written: Any) -> float:
    """Cycles that it computes, and those that it moves: feature maps and weights, these once for each block."""
    architecture = operation.arch
    query = npu_performance.PerformanceQuery(operation.op_type.npu_block_type)
    query.ifm_shape, query.ofm_shape = read, written
    query.ifm_bits, query.ofm_bits = operation.ifm.dtype.size_in_bits(), operation.ofm.dtype.size_in_bits()
    query.ifm_format = query.ofm_format = TensorFormat.NHCWB16
    memory = architecture.fast_storage_mem_area
    query.ifm_memory_area = query.ofm_memory_area = query.const_memory_area = memory
    if operation.parent_op.bias:
        query.const_shape = Shape4D(1, 1, 1, written.depth)
    query.kernel, query.config = operation.kernel, config
    activation = operation.parent_op.activation
    computing = npu_performance._estimate_conv_cycles(
        architecture, operation.op_type, activation and activation.op_type, query
    )
    access = npu_performance.measure_element_access(architecture, query)
    bytes_moved = (
        access.ifm_read[0] * query.ifm_bits // 8 + access.ofm_write * query.ofm_bits // 8 + access.const_read[0]
    )
    return float(computing + bytes_moved / architecture.memory_bandwidths_per_cycle[memory])
