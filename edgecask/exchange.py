"""One folder in another's place, in one step where the system can."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from pathlib import Path

from edgecask.files import discard

AT_FDCWD = -100
RENAME_EXCHANGE = 2
RENAME_SWAP = 2
NOT_SUPPORTED = (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP)


def exchange(one: Path, other: Path) -> bool:
    """Exchange two files or folders in one step; False where this system cannot.

    Linux: renameat2(2) with RENAME_EXCHANGE; macOS: renamex_np(2) with RENAME_SWAP. Some file systems take neither.
    """
    if sys.platform == "win32":
        return False
    import ctypes

    library = ctypes.CDLL(None, use_errno=True)
    first, second = os.fsencode(one), os.fsencode(other)
    try:
        if sys.platform == "darwin":
            status = library.renamex_np(first, second, RENAME_SWAP)
        else:
            status = library.renameat2(AT_FDCWD, first, AT_FDCWD, second, RENAME_EXCHANGE)
    except AttributeError:  # a C library that does not have it
        return False
    if status == 0:
        return True
    number = ctypes.get_errno()
    if number in NOT_SUPPORTED:
        return False
    raise OSError(number, os.strerror(number), str(other))


def put_in_place(fresh: Path, destination: Path) -> None:
    """Give a folder the name `destination`, in one step where the system can, and remove the folder that had it.

    `fresh` stands beside it. Where the system cannot exchange folders, readers see none for a moment.
    """
    old = fresh.with_name(f"{fresh.name}.old")
    if os.path.lexists(destination) and exchange(fresh, destination):
        old = fresh
    else:
        with contextlib.suppress(FileNotFoundError):
            os.replace(destination, old)
        os.replace(fresh, destination)
    if os.path.lexists(old):
        discard(old)
