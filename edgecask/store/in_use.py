"""Who works with edgecask's folders: `invoke clean` removes nothing that a running command needs.

Below the folder `running` of the home and of the store every process holds a lock of its own, which the operating
system lets go of however the process ends. `clean` takes the gate that each of them passed, and then has to get every
lock.
"""

from __future__ import annotations

import atexit
import contextlib
import errno
import functools
import json
import os
import stat
import sys
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from edgecask.directories import Directories
from edgecask.errors import StorageError

GATE = "clean.lock"
LONGEST_COMMAND = 120
READ_ONLY = (errno.EROFS, errno.EACCES, errno.EPERM)


def _folders(directories: Directories) -> list[Path]:
    """The home's and the store's, each once: several homes may share a store. Always in the same order."""
    return sorted({directories.home / "running", directories.store / "running"})


@contextmanager
def in_use(directories: Directories) -> Iterator[None]:
    """Keep `invoke clean` away from the folders; waits while one is at work."""
    with ExitStack() as held:
        for folder in _folders(directories):
            try:
                _enter(folder, held)
            except OSError as error:
                # What is not ours to write serves those who read: all that they read is verified.
                if error.errno not in READ_ONLY:
                    raise
        yield


@functools.cache
def keep_in_use(directories: Directories) -> None:
    """Keep `invoke clean` away from the folders until this process ends."""
    held = ExitStack()
    held.enter_context(in_use(directories))
    atexit.register(held.close)


def _enter(folder: Path, held: ExitStack) -> None:
    from filelock import FileLock

    path = folder / f"{os.getpid()}-{uuid.uuid4().hex[:8]}.lock"
    while True:
        # A clean that ends may remove the folder at any moment, also while it is being found there: then pathlib's
        # mkdir, here or FileLock's, says that it exists.
        with _unless_removed(folder), FileLock(_made(folder) / GATE):
            for other in folder.glob("*.lock"):
                if other.name != GATE:
                    with contextlib.suppress(StorageError, OSError):  # it still runs, or is another user's
                        _pass(other)
            lock = FileLock(path)
            lock.acquire(timeout=0)
            held.callback(path.unlink, missing_ok=True)
            held.callback(lock.release)
            # Goes first: what a process leaves that is killed in between is removed with its lock file, by others.
            held.callback(path.with_suffix(".json").unlink, missing_ok=True)
            path.with_suffix(".json").write_text(
                json.dumps({"process": os.getpid(), "command": _command()}), encoding="utf-8"
            )
            return


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def _unless_removed(folder: Path) -> Iterator[None]:
    """Pass over the errors of a folder that is removed by another process."""
    try:
        yield
    except FileNotFoundError:
        pass
    except FileExistsError:
        with contextlib.suppress(FileNotFoundError):  # one look: it may go between two
            if not stat.S_ISDIR(folder.stat().st_mode):
                raise


def _command() -> str:
    program = Path(sys.argv[0])
    name = program.parent.name if program.name == "__main__.py" else program.name  # by `python -m`
    words = " ".join([name, *sys.argv[1:]])
    return "".join(letter for letter in words if letter.isprintable())[:LONGEST_COMMAND]


@contextmanager
def alone(directories: Directories, *, leaving: bool = False) -> Iterator[None]:
    """Keep every other command out of the folders; with `leaving` no trace of this stays.

    Raises StorageError that names a command which is at work in them.
    """
    from filelock import FileLock, Timeout

    with ExitStack() as held:
        for folder in _folders(directories):
            entered = False
            while not entered and folder.parent.is_dir():
                with _unless_removed(folder):  # by another clean that ends, as in _enter
                    folder.mkdir(exist_ok=True)
                    try:
                        held.enter_context(FileLock(folder / GATE).acquire(timeout=0))
                    except Timeout as error:
                        raise StorageError(
                            f"Another `invoke clean` is at work in {folder.parent}.", advice="Wait for it to end."
                        ) from error
                    entered = True
            for path in sorted(folder.glob("*.lock")):
                if path.name != GATE:
                    _pass(path)
        yield
        if leaving:
            for folder in _folders(directories):
                (folder / GATE).unlink(missing_ok=True)
                with contextlib.suppress(OSError):
                    folder.rmdir()


def _pass(path: Path) -> None:
    """Remove the lock of a process that was killed; raise StorageError where it still runs."""
    from filelock import FileLock, Timeout

    try:
        with FileLock(path).acquire(timeout=0):
            path.with_suffix(".json").unlink(missing_ok=True)
            path.unlink(missing_ok=True)
    except Timeout as error:
        raise StorageError(
            f"{_holder(path)} is at work in {path.parent.parent}: nothing was removed.",
            advice="Wait for it to end, or stop it, and clean again.",
        ) from error


def _holder(path: Path) -> str:
    try:
        found = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        return f"`{found['command']}` (process {found['process']})"
    except (OSError, ValueError, KeyError, TypeError):
        return f"Process {path.name.partition('-')[0]}"
