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
import shutil
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from pipeline.shared.archives import write_archive

WORK = Path(__file__).resolve().parents[2]
INPUTS = WORK / "inputs"
OUTPUTS = WORK / "outputs"
PUBLISHED = WORK / "published"
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
PR_SET_NO_NEW_PRIVS = 38
CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000


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


def isolate() -> bool:
    """Give up privileges and the network where the kernel lets an ordinary process do so; whether it did."""
    library = ctypes.CDLL(None, use_errno=True)
    library.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    return bool(library.unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0)


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


def run_stage(program: str) -> int:
    """Call `run(parameters)` of the program and write its report; the exit status."""
    if os.environ.get("EDGECASK_ISOLATE") == "1":
        isolate()
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
        return NO_SPACE_STATUS if lacks_space(error) else 1
    return 0


def supervise(program: str) -> int:
    """Run the stage in a child of its own session; stop it when standard input ends."""
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
    places = [place for place in (OUTPUTS, Path(os.environ.get("TMPDIR", "/tmp"))) if place.exists()]
    if status not in (0, REFUSED_STATUS) and any(shutil.disk_usage(place).free < NO_ROOM for place in places):
        status = NO_SPACE_STATUS
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.write(f"\n{FINISHED}{status}\n")
        sys.stdout.flush()
    client_left.wait()  # the client fetches outputs/ first, then closes the pipe
    return 0


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
