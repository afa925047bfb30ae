"""The system calls that no stage needs, as a filter for bubblewrap: a program of the kernel's classic BPF.

What leads out of namespaces, loads code into the kernel, looks into other processes, or has been the way into many
kernels (io_uring, userfaultfd, bpf, keyrings), fails with EPERM. The numbers are those of x86-64
(arch/x86/entry/syscalls/syscall_64.tbl), the structures those of linux/seccomp.h and linux/filter.h.
"""

from __future__ import annotations

import errno
import struct

ARCHITECTURE = 0xC000003E
"""AUDIT_ARCH_X86_64."""
X32 = 0x40000000
CLONE, CLONE3 = 56, 435
NEW_NAMESPACES = 0x7E020000
"""clone(2): CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID and NEWNET."""
REFUSED = {
    "ptrace": 101, "syslog": 103, "pivot_root": 155, "chroot": 161, "acct": 163, "mount": 165, "umount2": 166,
    "swapon": 167, "swapoff": 168, "reboot": 169, "init_module": 175, "delete_module": 176, "quotactl": 179,
    "kexec_load": 246, "add_key": 248, "request_key": 249, "keyctl": 250, "unshare": 272, "perf_event_open": 298,
    "open_by_handle_at": 304, "setns": 308, "process_vm_readv": 310, "process_vm_writev": 311, "finit_module": 313,
    "kexec_file_load": 320, "bpf": 321, "userfaultfd": 323, "io_uring_setup": 425, "io_uring_enter": 426,
    "io_uring_register": 427, "open_tree": 428, "move_mount": 429, "fsopen": 430, "fsconfig": 431, "fsmount": 432,
    "fspick": 433, "pidfd_getfd": 438, "mount_setattr": 442,
}  # fmt: skip

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16
_ALLOW, _ERROR = 0x7FFF0000, 0x00050000


def filter_program() -> bytes:
    """The filter as bubblewrap reads it from a file descriptor (--seccomp)."""
    refuse = _instruction(_RETURN, _ERROR | errno.EPERM)
    program = [
        _instruction(_LOAD, _ARCHITECTURE),
        _instruction(_EQUAL, ARCHITECTURE, 1, 0),
        refuse,
        _instruction(_LOAD, _NUMBER),
        _instruction(_AT_LEAST, X32, 0, 1),
        refuse,
        # Its flags lie in memory, where a filter cannot look; C libraries fall back to clone.
        _instruction(_EQUAL, CLONE3, 0, 1),
        _instruction(_RETURN, _ERROR | errno.ENOSYS),
        _instruction(_EQUAL, CLONE, 0, 4),
        _instruction(_LOAD, _FIRST_ARGUMENT),
        _instruction(_ANY_BIT, NEW_NAMESPACES, 0, 1),
        refuse,
        _instruction(_LOAD, _NUMBER),
    ]
    for number in REFUSED.values():
        program += [_instruction(_EQUAL, number, 0, 1), refuse]
    return b"".join([*program, _instruction(_RETURN, _ALLOW)])


def _instruction(code: int, value: int, when_true: int = 0, when_false: int = 0) -> bytes:
    return struct.pack("<HBBI", code, when_true, when_false, value)
