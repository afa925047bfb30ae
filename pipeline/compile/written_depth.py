"""What an operator costs that writes a slice of a concatenation; used by compile.py.

When Vela plans how far weights hide behind the operator before, it costs that one by the depth of the tensor it writes
to (scheduler.py: create_initial_schedule, propose_schedule_buffering). For an operator that writes a slice that is the
whole: it believes that more hides than does. Its own copies of concatenations are costed so, and with
zero_copy_concat.py many more operators write slices.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from ethosu.vela.compiler_driver import scheduler  # by itself it cannot be imported: a circle within Vela


@contextlib.contextmanager
def costed() -> Iterator[None]:
    """While this is open, Vela costs operators by what they write."""
    original = scheduler.Scheduler.estimate_op_performance

    def estimate(self: Any, operation: Any, block_config: Any, depth: int) -> Any:
        return original(self, operation, block_config, min(depth, operation.ofm_write_shape.depth))

    scheduler.Scheduler.estimate_op_performance = estimate
    try:
        yield
    finally:
        scheduler.Scheduler.estimate_op_performance = original
