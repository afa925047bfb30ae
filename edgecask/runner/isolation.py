"""What stands between a stage in a virtual environment and the rest of the machine, best first.

bubblewrap (PyPI has none; Debian's package `bubblewrap`): the stage sees its environment and its inputs, read-only, and
a few folders of its own. Landlock (Linux from 5.13): it sees what it saw, and can open nothing else. Where there is
neither it can do what its user can.
"""

from __future__ import annotations

import ctypes
import functools
import platform
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from edgecask.runner.bubblewrap import EXECUTABLE, namespaces, system_folders

LANDLOCK_CREATE_RULESET = 444
LANDLOCK_VERSION = 1 << 0
SCOPES = 6
"""The version of Landlock from which on it keeps signals inside (Linux 6.12)."""
PROBE_SECONDS = 10
INSTALL = "Install bubblewrap (Debian, Fedora, Arch: package `bubblewrap`)"


@dataclass(frozen=True, kw_only=True)
class Isolation:
    """Which wall stands ("bubblewrap", "landlock" or "none"), and what it does not hold, in words."""

    name: str
    lacks: tuple[str, ...] = ()
    why: str = ""

    @property
    def complete(self) -> bool:
        """Whether it holds all that --require-isolation asks for."""
        return not self.lacks

    @property
    def sentence(self) -> str:
        """One line for the user about what does not hold."""
        if self.complete:
            return "stages see their environment and their inputs alone"
        return f"stages in virtual environments can {' and '.join(self.lacks)} ({self.why})"


@functools.cache
def available_isolation() -> Isolation:
    """The best that this machine has; tried out, as a container or a kernel's settings may forbid what is installed."""
    if platform.system() != "Linux":
        return Isolation(name="none", lacks=(_EVERYTHING,), why=f"{platform.system() or 'this system'} has no wall")
    why = _why_no_bubblewrap()
    if not why:
        return Isolation(name="bubblewrap")
    network = () if _has_network_namespaces() else ("use the network",)
    version = landlock_version()
    if version == 0:
        return Isolation(name="none", lacks=(_EVERYTHING, *network), why=why)
    outside = "see other processes" if version >= SCOPES else "signal your other processes"
    return Isolation(name="landlock", lacks=(outside, *network), why=why)


_EVERYTHING = "read and write whatever you can"


def _why_no_bubblewrap() -> str:
    """Why bubblewrap cannot be used; empty where it can."""
    executable = shutil.which(EXECUTABLE)
    if executable is None:
        return f"{EXECUTABLE} is not installed"
    try:
        done = subprocess.run(
            [executable, *namespaces(), *system_folders(), "--proc", "/proc", "--dev", "/dev", "--", "/usr/bin/true"],
            capture_output=True, encoding="utf-8", errors="replace", check=False, timeout=PROBE_SECONDS,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"{EXECUTABLE} does not run here: {error}"
    if done.returncode == 0:
        return ""
    reason = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1].removeprefix("bwrap: ")
    return f"{EXECUTABLE} does not run here: {reason}"


def landlock_version() -> int:
    """The version of Landlock that the kernel has; 0 where it has none (landlock_create_ruleset(2))."""
    if platform.system() != "Linux":
        return 0
    version = ctypes.CDLL(None, use_errno=True).syscall(LANDLOCK_CREATE_RULESET, None, 0, LANDLOCK_VERSION)
    return max(0, int(version))


def _has_network_namespaces() -> bool:
    unshare = shutil.which("unshare")
    done = subprocess.run([unshare, "--user", "--net", "true"], capture_output=True, check=False) if unshare else None
    return done is not None and done.returncode == 0


def forget() -> None:
    """Look again: a test changed what there is."""
    available_isolation.cache_clear()


def readable_places(python: Path) -> list[Path]:
    """The folders that a Python needs to start, beside the system's: its own, and those its links lead through."""
    places: list[Path] = []
    link = python
    while True:
        place = link.parent.parent
        if not place.is_relative_to("/usr") and place not in places and place != Path("/"):
            places.append(place)
        if not link.is_symlink():
            return places
        target = link.readlink()
        link = target if target.is_absolute() else link.parent / target
