"""Runs one stage program inside its environment, and never outlives the client that asked for it.

    python -m pipeline PROGRAM          supervise: run the stage in a child, report how it ended, wait for end of input
    python -m pipeline --stage PROGRAM  the child: call `run` of pipeline/PROGRAM/PROGRAM.py, write its report

This package lies in a folder `program`. The folder above that gets request.json and inputs/, and when they are complete
an empty file `ready`: a stage may be started before what it works on is there, and does its imports meanwhile. It
writes outputs/. The supervisor stops as soon as its standard input ends, whatever the stage is doing: a client that is
killed closes that pipe, so nothing is left running behind it. A stage that runs for long tells the client how far it
is, and publishes what the client should have in case it is stopped. This file, like what it imports, needs nothing but
Python's standard library.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import gc
import importlib
import json
import os
import resource
import shutil
import signal
import struct
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from pipeline.shared import landlock
from pipeline.shared.archives import write_archive

WORK = Path(__file__).resolve().parents[2]
INPUTS = WORK / "inputs"
OUTPUTS = WORK / "outputs"
PUBLISHED = WORK / "published"
OWN = WORK / "own"
"""The stage's working folder, for files that nobody else looks at: as large as the disk, which /tmp may not be."""
READY = WORK / "ready"
POLL_SECONDS = 0.01
FINISHED = "\x1eedgecask finished "
EVENT = "\x1eedgecask event "
KEPT = 3
REFUSED_STATUS = 3
NO_SPACE_STATUS = 28
"""How a stage ends whose files found no room; edgecask/runner/outcome.py says which disk that is."""
NO_ROOM = 1 << 18
"""Bytes. Where less is free, that is why a stage died, whatever a library says of it."""
NO_MEMORY_STATUS = 12
"""How a stage ends that wanted more memory than it may have."""
NO_MEMORY_WORDS = ("allocate memory", "failed to map segment", "can't start new thread")
"""What PyTorch's allocator says, and what loaders and thread libraries say where address space is short."""
LIMITS = "EDGECASK_LIMITS"
"""The environment variable with the stage's limits, as JSON: `memory` in bytes for each process, and `processes`."""
WALL = "EDGECASK_WALL"
"""That with what a stage does about a wall of its own, as JSON: places to `hide`, and of the `files` those that it may
`read` and `write`, or null."""
PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
PR_SET_NO_NEW_PRIVS = 38
SYS_CAPSET, CAPABILITY_VERSION = 126, 0x20080522
CLONE_NEWNS = 0x00020000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000
MS_BIND, MS_REC, MS_PRIVATE = 0x1000, 0x4000, 0x40000
REAPINGS = 1000
"""How often it is looked for what a stage left running, which may start more as long as it is."""


class Refused(Exception):
    """What a stage raises to tell the user something: the kind of edgecask.errors, the message, the advice."""

    def __init__(self, kind: str, message: str, advice: str = "") -> None:
        super().__init__(message)
        self.failure = {"kind": kind, "message": message, "advice": advice}


def tell(**event: Any) -> None:
    """Tell the client something while the stage is running; what it means is between the two."""
    print(f"\n{EVENT}{json.dumps(event)}", flush=True)


def publish(files: Mapping[str, Path]) -> None:
    """Hand the client a set of files while the stage is running, under the names they have as keys.

    Each set is a file of its own, renamed into place, so that the client never reads a half-written one; of sets that
    the client was too slow for, the last ones remain.
    """
    PUBLISHED.mkdir(exist_ok=True)
    number = 1 + max((int(path.stem) for path in PUBLISHED.glob("*.tar")), default=0)
    temporary = PUBLISHED / "temporary"
    write_archive(temporary, sorted(files.items()))
    temporary.rename(PUBLISHED / f"{number}.tar")
    (PUBLISHED / f"{number - KEPT}.tar").unlink(missing_ok=True)
    tell(published=number)


def confine() -> None:
    """Give up what the client says that this stage does not need: it is not yet a stranger's code that runs."""
    library = ctypes.CDLL(None, use_errno=True)
    library.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    library.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    walled = WALL in os.environ
    own_users = walled and isolate(json.loads(os.environ[WALL])["hide"])
    if LIMITS in os.environ:
        limits = json.loads(os.environ[LIMITS])
        # Not RLIMIT_AS: TensorFlow and CUDA take much address space that they never use.
        resource.setrlimit(resource.RLIMIT_DATA, (limits["memory"], limits["memory"]))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if own_users or not walled:  # elsewhere all that the user runs would count
            resource.setrlimit(resource.RLIMIT_NPROC, (limits["processes"], limits["processes"]))
    if walled and (files := json.loads(os.environ[WALL])["files"]) is not None:
        landlock.restrict(read=files["read"], write=files["write"])


def isolate(hidden: list[str]) -> bool:
    """Leave the network, where the kernel lets an ordinary process do so, and hide folders; whether it did.

    What is hidden are folders of sockets: Landlock does not keep a process from connecting to those.
    """
    library = ctypes.CDLL(None, use_errno=True)
    if library.unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWNS) != 0:
        return bool(library.unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0)
    library.mount(None, b"/", None, MS_REC | MS_PRIVATE, None)
    empty = WORK / "empty"
    for place in hidden:
        if not WORK.is_relative_to(place):
            library.mount(bytes(empty), os.fsencode(place), None, MS_BIND, None)
    # All capabilities over what is now its own.
    header, nothing = struct.pack("<Ii", CAPABILITY_VERSION, 0), bytes(24)
    library.syscall(SYS_CAPSET, ctypes.c_char_p(header), ctypes.c_char_p(nothing))
    return True


def load(program: str) -> ModuleType:
    """Import the program, without looking for garbage: imports make a million objects, and all of them stay."""
    gc.disable()
    try:
        return importlib.import_module(f"pipeline.{program}.{program}")
    finally:
        gc.freeze()
        gc.enable()


def wait_for_inputs() -> None:
    """Return when everything the stage works on is there; the supervisor ends this process where nothing comes."""
    while not READY.exists():
        time.sleep(POLL_SECONDS)


def lacks_space(error: BaseException | None) -> bool:
    """Whether a full disk is at the bottom of an error: libraries raise their own ones over it."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            return True
        error = error.__cause__ or error.__context__
    return False


def lacks_memory(error: BaseException | None) -> bool:
    """Whether too little memory is at the bottom of an error."""
    while error is not None:
        if isinstance(error, MemoryError) or any(words in str(error) for words in NO_MEMORY_WORDS):
            return True
        error = error.__cause__ or error.__context__
    return False


def run_stage(program: str) -> int:
    """Call `run(parameters)` of the program and write its report; the exit status."""
    OWN.mkdir(exist_ok=True)
    os.chdir(OWN)
    confine()
    try:
        module = load(program)
        wait_for_inputs()
        request = json.loads((WORK / "request.json").read_text())
        report: dict[str, Any] = module.run(request["parameters"])
        (OUTPUTS / "report.json").write_text(json.dumps(report, sort_keys=True, allow_nan=False))
    except Refused as refusal:
        (OUTPUTS / "failure.json").write_text(json.dumps(refusal.failure))
        return REFUSED_STATUS
    except Exception as error:
        traceback.print_exc()
        return NO_SPACE_STATUS if lacks_space(error) else NO_MEMORY_STATUS if lacks_memory(error) else 1
    return 0


def supervise(program: str) -> int:
    """Run the stage in a child of its own session; stop it, and all that it started, when standard input ends."""
    # What the stage starts and leaves behind becomes a child of this process.
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    child = subprocess.Popen(
        [sys.executable, "-P", "-m", "pipeline", "--stage", program],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    client_left = threading.Event()

    def watch_client() -> None:
        while os.read(0, 4096):
            pass
        client_left.set()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)

    threading.Thread(target=watch_client, daemon=True).start()
    status = child.wait()
    end_children()  # they could write to the outputs while the client reads them
    places = [place for place in (OUTPUTS, Path(os.environ.get("TMPDIR", "/tmp"))) if place.exists()]
    if status not in (0, REFUSED_STATUS) and any(shutil.disk_usage(place).free < NO_ROOM for place in places):
        status = NO_SPACE_STATUS
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.write(f"\n{FINISHED}{status}\n")
        sys.stdout.flush()
    client_left.wait()  # the client fetches outputs/ first, then closes the pipe
    return 0


def end_children() -> None:
    """Kill whatever the stage has left running, also in sessions of its own."""
    for _ in range(REAPINGS):
        left = children()
        if not left:
            return
        for process in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        for process in left:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(process, 0)


def children() -> list[int]:
    """The processes whose parent is this one."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError, IndexError):  # it has just ended
            if int(path.read_bytes().rpartition(b")")[2].split()[1]) == os.getpid():
                found.append(int(path.parent.name))
    return found


def main(arguments: list[str]) -> None:
    """What the module's text says; does not return."""
    # Ctrl-C reaches the whole foreground group; the client decides what it means and closes the pipe.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if arguments[0] != "--stage":
        sys.exit(supervise(arguments[0]))
    status = run_stage(arguments[1])
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)  # large libraries take long to take themselves apart, for nothing
