"""Signatures of records by OpenSSH (`ssh-keygen -Y`): who may write to a shared store is not yet who is believed."""

from __future__ import annotations

from pathlib import Path

from edgecask.errors import UsageError
from edgecask.ssh_keygen import reason_of, ssh_keygen
from edgecask.store.temporary import temporary_folder

NAMESPACE = "edgecask-record"
"""Of signatures: one for a record is good for nothing else."""
SIGNER = "edgecask"
"""The principal that the file of allowed signers names for every key of the team."""


def sign(content: bytes, key: Path) -> bytes:
    """The signature of a record by a private key; raises UsageError where that key cannot sign."""
    with temporary_folder() as folder:
        record = folder / "record"
        record.write_bytes(content)
        done = ssh_keygen(["sign", "-q", "-n", NAMESPACE, "-f", str(key), str(record)])
        if done.returncode:
            raise UsageError(
                f"{key} cannot sign ({reason_of(done)}).",
                advice="It has to be a private key of OpenSSH's without a passphrase, or one that an agent holds.",
            )
        return record.with_suffix(".sig").read_bytes()


def is_signed(content: bytes, signature: bytes, signers: Path) -> bool:
    """Whether one of the keys in the file of allowed signers has signed the record."""
    with temporary_folder() as folder:
        file = folder / "signature"
        file.write_bytes(signature)
        who = ("-f", str(signers), "-I", SIGNER, "-n", NAMESPACE)
        return ssh_keygen(["verify", *who, "-s", str(file)], content).returncode == 0
