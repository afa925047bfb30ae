"""What it signs and checks is in test_signature.py (packages) and test_signatures.py (records)."""

import pytest

from edgecask import ssh_keygen as module
from edgecask.errors import UsageError
from edgecask.ssh_keygen import reason_of, ssh_keygen
from edgecask.store.signatures import is_signed, sign


def test_without_openssh_it_is_told_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setattr(module, "PROGRAM", "no-such-program")
    for call in (
        lambda: ssh_keygen(["sign"]),
        lambda: sign(b"record", tmp_path / "key"),
        lambda: is_signed(b"record", b"", tmp_path),
    ):
        with pytest.raises(UsageError, match="ssh-keygen is not installed"):
            call()


def test_what_takes_too_long_has_failed(monkeypatch, tmp_path):
    slow = tmp_path / "slow"
    slow.write_text("#!/bin/sh\nexec sleep 60\n")
    slow.chmod(0o755)
    monkeypatch.setattr(module, "PROGRAM", str(slow))
    monkeypatch.setattr(module, "SECONDS", 0.2)
    done = ssh_keygen(["sign"])
    assert done.returncode == 1 and reason_of(done) == "no answer in 0.2 s"


def test_the_last_line_is_the_reason():
    from subprocess import CompletedProcess

    assert reason_of(CompletedProcess([], 1, "", "first\n it failed.\n\n")) == "it failed"
    assert reason_of(CompletedProcess([], 1, "", "")) == "it gave no reason"
