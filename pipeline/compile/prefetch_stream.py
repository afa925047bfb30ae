"""Transfers of weights cut and put as early as their targets are free, in the finished list of operations.

Used by prefetch.py.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

from ethosu.vela import high_level_command_to_npu_op as to_operations
from ethosu.vela import register_command_stream_util as util
from ethosu.vela.api import NpuAddressRange, NpuDmaOperation

from pipeline.compile.part_cost import part_cycles, table_cycles, transfer_engine
from pipeline.compile.prefetch_state import NotPossibleError, Prefetched
from pipeline.compile.transfer_order import Kernel, Piece, Transfer, arrange

FLASH_REGION = 0


@contextlib.contextmanager
def hoisted(found: Prefetched) -> Iterator[None]:
    """While this is open, transfers of weights stand in the stream where the walk has them."""
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
