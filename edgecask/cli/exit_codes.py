"""From a failure to its line on standard error and its exit code, the same for every command."""

from __future__ import annotations

import contextlib
import errno
import functools
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, NoReturn, ParamSpec

from edgecask.errors import EdgecaskError, InterruptedBuildError, OutputClosedError, StorageError
from edgecask.wording import as_called, shown

Parameters = ParamSpec("Parameters")
NO_SPACE = (errno.ENOSPC, errno.EDQUOT)
WRITING = (*NO_SPACE, errno.EFBIG, errno.EROFS)
CLOSED = (errno.EROFS, errno.EACCES, errno.EPERM)
LIMITS = {
    errno.EMFILE: "Let this process open more files: ulimit -n 1024.",
    errno.ENFILE: "The whole machine has too many open files: end what you do not need.",
    errno.EFBIG: "Let this process write larger files: ulimit -f unlimited.",
    errno.ENOMEM: "Let this process have more memory: ulimit -v unlimited, or end what you do not need.",
    errno.EAGAIN: "Let this user have more processes: ulimit -u.",
}
"""What to do about limits that somebody set for the process."""
NO_ROOM = 1 << 18
"""Bytes: a disk with less has no room for any of our files."""


def reported(function: Callable[Parameters, None]) -> Callable[Parameters, None]:
    """Turn every failure a user can cause into its line on standard error and its exit code."""

    @functools.wraps(function)
    def wrapped(*arguments: Parameters.args, **named: Parameters.kwargs) -> None:
        with exit_codes():
            function(*arguments, **named)

    return wrapped


@contextlib.contextmanager
def exit_codes() -> Iterator[None]:
    """End the process with one line and its exit code where the body fails in a way that a user can cause."""
    print_anything()
    if threading.current_thread() is threading.main_thread():
        # Ends like Ctrl-C, so that what is running is stopped and removed.
        signal.signal(signal.SIGTERM, lambda number, frame: _interrupt())
    try:
        yield
        sys.stdout.flush()  # not at the very end, where Python has only a warning for what goes wrong
    except EdgecaskError as error:
        _fail(error)
    except KeyboardInterrupt:
        _fail(InterruptedBuildError("Interrupted; what was running has been stopped and removed."))
    except BrokenPipeError:
        _discard(sys.stdout)
        sys.exit(OutputClosedError.exit_code)
    except OSError as error:
        _fail(storage_error(error))


def print_anything() -> None:
    """Make both streams print every text: a character that a terminal's encoding lacks becomes a question mark.

    Only what this process prints: names of files keep their bytes.
    """
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)  # a test's stand-in has none
        if reconfigure is not None:
            reconfigure(errors="replace" if stream is sys.stdout else "backslashreplace")


def storage_error(error: OSError) -> StorageError:
    """The failure that stands for an error of the operating system that nobody expected; it names the file."""
    # Of a copy the second name is that of what is written.
    written = error.filename2 if error.errno in WRITING and error.filename2 is not None else error.filename
    where = os.fsdecode(written) if isinstance(written, str | bytes | os.PathLike) else ""
    if error.errno in NO_SPACE:
        return _no_space(where)
    text = error.strerror or str(error)
    if error.errno in LIMITS:
        return StorageError(f"{text}{f' ({where})' if where else ''}.", advice=LIMITS[error.errno])
    advice = "Check the path and its permissions."
    if error.errno in CLOSED and where:
        advice = next(
            (
                f"Make it yours to write, or set {variable} to a folder that is."
                for folder, variable in _places().items()
                if variable and Path(where).absolute().is_relative_to(folder)
            ),
            advice,
        )
    return StorageError(f"{text}{f' ({where})' if where else ''}.", advice=advice)


def _no_space(path: str) -> StorageError:
    """No room for `path`; where the system does not say which file it was, the folder of ours whose disk is full."""
    places = _places()
    rooms = {folder: _room(folder) for folder in places}
    full = [folder for folder, room in rooms.items() if room < NO_ROOM]
    if not path and _output_is_full():
        return StorageError("No space left for standard output.", advice="Write it to another disk.")
    if not path and not full:  # what was written is gone again, and its room is free
        least = min(rooms, key=lambda folder: rooms[folder])
        return StorageError(
            f"No space left on a device; of the folders in use {least} has least, {rooms[least] / 1e6:,.0f} MB.",
            advice=f"Free some, or set {', '.join(filter(None, places.values()))} to another disk.",
        )
    where = path or str(full[0])
    for folder, variable in places.items():
        if variable and Path(where).absolute().is_relative_to(folder):
            return StorageError(
                f"No space left on the device of {where}.",
                advice=f"Free some, or set {variable} to a folder on another disk.",
            )
    return StorageError(f"No space left on the device of {where}.", advice="Free some, or write to another disk.")


def _places() -> dict[Path, str]:
    """The folders that edgecask writes to, with the variable that moves each; the innermost first."""
    import tempfile

    from edgecask.directories import user_directories

    directories = user_directories()
    return {
        directories.store: "EDGECASK_STORE",
        directories.home: "EDGECASK_HOME",
        Path(tempfile.gettempdir()): "TMPDIR",
        Path.cwd(): "",
    }


def _output_is_full() -> bool:
    """Whether it is standard output that takes no more: a file on a full disk, or a device such as /dev/full."""
    import stat

    try:
        output = os.fstat(sys.stdout.fileno())
        if stat.S_ISREG(output.st_mode):
            room = os.fstatvfs(sys.stdout.fileno())  # POSIX; elsewhere the folders that we write to are asked
            return room.f_bavail * room.f_frsize < NO_ROOM
        return stat.S_ISCHR(output.st_mode) and not sys.stdout.isatty()
    except (OSError, ValueError, AttributeError):
        return False


def _room(folder: Path) -> int:
    """Bytes that can be written below a folder, which need not be there yet."""
    import shutil

    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return shutil.disk_usage(folder).free


def _interrupt() -> NoReturn:
    raise KeyboardInterrupt


def _fail(error: EdgecaskError) -> NoReturn:
    with contextlib.suppress(OSError):
        sys.stdout.flush()  # what was said before stands before the error
    with contextlib.suppress(OSError):
        if error.details:
            print(shown(error.details), file=sys.stderr)
        print(f"error: {as_called(str(error))}", file=sys.stderr, flush=True)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            _discard(stream)
    sys.exit(error.exit_code)


def _discard(stream: IO[str]) -> None:
    """Send what a stream still holds nowhere, or Python would fail on it once more while it ends."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
