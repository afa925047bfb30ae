import os
import subprocess

import pytest

from edgecask.store import owner
from edgecask.store.owner import is_gone, own_identity


def test_a_process_that_runs_is_not_gone():
    assert is_gone(own_identity()) is False
    machine, process, started = own_identity().split("-")
    assert int(process) == os.getpid() and int(started) > 0 and len(machine) == 16


def test_a_number_that_another_process_has_now_is_gone():
    machine, process, started = own_identity().split("-")
    assert is_gone(f"{machine}-{process}-{int(started) - 1}") is True
    done = subprocess.Popen(["true"])
    done.wait()
    assert is_gone(f"{machine}-{done.pid}-{started}") is True


def test_of_another_machine_or_boot_nothing_is_known():
    _, process, started = own_identity().split("-")
    assert is_gone(f"{'0' * 16}-{process}-{started}") is None


def test_no_identity_is_an_error():
    for text in ("", "boot/1/2", "a-b"):
        with pytest.raises(ValueError, match="unpack"):
            is_gone(text)


def test_the_machine_is_one_boot_and_one_namespace_of_processes(monkeypatch):
    before = owner.machine()
    owner.machine.cache_clear()
    try:
        monkeypatch.setattr(owner.Path, "readlink", lambda path: owner.Path("pid:[1]"))
        assert owner.machine() != before
    finally:
        owner.machine.cache_clear()
