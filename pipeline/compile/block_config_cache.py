"""Vela's search for block sizes, done once for layers that are alike; used by compile.py.

For every operator, and again for every schedule, Vela tries all block sizes (architecture_allocator.find_block_config):
most of its time. What it finds depends on the arguments alone, and is only read afterwards.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from ethosu.vela.compiler_driver import scheduler  # by itself it cannot be imported: a circle within Vela
from ethosu.vela.operation import Kernel


def _known_by(argument: Any) -> Any:
    """What stands for an argument; a kernel cannot be compared, everything else the search is given can."""
    if isinstance(argument, Kernel):
        return argument.width, argument.height, argument.stride, argument.dilation
    return argument


@contextlib.contextmanager
def remembered() -> Iterator[None]:
    """While this is open, Vela searches once for the same arguments."""
    search = scheduler.find_block_config
    found: dict[tuple[Any, ...], Any] = {}

    def find(*arguments: Any) -> Any:
        key = tuple(map(_known_by, arguments))
        if key not in found:
            found[key] = search(*arguments)
        return found[key]

    scheduler.find_block_config = find
    try:
        yield
    finally:
        scheduler.find_block_config = search
