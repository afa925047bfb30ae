"""Whose something is: a process, told apart from every other, so that what a dead one left can be removed.

A number of a process is used again, so its start time goes with it; and it says something only on the machine, since
its boot, and among the processes (containers have their own) where it was given.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import uuid
from pathlib import Path


@functools.cache
def machine() -> str:
    """This boot of this machine, and this namespace of processes."""
    found = f"{uuid.getnode():x}"
    with contextlib.suppress(OSError):
        found = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="utf-8").strip()
    with contextlib.suppress(OSError):
        found += Path("/proc/self/ns/pid").readlink().name
    return hashlib.sha256(found.encode()).hexdigest()[:16]


def start_time(process: int) -> str:
    """When a process was started, in ticks since the boot; "" where there is no such process (or no /proc)."""
    with contextlib.suppress(OSError, IndexError):
        return Path(f"/proc/{process}/stat").read_bytes().rpartition(b")")[2].split()[19].decode()
    return ""


def own_identity() -> str:
    """This process: machine, number and start time, with dashes between them."""
    return f"{machine()}-{os.getpid()}-{start_time(os.getpid()) or 0}"


def is_gone(identity: str) -> bool | None:
    """Whether that process has ended; None where this machine cannot know."""
    where, process, started = identity.split("-")
    if where != machine() or not Path("/proc/self/stat").exists():
        return None
    return start_time(int(process)) != started
