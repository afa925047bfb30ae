"""From which operator on each buffer of weights that are brought ahead lives, and where; used by prefetch.py."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ethosu.vela import compiler_driver, hillclimb_allocation, live_range
from ethosu.vela.tensor import MemType

from pipeline.compile.operator_order import Cost
from pipeline.compile.part_cost import part_cycles, table_cycles, transfer_engine
from pipeline.compile.places import ORDERS, PREFERENCES, Life, Places, Room, packed
from pipeline.compile.prefetch_state import NotPossibleError, Prefetched
from pipeline.compile.prefetch_walk import Parts, Walked, walked
from pipeline.compile.transfer_order import Engine, Kernel, Transfer
from pipeline.compile.weight_buffers import WeightBuffers, transferred

SLICES = (None, 32 * 1024, 12 * 1024, 6 * 1024)
"""Bytes: whole layers, or slices of about that size, each in a buffer of its own. Where memory is short, slices waste
less of it: a buffer is taken from its first byte on, and small ones find more places."""
SEARCH_STEPS = 400
"""Of Vela's allocator."""
ROOMS = (100, 97, 94, 90)
"""Percent of the memory that a walk may count on when what it chose is placed afterwards."""
UNLIMITED = 2**31
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
        addresses = [found.addresses.get(item.tensors[0].equivalence_id) for item in ranges]
        if None in addresses:
            raise NotPossibleError("Vela places what the plan does not know")
        return addresses

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
    """From which operator on each buffer of weights lives."""

    def __init__(
        self, found: Prefetched, network: Any, architecture: Any, subgraph: Any, scheduler: Any, limit: int
    ) -> None:
        self._found, self._network, self._architecture = found, network, architecture
        self._limit = limit
        self._operations = list(subgraph.sched_ops)
        self._infos = [subgraph.schedule.cost_map[operation] for operation in self._operations]
        self._buffers = WeightBuffers(
            found, architecture, scheduler, list(zip(self._operations, self._infos, strict=True)), limit
        )

    def make(self) -> None:
        """Leave the fastest plan that was found in the schedule."""
        for information in self._infos:
            if information.buffered_weight_tensors:
                self._found.buffered.add(information)
            information.buffered_weight_tensors = []
        self._found.begins.clear()
        features = self._ranges()
        usage = self._usage(features)
        best: _Found | None = None
        for slice_bytes in SLICES:
            try:
                self._buffers.choose(usage, slice_bytes)
            except NotPossibleError:
                continue
            best = min(
                filter(None, (best, self._fastest(features, sliced=slice_bytes is not None))),
                key=lambda found: found.walked.end,
                default=None,
            )
            if best is not None and best.unlimited:
                break
        if best is None:
            raise NotPossibleError("there is no room for the weights of a layer")
        self._restore(best)
        self._note_costs()

    def _fastest(self, features: Any, *, sliced: bool) -> _Found | None:
        """The fastest walk with the buffers as they are, from several places of feature maps."""
        parts, buffers = self._parts()
        engine = transfer_engine(self._architecture)
        unlimited = walked(parts, Places(limit=UNLIMITED), "lowest", engine)
        assert unlimited is not None
        # Placing many slices afterwards takes long, and they find places while time is walked through.
        best = None if sliced else self._counted(parts, features, engine)
        if best is None or best.end > unlimited.end:
            tries = [walked(parts, places, how, engine) for places in self._places(features) for how in PREFERENCES]
            best = min(filter(None, (best, *tries)), key=lambda item: item.end, default=None)
        if best is None:
            return None
        return _Found(walked=best, buffers=buffers, state=self._state(), unlimited=best.end <= unlimited.end)

    def _counted(self, parts: Parts, features: Any, engine: Engine) -> Walked | None:
        """The first walk through a memory whose bytes are counted that Vela's allocator can place; None without one."""
        lives = [*map(_life, features.lrs)]
        for percent in ROOMS:
            room = Room(limit=self._limit * percent // 100, taken=[(life, 0) for life in lives])
            tried = walked(parts, room, "lowest", engine)
            places = None if tried is None else self._together([life for life, _ in tried.places.taken])
            if tried is not None and places is not None:
                return replace(tried, places=places)
        return None

    def _together(self, lives: Sequence[Life]) -> Places | None:
        """All lives as Vela's allocator places them; None where it finds no room."""
        allocator = hillclimb_allocation.HillClimbAllocator([_Range(life) for life in lives], SEARCH_STEPS, self._limit)
        places = Places(limit=self._limit, taken=list(zip(lives, map(int, allocator.allocate()), strict=True)))
        return places if places.end <= self._limit else None

    def _places(self, features: Any) -> Iterator[Places]:
        """Feature maps alone: as Vela's allocator has them, then packed in several orders."""
        lives = [_life(item) for item in features.lrs]
        addresses = hillclimb_allocation.HillClimbAllocator(features.lrs, SEARCH_STEPS, self._limit).allocate()
        own = Places(limit=self._limit, taken=list(zip(lives, addresses, strict=True)))
        if own.end <= self._limit:
            yield own
        yield from filter(None, (packed(lives, self._limit, order) for order in ORDERS))

    def _restore(self, best: _Found) -> None:
        """Make the schedule what it was when that was found, and note where everything is."""
        for information, weights, slices, tensors in best.state:
            information.npu_weights_tensor, information.npu_scales_tensor = weights, None
            information.ofm_depth_slices, information.buffered_weight_tensors = slices, tensors
        for number, first in best.walked.begins.items():
            self._found.begins[best.buffers[number]] = self._operations[first]
        self._found.addresses = best.walked.places.addresses()
        self._found.allocated = best.walked.places.end

    def _note_costs(self) -> None:
        """What each operator costs with its weights at hand: by that another order is found."""
        self._found.bytes_per_cycle = transfer_engine(self._architecture).rate
        for operation, information in zip(self._operations, self._infos, strict=True):
            shape = operation.ofm_write_shape
            tensors = information.buffered_weight_tensors
            self._found.costs[operation.parent_ps] = Cost(
                cycles=part_cycles(self._architecture, operation, information, height=shape.height, depth=shape.depth),
                weight_bytes=sum(transferred(information.npu_weights_tensor)) if tensors else 0,
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

    def _usage(self, features: Any) -> list[int]:
        """Bytes of feature maps alive while each operator runs."""
        temporal = features.get_temporal_memory_usage(self._architecture.fast_storage_mem_area)
        return [int(max(temporal[item.time_index : item.time_index + 2])) for item in self._infos]

    def _parts(self) -> tuple[Parts, list[Any]]:
        """All kernels and transfers with the buffers as they are, and these buffers."""
        kernels: list[Kernel] = []
        owners: list[int] = []
        transfers: list[Transfer] = []
        filled: list[int] = []
        buffers: list[Any] = []
        for index, (operation, information) in enumerate(zip(self._operations, self._infos, strict=True)):
            tensors = information.buffered_weight_tensors
            shape = operation.ofm_write_shape
            slices = information.ofm_depth_slices if tensors else [0, shape.depth]
            sizes = transferred(information.npu_weights_tensor) if tensors else []
            for part, (start, end) in enumerate(itertools.pairwise(slices)):
                has_table = part == 0 and operation.parent_op.activation_lut
                if tensors:
                    # A buffer that an earlier slice of the layer had is free when that slice's kernel has ended.
                    after = len(kernels) - len(tensors) if part >= len(tensors) else -1
                    transfers.append(Transfer(size=sizes[part], consumer=len(kernels), after=after))
                    filled.append(len(buffers) + part % len(tensors))
                cycles = part_cycles(self._architecture, operation, information, height=shape.height, depth=end - start)
                kernels.append(
                    Kernel(cycles=cycles, table_cycles=table_cycles(self._architecture) if has_table else 0.0)
                )
                owners.append(index)
            buffers += tensors
        parts = Parts(
            kernels=kernels,
            owners=owners,
            times=[information.time_index for information in self._infos],
            transfers=transfers,
            buffers=filled,
            names=[buffer.equivalence_id for buffer in buffers],
            sizes=[buffer.storage_size() for buffer in buffers],
        )
        return parts, buffers


@dataclass(frozen=True, kw_only=True)
class _Found:
    """A walk, the buffers by its numbers, the state of the schedule, and whether more memory would gain nothing."""

    walked: Walked
    buffers: list[Any]
    state: list[tuple[Any, ...]]
    unlimited: bool


class _Range:
    """A life as Vela's allocator takes it."""

    def __init__(self, life: Life) -> None:
        self.size, self.start_time, self.end_time = life.size, life.first, life.last
        self._alignment = life.alignment

    def get_alignment(self) -> int:
        """Bytes that the address is a multiple of."""
        return self._alignment


def _life(item: Any) -> Life:
    """A live range of Vela's."""
    return Life(
        name=item.tensors[0].equivalence_id,
        size=-(-item.size // 16) * 16,
        first=item.start_time,
        last=item.end_time,
        alignment=item.get_alignment(),
    )
