"""What each operator costs on the Ethos-U by Vela's own estimate; used by compile.py.

Vela estimates the network operator by operator (npu_performance.py) and keeps the sums. `recorded` listens while it
does so. Times are in cycles of the NPU's clock and add up to Vela's inference time.
"""

from __future__ import annotations

import contextlib
import csv
import io
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from ethosu.vela import npu_performance
from ethosu.vela.npu_performance import PassCycles
from ethosu.vela.tensor import MemArea, TensorPurpose

ACCESSES = {
    PassCycles.SramAccess: MemArea.Sram,
    PassCycles.DramAccess: MemArea.Dram,
    PassCycles.OnChipFlashAccess: MemArea.OnChipFlash,
    PassCycles.OffChipFlashAccess: MemArea.OffChipFlash,
}


@dataclass(frozen=True, kw_only=True)
class OperatorCost:
    """One operator, in the order in which the NPU runs them.

    `reads` are the numbers of the operators whose results it reads; `block` is Vela's NpuBlockType. The cycles are
    split by what the NPU does in them: `compute_cycles` it computes, `weight_cycles` it waits for weights or tables to
    arrive, `activation_cycles` for feature maps. `sram_bytes` is what is alive in SRAM while it runs.
    """

    name: str
    kind: str
    block: str
    reads: str
    kernel_height: int
    kernel_width: int
    height: int
    width: int
    channels: int
    macs: int
    compute_cycles: int
    weight_cycles: int
    activation_cycles: int
    weight_bytes: int
    sram_bytes: int


@dataclass(kw_only=True)
class Costs:
    """All operators of a network, and the NPU's clock in Hz."""

    operators: list[OperatorCost] = field(default_factory=list)
    core_clock_hz: float = 0.0

    def as_csv(self) -> bytes:
        """One row an operator."""
        stream = io.StringIO()
        writer = csv.DictWriter(stream, [item.name for item in fields(OperatorCost)], lineterminator="\n")
        writer.writeheader()
        writer.writerows(asdict(operator) for operator in self.operators)
        return stream.getvalue().encode()


def _waiting(architecture: Any, cycles: Any, computing: float) -> tuple[float, float]:
    """Cycles spent waiting for weights, and for feature maps.

    Vela lets an operator take as long as the slowest of the NPU and its memories; in the NPU's own time it counts the
    transfers of weights and tables that no earlier operator hides (estimate_full_op_performance).
    """
    for_weights = cycles[PassCycles.Npu] - computing
    beyond = cycles[PassCycles.Total] - cycles[PassCycles.Npu]
    slowest = max(ACCESSES, key=lambda access: cycles[access])
    if ACCESSES[slowest] == architecture.tensor_storage_mem_area[TensorPurpose.FeatureMap]:
        return for_weights, beyond
    return for_weights + beyond, 0


@contextlib.contextmanager
def recorded() -> Iterator[Costs]:
    """While this is open, every operator that Vela estimates for its summary is noted."""
    costs = Costs()
    numbers: dict[Any, int] = {}
    computing = 0.0
    original_cycles = npu_performance.measure_cycle_cost
    original_estimate = npu_performance.estimate_full_op_performance

    def cycle_cost(*arguments: Any) -> Any:
        nonlocal computing
        result = original_cycles(*arguments)
        computing = result.op_cycles
        return result

    def estimate(architecture: Any, schedule: Any, operation: Any, *others: Any) -> Any:
        bandwidths, macs, cycles = original_estimate(architecture, schedule, operation, *others)
        parent = operation.parent_op
        information = schedule.cost_map[operation]
        sources = {
            numbers[source]
            for tensor in (parent.ifm, parent.ifm2)
            if tensor is not None
            for source in tensor.ops
            if source in numbers
        }
        numbers[parent] = len(costs.operators)
        weights, activations = _waiting(architecture, cycles, computing)
        storage = architecture.tensor_storage_mem_area[TensorPurpose.Weights]
        in_use = schedule.memory_snapshot
        costs.core_clock_hz = float(architecture.core_clock)
        costs.operators.append(
            OperatorCost(
                name=operation.name,
                kind=str(operation.op_type),
                block=operation.op_type.npu_block_type.name,
                reads=" ".join(map(str, sorted(sources))),
                kernel_height=int(operation.kernel.height),
                kernel_width=int(operation.kernel.width),
                height=int(operation.ofm.shape.height),
                width=int(operation.ofm.shape.width),
                channels=int(operation.ofm.shape.depth),
                macs=int(macs),
                compute_cycles=round(cycles[PassCycles.Total] - weights - activations),
                weight_cycles=round(weights),
                activation_cycles=round(activations),
                weight_bytes=round(float(bandwidths[storage].sum())),
                sram_bytes=int(in_use[information.time_index]) if information.time_index < len(in_use) else 0,
            )
        )
        return bandwidths, macs, cycles

    npu_performance.measure_cycle_cost = cycle_cost
    npu_performance.estimate_full_op_performance = estimate
    try:
        yield costs
    finally:
        npu_performance.measure_cycle_cost = original_cycles
        npu_performance.estimate_full_op_performance = original_estimate
