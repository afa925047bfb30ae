"""What a part of an operator's output costs, by Vela's own cost functions, before there are registers."""

from __future__ import annotations

from typing import Any

from ethosu.vela import npu_performance
from ethosu.vela.tensor import BandwidthDirection, MemArea

from pipeline.compile.transfer_order import Engine

TABLE_BYTES = 256


def transfer_engine(architecture: Any) -> Engine:
    """The transfer engine as it reads flash."""
    flash = architecture.permanent_storage_mem_area
    return Engine(
        rate=architecture.memory_bandwidths_per_cycle[flash],
        latency=architecture.memory_latency[flash][BandwidthDirection.Read],
    )


def table_cycles(architecture: Any) -> float:
    """Bringing a table of 256 codes."""
    flash = architecture.permanent_storage_mem_area
    return float(
        npu_performance.measure_mem2mem_cycles(architecture, flash, architecture.fast_storage_mem_area, TABLE_BYTES)
    )


def part_cycles(architecture: Any, operation: Any, information: Any, *, height: int, depth: int) -> float:
    """A kernel that makes `height` rows of `depth` channels: the slowest of computing and the memories."""
    query = npu_performance.PerformanceQuery(operation.op_type.npu_block_type)
    query.ifm_shape, query.ifm2_shape = operation.ifm_read_shape, operation.ifm2_read_shape
    query.ofm_shape = operation.ofm_write_shape.with_depth(depth).with_height(height)
    for name in ("ifm", "ifm2", "ofm"):
        tensor = getattr(operation, name)
        if tensor is not None:
            setattr(query, f"{name}_memory_area", tensor.connection.parent_tens.mem_area)
            setattr(query, f"{name}_bits", tensor.dtype.size_in_bits())
            setattr(query, f"{name}_format", tensor.format)
    if operation.parent_op.bias:
        buffers = information.buffered_weight_tensors
        query.const_shape = type(query.ofm_shape)(1, 1, 1, depth)
        query.const_memory_area = (buffers[0] if buffers else information.npu_weights_tensor).mem_area
    query.kernel, query.config = operation.kernel, information.block_config
    activation = operation.parent_op.activation
    cost = npu_performance.measure_cycle_cost(architecture, operation.op_type, activation and activation.op_type, query)
    computing = float(cost.op_cycles)
    moving = _moved(architecture, operation, query) / architecture.memory_bandwidths_per_cycle[MemArea.Sram]
    reading = 0.0
    if operation.parent_op.weights and not information.buffered_weight_tensors:
        flash = architecture.memory_bandwidths_per_cycle[architecture.permanent_storage_mem_area]
        reading = len(information.npu_weights_tensor.buffer) / flash
    return max(computing, float(moving), float(reading))


def _moved(architecture: Any, operation: Any, query: Any) -> float:
    """Bytes of feature maps, with what bursts waste."""
    access = npu_performance.measure_element_access(architecture, query)
    parts = [("ofm", False, query.config.ofm_block, access.ofm_write)]
    parts.append(("ifm", True, query.config.ifm_block, access.ifm_read[0]))
    if query.ifm2_shape:
        parts.append(("ifm2", True, query.config.ifm_block, access.ifm_read[1]))
    moved = sum(
        npu_performance._estimate_memory_transfer_efficiency(
            architecture,
            reads,
            getattr(query, f"{name}_memory_area"),
            getattr(query, f"{name}_format"),
            getattr(query, f"{name}_bits"),
            block,
            getattr(query, f"{name}_shape"),
            elements * getattr(operation, name).connection.parent_tens.element_size(),
        )
        for name, reads, block, elements in parts
    )
    return float(moved)
