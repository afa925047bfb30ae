"""What a stage may use of the machine, the same in every kind of environment."""

from __future__ import annotations

import os

from edgecask.errors import UsageError
from edgecask.runner.sizes import parse_size

VARIABLE = "EDGECASK_STAGE_MEMORY"
DEFAULT_MEMORY = 6 << 30
LEAST_MEMORY = 16 << 20
PROCESS_LIMIT = 512


OWNER = 0o700
"""What the owner may do with a file."""


def require_usable_umask() -> None:
    """Raise UsageError where new files would be closed to their own owner: nothing could be handed on."""
    mask = os.umask(0o077)
    os.umask(mask)
    if mask & OWNER:
        raise UsageError(
            f"The umask {mask:03o} takes new files away from yourself.", advice="Set another (umask 022) and try again."
        )


def address_space_limit() -> int | None:
    """Bytes of address space that this process, and what it starts, may have (`ulimit -v`); None for any number."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    return None if soft == resource.RLIM_INFINITY else soft


def memory_limit() -> int:
    """Bytes of memory for one stage; raises UsageError where EDGECASK_STAGE_MEMORY is no size, or too little."""
    text = os.environ.get(VARIABLE)
    if text is None:
        return DEFAULT_MEMORY
    try:
        size = parse_size(text)
    except ValueError:
        size = 0
    if size < LEAST_MEMORY:
        raise UsageError(
            f"{VARIABLE} is {text!r:.40}, which is no size of at least {LEAST_MEMORY >> 20} MiB.",
            advice="Set it to one such as 8g, or unset it.",
        )
    return size
