"""Weights are brought as far ahead as memory allows, instead of during the one operator before.

Vela cuts a layer's weights into slices and lets each come while the kernel before runs, so that the flash idles while
early layers compute and the NPU idles while late ones wait. `prefetched` replaces four of its steps while it is open:

1. when the schedule is final and nothing is allocated, a layer's weights become one buffer (slices in two buffers only
   where there is no room), and a walk through time (transfer_order.py) decides from which operator on it lives;
2. those live ranges are what Vela allocates;
3. its allocator is told the limit; where fragmentation exceeds that, the plan is made again with less room;
4. in the finished list of operations, transfers are cut and put where the walk has them, now by exact addresses.

The waits are Vela's own, by address, and one more before each transfer that could find another one running: Vela counts
on the engine to stall there, its own streams never come to it, and nobody has told that the chip does.

U55 with one NPU subgraph, no cascades, flash on the second port: `NotPossibleError` elsewhere, and where weights find
no room. Every output byte is that of Vela's own schedule (tests/integration/test_prefetch.py).
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from ethosu.vela import (
    compiler_driver,
    hillclimb_allocation,
    live_range,
    weight_compressor,
)
from ethosu.vela import high_level_command_to_npu_op as to_operations
from ethosu.vela import register_command_stream_generator as generator
from ethosu.vela import register_command_stream_util as util
from ethosu.vela.api import NpuAddressRange, NpuDmaOperation
from ethosu.vela.tensor import MemType, TensorSubPurpose

from pipeline.compile.part_cost import part_cycles, table_cycles, transfer_engine
from pipeline.compile.transfer_order import Kernel, Moment, Piece, StuckError, Transfer, arrange

TRIES = 20
"""Plans with one hundredth less room each, until what the allocator makes of one fits."""
SEARCH_STEPS = 1500
"""Of Vela's allocator; it stops early where it reaches the limit."""
SCRATCH = {MemType.Scratch, MemType.Scratch_fast}
FLASH_REGION = 0


class NotPossibleError(Exception):
    """Why weights cannot be prefetched in this network; Vela's own schedule is what remains."""


@dataclass(kw_only=True)
class Prefetched:
    """What became of the weights: SRAM in bytes that the allocator took, and pieces of weights in the stream."""

    allocated: int = 0
    pieces: int = 0
    buffered: set[Any] = field(default_factory=set)
    begins: dict[Any, Any] = field(default_factory=dict)
    subgraph: Any = None


@contextlib.contextmanager
def prefetched(*, limit: int) -> Iterator[Prefetched]:
    """While this is open, Vela makes files whose weights are brought ahead within `limit` bytes of SRAM."""
    found = Prefetched()
    with _planned(found, limit), _hoisted(found), _explicit_waits():
        yield found


# ------------------------------------------------------------------------------------------------- before allocation


@contextlib.contextmanager
def _planned(found: Prefetched, limit: int) -> Iterator[None]:
    scheduler_module = compiler_driver.scheduler
    original_update = scheduler_module._update_memory_snapshot_for_all_npu_graphs
    original_ranges = live_range.extract_live_ranges_from_schedule
    original_allocate = hillclimb_allocation.allocate_live_ranges

    def ranges(subgraph: Any, area: Any, types: Any, graph: Any, *others: Any) -> Any:
        result = original_ranges(subgraph, area, types, graph, *others)
        for operation in subgraph.sched_ops:
            information = subgraph.schedule.cost_map[operation]
            for tensor in information.buffered_weight_tensors:
                if tensor in found.begins and tensor.mem_type in types and tensor.mem_area == area:
                    lived = result.get_or_create_range(tensor)
                    first = subgraph.schedule.cost_map[found.begins[tensor]].time_index
                    lived.start_time = min(lived.start_time, first)
                    lived.end_time = max(lived.end_time, information.time_index + 1)
        return result

    def update(network: Any, architecture: Any, schedulers: Any, *others: Any) -> None:
        if len(schedulers) != 1:
            raise NotPossibleError(f"the network has {len(schedulers)} parts for the NPU")
        ((subgraph, scheduler),) = schedulers.items()
        if subgraph.schedule.cascades:
            raise NotPossibleError("operators are cascaded")
        found.subgraph = subgraph
        _Plan(found, network, architecture, subgraph, scheduler, limit).make()
        original_update(network, architecture, schedulers, *others)

    def allocate(ranges: Any, steps: int, memory_limit: int) -> Any:
        return original_allocate(ranges, SEARCH_STEPS, limit)

    scheduler_module._update_memory_snapshot_for_all_npu_graphs = update
    live_range.extract_live_ranges_from_schedule = ranges
    hillclimb_allocation.allocate_live_ranges = allocate
    try:
        yield
    finally:
        scheduler_module._update_memory_snapshot_for_all_npu_graphs = original_update
        live_range.extract_live_ranges_from_schedule = original_ranges
        hillclimb_allocation.allocate_live_ranges = original_allocate


class _Plan:
    """Which buffers the weights have, and from which operator on each lives."""

    def __init__(
        self, found: Prefetched, network: Any, architecture: Any, subgraph: Any, scheduler: Any, limit: int
    ) -> None:
        self._found, self._network, self._architecture = found, network, architecture
        self._scheduler, self._limit = scheduler, limit
        self._operations = list(subgraph.sched_ops)
        self._infos = [subgraph.schedule.cost_map[operation] for operation in self._operations]

    def make(self) -> None:
        """Leave the fastest plan that the allocator can place in the schedule."""
        for information in self._infos:
            if information.buffered_weight_tensors:
                self._found.buffered.add(information)
            information.buffered_weight_tensors = []
        self._found.begins.clear()
        usage = self._usage()
        best: tuple[float, int, list[tuple[Any, ...]], dict[Any, Any]] | None = None
        for step in range(TRIES):
            room = self._limit - self._limit * step // 100
            self._found.begins.clear()
            try:
                self._choose_buffers(usage, room)
                end = self._walk(usage, room)
            except (StuckError, NotPossibleError):
                break
            if best is not None and end >= best[0]:
                break  # with less room it only gets slower
            allocated = self._allocated()
            if allocated <= self._limit:
                best = end, allocated, self._state(), dict(self._found.begins)
        if best is None:
            raise NotPossibleError("there is no room for whole layers of weights")
        _, self._found.allocated, state, begins = best
        for information, weights, slices, tensors in state:
            information.npu_weights_tensor, information.npu_scales_tensor = weights, None
            information.ofm_depth_slices, information.buffered_weight_tensors = slices, tensors
        self._found.begins.clear()
        self._found.begins.update(begins)

    def _state(self) -> list[tuple[Any, ...]]:
        return [
            (item, item.npu_weights_tensor, item.ofm_depth_slices, item.buffered_weight_tensors)
            for item in self._infos
            if item in self._found.buffered
        ]

    def _ranges(self) -> Any:
        graph = live_range.LiveRangeGraph()
        area = self._architecture.fast_storage_mem_area
        live_range.extract_live_ranges_from_cascaded_passes(self._network.get_root_subgraph(), area, SCRATCH, graph)
        return graph

    def _usage(self) -> list[int]:
        """Bytes of feature maps alive while each operator runs."""
        temporal = self._ranges().get_temporal_memory_usage(self._architecture.fast_storage_mem_area)
        return [int(max(temporal[item.time_index : item.time_index + 2])) for item in self._infos]

    def _allocated(self) -> int:
        graph = self._ranges()
        addresses = hillclimb_allocation.allocate_live_ranges(graph.lrs, SEARCH_STEPS, self._limit)
        return int(max(address + item.size for item, address in zip(graph.lrs, addresses, strict=True)))

    def _choose_buffers(self, usage: Sequence[int], room: int) -> None:
        """Whole layers where there is room beside the feature maps, else as few slices as fit in two buffers."""
        for operation, information, used in zip(self._operations, self._infos, usage, strict=True):
            if information not in self._found.buffered:
                continue
            for slices in _slicings(operation.ofm.shape.depth, information.block_config.ofm_block.depth):
                weights, scales = weight_compressor.encode_weight_and_scale_tensor(
                    self._architecture, operation.parent_op, operation.parent_op.weights, operation.parent_op.bias,
                    operation.kernel, information.block_config, slices,
                )  # fmt: skip
                if scales is not None:
                    raise NotPossibleError("weights and scales are apart")
                if sum(weights.double_buffer_sizes) <= room - used:
                    break
            else:
                raise NotPossibleError("weights do not fit beside the feature maps")
            information.npu_weights_tensor, information.npu_scales_tensor = weights, None
            information.ofm_depth_slices = slices
            purpose = TensorSubPurpose.DoubleBuffer if len(slices) > 2 else TensorSubPurpose.Standard
            information.buffered_weight_tensors = [
                self._scheduler.buffer_tensor(
                    weights, purpose, size, f"{operation.parent_op.weights.name}_buffer{number}"
                )
                for number, size in enumerate(weights.double_buffer_sizes)
                if size
            ]

    def _walk(self, usage: Sequence[int], room: int) -> float:
        """When the network would end, with each buffer alive from the operator during which it is filled."""
        kernels: list[Kernel] = []
        transfers: list[Transfer] = []
        owners: list[int] = []
        firsts: list[int] = []
        buffers: list[Any] = []
        starts_layer: list[bool] = []
        for index, (operation, information) in enumerate(zip(self._operations, self._infos, strict=True)):
            firsts.append(len(kernels))
            tensors = information.buffered_weight_tensors
            shape = operation.ofm_write_shape
            slices = information.ofm_depth_slices if tensors else [0, shape.depth]
            sizes = _sizes(information.npu_weights_tensor) if tensors else []
            for part, (start, end) in enumerate(itertools.pairwise(slices)):
                has_table = part == 0 and operation.parent_op.activation_lut
                if tensors:
                    # A buffer that an earlier slice of the layer had is free when that slice's kernel has ended.
                    after = len(kernels) - len(tensors) if part >= len(tensors) else -1
                    transfers.append(Transfer(size=sizes[part], consumer=len(kernels), after=after))
                    buffers.append(tensors[part % len(tensors)])
                    starts_layer.append(part < len(tensors))
                kernels.append(
                    Kernel(
                        cycles=part_cycles(
                            self._architecture, operation, information, height=shape.height, depth=end - start
                        ),
                        table_cycles=table_cycles(self._architecture) if has_table else 0.0,
                    )
                )
                owners.append(index)
        used = list(usage)
        first_of: dict[int, int] = {}

        def may_begin(number: int, moment: Moment) -> bool:
            transfer = transfers[number]
            if not starts_layer[number]:
                return True
            last, size = owners[transfer.consumer], buffers[number].storage_size()
            running = moment.upcoming
            while running > 0 and moment.ends[running - 1] > moment.now:
                running -= 1
            issued = owners[moment.upcoming - 1] if moment.upcoming else 0
            # From the operator that runs now on, or as soon after it as there is room until the weights are used.
            earliest = min(owners[running], issued)
            first = last + 1
            while first > earliest and used[first - 1] + size <= room:
                first -= 1
            if first > issued:
                if moment.upcoming != transfer.consumer or used[last] + size > room:
                    return False
                first = last
            transfer.after = firsts[first] - 1
            first_of[number] = first
            return True

        def begun(number: int) -> None:
            if not starts_layer[number]:
                return
            for index in range(first_of[number], owners[transfers[number].consumer] + 1):
                used[index] += buffers[number].storage_size()
            self._found.begins[buffers[number]] = self._operations[first_of[number]]

        return arrange(kernels, transfers, transfer_engine(self._architecture), may_begin=may_begin, begun=begun).end


def _sizes(weights: Any) -> list[int]:
    """Bytes of each slice, as transferred."""
    return [-(-item.total_bytes // 16) * 16 for item in weights.encoded_ranges.values()]


def _slicings(depth: int, block_depth: int) -> list[list[int]]:
    """Ways to part a depth, coarsest first: offsets at multiples of the block's depth, or at least of 16."""
    found: list[list[int]] = []
    for unit in (max(block_depth // 16 * 16, 16), 16):
        units = -(-depth // unit)
        for parts in range(1, units + 1):
            offsets = [*range(0, depth, -(-units // parts) * unit), depth]
            if not found or len(offsets) > len(found[-1]):
                found.append(offsets)
    return found


# -------------------------------------------------------------------------------------------------- after allocation


@contextlib.contextmanager
def _hoisted(found: Prefetched) -> Iterator[None]:
    original = to_operations.generate_command_stream

    def stream(
        operations: Sequence[Any], architecture: Any, verbose: bool, limits: Any, note: Any = None, commands: Any = None
    ) -> Any:
        arranged = _rearranged(found, operations, architecture, commands)
        return original(arranged, architecture, verbose, limits, note, commands)

    to_operations.generate_command_stream = stream
    try:
        yield
    finally:
        to_operations.generate_command_stream = original


def _rearranged(found: Prefetched, operations: Sequence[Any], architecture: Any, commands: Any) -> list[Any]:
    """The operations with transfers of weights cut and put as early as their targets are free."""
    by_pass = {operation.parent_ps: operation for operation in found.subgraph.sched_ops}
    kernels: list[Kernel] = []
    kernel_operations: list[Any] = []
    transfers: list[Transfer] = []
    transfer_operations: list[Any] = []
    tables: dict[int, Any] = {}
    pending: list[Any] = []
    for operation in operations:
        if isinstance(operation, NpuDmaOperation):
            pending.append(operation)
            continue
        number = len(kernels)
        for transfer in pending:
            if transfer.dest.region == util.BASE_PTR_INDEX_MEM2MEM:
                tables[number] = transfer
            elif transfer.src.region == FLASH_REGION and any(
                _overlap(transfer.dest, own) for own in [*operation.weights, *operation.biases]
            ):
                transfers.append(Transfer(size=transfer.src.length, consumer=number))
                transfer_operations.append(transfer)
            else:
                raise NotPossibleError(f"the transfer {transfer.name} is of another kind")
        pending = []
        box = commands[operation].ofm_box
        scheduled = by_pass[commands[operation].ps]
        kernels.append(
            Kernel(
                cycles=part_cycles(
                    architecture,
                    scheduled,
                    found.subgraph.schedule.cost_map[scheduled],
                    height=box.end_coord[-3] - box.start_coord[-3],
                    depth=box.end_coord[-1] - box.start_coord[-1],
                ),
                table_cycles=table_cycles(architecture) if number in tables else 0.0,
            )
        )
        kernel_operations.append(operation)
    _set_earliest(transfers, transfer_operations, [_accessed(operation) for operation in kernel_operations])
    arranged: list[Any] = []
    for entry in arrange(kernels, transfers, transfer_engine(architecture)).order:
        if isinstance(entry, Piece):
            found.pieces += 1
            arranged.append(_cut(transfer_operations[entry.transfer], entry))
            continue
        if entry in tables:
            arranged.append(tables[entry])
        arranged.append(kernel_operations[entry])
    return arranged


def _set_earliest(transfers: Sequence[Transfer], operations: Sequence[Any], accessed: Sequence[Sequence[Any]]) -> None:
    """Each transfer comes after the last kernel that touches what it writes to."""
    for transfer, operation in zip(transfers, operations, strict=True):
        for number in reversed(range(transfer.consumer)):
            if any(_overlap(operation.dest, place) for place in accessed[number]):
                transfer.after = number
                break


def _overlap(one: Any, other: Any) -> bool:
    return bool(
        one.region == other.region
        and one.address < other.address + other.length
        and other.address < one.address + one.length
    )


def _accessed(operation: Any) -> list[Any]:
    """All ranges of memory that a kernel reads or writes."""
    ranges = [*util.get_address_ranges(operation.ifm), *util.get_address_ranges(operation.ofm)]
    if util.has_ifm2(operation):
        ranges += util.get_address_ranges(operation.ifm2)
    return [found for found in [*ranges, *operation.weights, *operation.biases] if found is not None]


def _cut(whole: Any, piece: Piece) -> Any:
    """The operation that brings one piece of a transfer."""
    if piece.size == whole.src.length:
        return whole
    part = NpuDmaOperation(
        NpuAddressRange(whole.src.region, whole.src.address + piece.offset, piece.size),
        NpuAddressRange(whole.dest.region, whole.dest.address + piece.offset, piece.size),
    )
    part.name = f"{whole.name}+{piece.offset}"
    return part


@contextlib.contextmanager
def _explicit_waits() -> Iterator[None]:
    """While this is open, no transfer is started while another one may be running: DMA_WAIT 0 before it."""
    original = generator.get_wait_dependency

    def waits(architecture: Any, operation: Any, accesses: Any, transfers: Any, kernels: Any) -> Any:
        if isinstance(operation, NpuDmaOperation) and transfers:
            transfers.clear()
            return util.Watermark(original(architecture, operation, accesses, transfers, kernels).npu, 0)
        return original(architecture, operation, accesses, transfers, kernels)

    generator.get_wait_dependency = waits
    try:
        yield
    finally:
        generator.get_wait_dependency = original
