"""Weights are brought as far ahead as memory allows, instead of during the one operator before.

Vela cuts a layer's weights into slices and lets each come while the kernel before runs, so that the flash idles while
early layers compute and the NPU idles while late ones wait. `prefetched` replaces its steps while it is open:

0. where an order of operators is given (operator_order.py), Vela schedules them in that;
1. when the schedule is final and nothing is allocated, a layer's weights become one buffer (slices in two buffers only
   where there is no room: weight_buffers.py), and a walk through time (transfer_order.py) decides from which operator
   on it lives (prefetch_plan.py);
2. those live ranges are what Vela allocates;
3. its allocator is told the limit; where fragmentation exceeds that, the plan is made again with less room;
4. in the finished list of operations, transfers are cut and put where the walk has them, now by exact addresses
   (prefetch_stream.py).

The waits are Vela's own, by address, and one more before each transfer that could find another one running: Vela counts
on the engine to stall there, its own streams never come to it, and nobody has told that the chip does.

U55 with one NPU subgraph, no cascades, flash on the second port: `NotPossibleError` elsewhere, and where weights find
no room. Every output byte is that of Vela's own schedule (tests/integration/test_prefetch.py).
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from ethosu.vela import compiler_driver
from ethosu.vela import register_command_stream_generator as generator
from ethosu.vela import register_command_stream_util as util
from ethosu.vela.api import NpuDmaOperation
from ethosu.vela.nn_graph import PassPlacement

from pipeline.compile.prefetch_plan import planned
from pipeline.compile.prefetch_state import Prefetched
from pipeline.compile.prefetch_stream import hoisted


@contextlib.contextmanager
def prefetched(found: Prefetched, *, limit: int) -> Iterator[None]:
    """While this is open, Vela makes files whose weights are brought ahead within `limit` bytes of SRAM."""
    with _ordered(found), planned(found, limit), hoisted(found), _explicit_waits():
        yield


@contextlib.contextmanager
def _ordered(found: Prefetched) -> Iterator[None]:
    """Vela schedules operators in the order in which its passes stand."""
    scheduler_module = compiler_driver.scheduler
    original = scheduler_module.schedule_passes

    def schedule(network: Any, *others: Any) -> Any:
        for subgraph in network.subgraphs:
            if subgraph.placement == PassPlacement.Npu:
                found.passes = list(subgraph.passes)
                if found.order:
                    subgraph.passes = [found.passes[number] for number in found.order]
        return original(network, *others)

    scheduler_module.schedule_passes = schedule
    try:
        yield
    finally:
        scheduler_module.schedule_passes = original


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
