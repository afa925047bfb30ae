"""The filter of system calls, run as the kernel runs it (Documentation/userspace-api/seccomp_filter.rst)."""

from __future__ import annotations

import errno
import struct

import pytest

from edgecask.runner.seccomp import ARCHITECTURE, CLONE, CLONE3, REFUSED, filter_program

ALLOWED = 0x7FFF0000


def answer(number: int, argument: int = 0, architecture: int = ARCHITECTURE) -> int:
    """What the filter says of a system call: ALLOWED, or the error that it fails with."""
    call = struct.pack("<IIQ6Q", number, architecture, 0, argument, 0, 0, 0, 0, 0)
    instructions = list(struct.iter_unpack("<HBBI", filter_program()))
    accumulator, position = 0, 0
    while True:
        code, when_true, when_false, value = instructions[position]
        position += 1
        if code == 0x20:
            (accumulator,) = struct.unpack_from("<I", call, value)
        elif code == 0x06:
            return value if value == ALLOWED else value & 0xFFFF
        else:
            holds = {0x15: accumulator == value, 0x35: accumulator >= value, 0x45: accumulator & value != 0}[code]
            position += when_true if holds else when_false


@pytest.mark.parametrize("number", [0, 1, 2, 9, 41, 42, 57, 59, 61, 62, 257, 293, 302, 334])
def test_what_programs_need_is_allowed(number):
    assert answer(number) == ALLOWED


@pytest.mark.parametrize("name", REFUSED)
def test_what_leads_out_is_refused(name):
    assert answer(REFUSED[name]) == errno.EPERM


def test_processes_may_be_started_but_no_namespaces():
    assert answer(CLONE, 0x01200011) == ALLOWED  # as fork
    assert answer(CLONE, 0x003D0F00) == ALLOWED  # as pthread_create
    for flag in (0x00020000, 0x10000000, 0x20000000, 0x40000000, 0x02000000, 0x04000000, 0x08000000):
        assert answer(CLONE, 0x11 | flag) == errno.EPERM
    assert answer(CLONE3) == errno.ENOSYS


def test_other_architectures_are_refused():
    assert answer(0, architecture=0x40000003) == errno.EPERM
    assert answer(0x40000000) == errno.EPERM
    assert answer(0xFFFFFFFF) == errno.EPERM


def test_the_filter_is_one_that_the_kernel_takes():
    assert len(filter_program()) % 8 == 0 and len(filter_program()) // 8 < 4096  # BPF_MAXINSNS
