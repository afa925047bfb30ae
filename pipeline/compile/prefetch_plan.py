"""Which buffers weights have that are brought ahead, and from which operator on each lives; used by prefetch.py."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator, Sequence
from typing import Any

from ethosu.vela import compiler_driver, hillclimb_allocation, live_range, weight_compressor
from ethosu.vela.tensor import MemType, TensorSubPurpose

from pipeline.compile.operator_order import Cost
from pipeline.compile.part_cost import part_cycles, table_cycles, transfer_engine
from pipeline.compile.prefetch_state import NotPossibleError, Prefetched
from pipeline.compile.transfer_order import Kernel, Moment, StuckError, Transfer, arrange

LEFT = (0, 1, 2, 3, 4, 5, 6, 8, 10, 13, 16, 20)
"""Hundredths of the room that a plan leaves, one after the other, until what the allocator makes of it fits."""
SEARCH_STEPS = 400
"""Of Vela's allocator; it stops early where it reaches the limit."""
SCRATCH = {MemType.Scratch, MemType.Scratch_fast}


@contextlib.contextmanager
def planned(found: Prefetched, limit: int) -> Iterator[None]:
    """While this is open, Vela allocates weights as the plan has them, within `limit` bytes."""
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
        found = next(filter(None, (self._tried(usage, less) for less in LEFT)), None)
        if found is None:
            raise NotPossibleError("there is no room for whole layers of weights")
        self._found.allocated, state, begins = found
        for information, weights, slices, tensors in state:
            information.npu_weights_tensor, information.npu_scales_tensor = weights, None
            information.ofm_depth_slices, information.buffered_weight_tensors = slices, tensors
        self._found.begins.clear()
        self._found.begins.update(begins)
        self._note_costs()

    def _tried(self, usage: Sequence[int], less: int) -> tuple[int, list[tuple[Any, ...]], dict[Any, Any]] | None:
        """A plan with so many hundredths less room than there is; None where the allocator cannot place it."""
        room = self._limit - self._limit * less // 100
        self._found.begins.clear()
        try:
            self._choose_buffers(usage, room)
            self._walk(usage, room)
        except (StuckError, NotPossibleError):
            return None
        allocated = self._allocated()
        return (allocated, self._state(), dict(self._found.begins)) if allocated <= self._limit else None

    def _note_costs(self) -> None:
        """What each operator costs with its weights at hand: by that another order is found."""
        self._found.bytes_per_cycle = transfer_engine(self._architecture).rate
        for operation, information in zip(self._operations, self._infos, strict=True):
            shape = operation.ofm_write_shape
            tensors = information.buffered_weight_tensors
            self._found.costs[operation.parent_ps] = Cost(
                cycles=part_cycles(self._architecture, operation, information, height=shape.height, depth=shape.depth),
                weight_bytes=sum(_sizes(information.npu_weights_tensor)) if tensors else 0,
                table_cycles=table_cycles(self._architecture) if operation.parent_op.activation_lut else 0.0,
            )

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

    def _walk(self, usage: Sequence[int], room: int) -> None:
        """Go through time, with each buffer alive from the operator during which it is filled."""
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

        arrange(kernels, transfers, transfer_engine(self._architecture), may_begin=may_begin, begun=begun)


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
