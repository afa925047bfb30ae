"""Landlock: a process gives up what it does not need of the file system, of TCP, and of other processes.

What linux/landlock.h and landlock(7) define, called by number, as no C library has functions for it. Nothing but
Python's standard library: the harness imports it.
"""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Sequence
from pathlib import Path

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
VERSION = 1 << 0
PATH_BENEATH = 1
# Rights over files, by their bits (LANDLOCK_ACCESS_FS_*).
EXECUTE, WRITE_FILE, READ_FILE, READ_FOLDER = 1 << 0, 1 << 1, 1 << 2, 1 << 3
REFER, TRUNCATE, DEVICE_IOCTL = 1 << 13, 1 << 14, 1 << 15
FIRST_RIGHTS = (1 << 13) - 1
RIGHTS_SINCE = ((2, REFER), (3, TRUNCATE), (5, DEVICE_IOCTL))
"""Rights that came later, by the version they came with."""
NETWORK_SINCE, BIND_AND_CONNECT = 4, 0b11
SCOPES_SINCE, SOCKETS_AND_SIGNALS = 6, 0b11
READ = EXECUTE | READ_FILE | READ_FOLDER
ON_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | DEVICE_IOCTL


def _library() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def version() -> int:
    """The version of Landlock that the kernel has; 0 where it has none."""
    return max(0, int(_library().syscall(CREATE_RULESET, None, 0, VERSION)))


def restrict(*, read: Sequence[str], write: Sequence[str]) -> bool:
    """Let this process, and whatever it starts, read below `read` and do anything below `write`, and no more.

    Places that are not there are passed over. False where the kernel has no Landlock; raises OSError where it refuses.
    The process must have given up new privileges.
    """
    found = version()
    if found == 0:
        return False
    handled = FIRST_RIGHTS
    for since, right in RIGHTS_SINCE:
        handled |= right if found >= since else 0
    network = BIND_AND_CONNECT if found >= NETWORK_SINCE else 0
    scoped = SOCKETS_AND_SIGNALS if found >= SCOPES_SINCE else 0
    attributes = struct.pack("<3Q", handled, network, scoped)
    # Kernels take the structure as long as they know it, or longer where the rest is 0.
    length = 8 if found < NETWORK_SINCE else 16 if found < SCOPES_SINCE else 24
    ruleset = _checked(_library().syscall(CREATE_RULESET, ctypes.c_char_p(attributes), ctypes.c_size_t(length), 0))
    try:
        for place in read:
            _allow(ruleset, place, READ & handled)
        for place in write:
            _allow(ruleset, place, handled)
        _checked(_library().syscall(RESTRICT_SELF, ruleset, 0))
    finally:
        os.close(ruleset)
    return True


def _allow(ruleset: int, place: str, rights: int) -> None:
    try:
        opened = os.open(place, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not Path(place).is_dir():
            rights &= ON_FILES
        rule = struct.pack("<Qi", rights, opened)
        _checked(_library().syscall(ADD_RULE, ruleset, PATH_BENEATH, ctypes.c_char_p(rule), 0))
    finally:
        os.close(opened)


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
