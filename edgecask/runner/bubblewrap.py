"""The command line that runs a stage behind bubblewrap's wall (bwrap(1))."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

EXECUTABLE = "bwrap"
INSIDE = Path("/edgecask")
"""Where the stage's folder is, inside; no folder of a system or a user is called so."""
SCRATCH = "/tmp"
USER = "1000"
"""As in containers."""
WRITABLE = ("outputs", "published", "own")
USERS = f"stage:x:{USER}:{USER}::{SCRATCH}:/bin/false\n"
"""The passwd(5) inside, where libraries look for the name of their user."""
# A C library looks libraries up in the cache, and Debian's alternatives are links through the second.
_SYSTEM_FILES = ("/etc/ld.so.cache", "/etc/alternatives", "/sys/devices/system/cpu")
_GPU_FILES = ("/sys/devices", "/sys/bus/pci", "/sys/module/nvidia", "/sys/class/drm")


def namespaces() -> list[str]:
    """What the stage has of its own: users, processes, network, IPC; it ends with the process that started it."""
    return [
        "--unshare-user", "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try",
        "--uid", USER, "--gid", USER, "--cap-drop", "ALL", "--hostname", "edgecask", "--die-with-parent",
    ]  # fmt: skip


def system_folders() -> list[str]:
    """The system's programs and libraries, which any user may read: not /etc, /var, /run or /home."""
    arguments = ["--ro-bind", "/usr", "/usr"]
    for name in ("/bin", "/sbin", "/lib", "/lib64", "/lib32"):
        path = Path(name)
        if path.is_symlink():
            arguments += ["--symlink", str(path.readlink()), name]
        elif path.is_dir():
            arguments += ["--ro-bind", name, name]
    for name in _SYSTEM_FILES:
        arguments += ["--ro-bind-try", name, name]
    return arguments


def wrapped(command: Sequence[str], *, work: Path, readable: Sequence[Path], gpus: bool, seccomp: int) -> list[str]:
    """`command` behind the wall, in the stage's folder `work`.

    `readable` are folders that stay where they are; `seccomp` is the file descriptor of a filter.
    """
    arguments = [EXECUTABLE, *namespaces(), "--seccomp", str(seccomp), *system_folders()]
    arguments += ["--proc", "/proc", "--dev", "/dev"]
    if gpus:
        for device in sorted(Path("/dev").glob("nvidia*")):
            arguments += ["--dev-bind-try", str(device), str(device)]
        for name in _GPU_FILES:
            arguments += ["--ro-bind-try", name, name]
    arguments += ["--bind", str(work / "tmp"), SCRATCH]
    for place in readable:
        arguments += ["--ro-bind", str(place), str(place)]
    arguments += ["--ro-bind", str(work), str(INSIDE), "--ro-bind", str(work / "passwd"), "/etc/passwd"]
    for name in WRITABLE:
        arguments += ["--bind", str(work / name), str(INSIDE / name)]
    return [*arguments, "--remount-ro", "/", "--chdir", str(INSIDE), "--", *command]


def filter_descriptor(program: bytes) -> int:
    """A file descriptor that a filter can be read from; whoever asked for it closes it."""
    number = os.memfd_create("seccomp")
    os.write(number, program)
    os.lseek(number, 0, os.SEEK_SET)
    return number
