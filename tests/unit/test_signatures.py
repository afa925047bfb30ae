"""Signatures by the real ssh-keygen; whose records a store takes is in test_remote.py."""

import shutil
import subprocess

import pytest

from edgecask.errors import UsageError
from edgecask.store.signatures import is_signed, sign


@pytest.fixture
def key(tmp_path):
    if shutil.which("ssh-keygen") is None:
        pytest.skip("needs OpenSSH's ssh-keygen")
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / "team"], check=True)
    (tmp_path / "signers").write_text(f"edgecask {(tmp_path / 'team.pub').read_text()}")
    return tmp_path / "team"


def test_a_signature_is_of_its_content_and_of_this_use(key):
    signers = key.with_name("signers")
    signature = sign(b"record", key)
    assert is_signed(b"record", signature, signers)
    assert not is_signed(b"another", signature, signers)
    assert not is_signed(b"record", b"no signature", signers)
    signed = key.with_name("file")
    signed.write_bytes(b"record")
    subprocess.run(["ssh-keygen", "-q", "-Y", "sign", "-n", "git", "-f", key, signed], check=True, capture_output=True)
    assert not is_signed(b"record", signed.with_suffix(".sig").read_bytes(), signers)


def test_a_key_that_cannot_sign(key):
    key.write_text("no key")
    with pytest.raises(UsageError, match="cannot sign"):
        sign(b"record", key)
