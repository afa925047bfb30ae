"""SHA256SUMS.sig: a signature of SHA256SUMS, and so of every file of a package, made and checked by ssh-keygen.

The key is any that ssh knows. Without edgecask:

    ssh-keygen -Y verify -f allowed_signers -I WHO -n edgecask -s SHA256SUMS.sig < SHA256SUMS
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from edgecask.errors import UsageError, VerificationError
from edgecask.files import read_input
from edgecask.package import sums
from edgecask.ssh_keygen import reason_of, ssh_keygen
from edgecask.store.temporary import temporary_folder

FILE = f"{sums.FILE}.sig"
NAMESPACE = "edgecask"
"""What the signature is for: one made for mail or for git is none of a package (PROTOCOL.sshsig)."""
MAX_BYTES = 1 << 16
MAX_SIGNERS_BYTES = 1 << 20
_FINGERPRINT = re.compile(r"\b(?:SHA256|MD5):\S+")


def require_key(key: Path) -> None:
    """Raise UsageError where there is no such key: better before a build than behind it."""
    if not key.is_file():
        raise UsageError(f"There is no key at {key}.", advice="Make one: ssh-keygen -t ed25519 -f FILE.")


def sign(folder: Path, key: Path) -> None:
    """Sign the SHA256SUMS in a folder. `key` is a private key, or the public one of a key that an agent holds.

    Raises UsageError where ssh-keygen cannot.
    """
    require_key(key)
    done = ssh_keygen(["sign", "-n", NAMESPACE, "-f", str(key.absolute()), str((folder / sums.FILE).absolute())])
    if done.returncode != 0 or not (folder / FILE).is_file():
        raise UsageError(
            f"ssh-keygen cannot sign with {key} ({reason_of(done)}).",
            advice="A key with a passphrase goes into an agent (ssh-add); pass its public file then (FILE.pub).",
        )


def signer_of(folder: Path, *, allowed: Path | None) -> str | None:
    """Who signed a package, as text; None where nobody did.

    With a file of `allowed` signers (see ssh-keygen) that is a name in it. Without, whoever has the key whose
    fingerprint is given. Raises VerificationError where the signature is none of these, or missing with `allowed`.
    """
    place = folder / FILE
    if not os.path.lexists(place):
        if allowed is None:
            return None
        raise VerificationError(f"{folder} is not signed.", advice="Leave out --allowed-signers, or have it signed.")
    advice = "Take the package from where it was built."
    signature = read_input(place, limit=MAX_BYTES, error=VerificationError, advice=advice)
    signed = read_input(folder / sums.FILE, limit=sums.MAX_BYTES, error=VerificationError, advice=advice)
    with temporary_folder() as temporary:
        (temporary / FILE).write_bytes(signature)
        given = ["-n", NAMESPACE, "-s", str(temporary / FILE)]
        if allowed is None:
            done = ssh_keygen(["check-novalidate", *given], signed)
            found = _FINGERPRINT.search(done.stdout)
            if done.returncode != 0 or found is None:
                raise _wrong(place, done)
            return f"whoever has the key {found[0]}"
        signers = read_input(
            allowed,
            limit=MAX_SIGNERS_BYTES,
            error=VerificationError,
            advice="ssh-keygen(1) says what it holds.",
        )
        (temporary / "signers").write_bytes(signers)
        named = ["-f", str(temporary / "signers")]
        known = ssh_keygen(["find-principals", *named, "-s", str(temporary / FILE)])
        names = known.stdout.splitlines()
        if known.returncode != 0 or not names:
            raise VerificationError(
                f"{place} is by nobody whom {allowed} names.", advice="Take the package from somebody you trust."
            )
        done = ssh_keygen(["verify", *named, "-I", names[0], *given], signed)
        if done.returncode != 0:
            raise _wrong(place, done)
        return names[0]


def _wrong(place: Path, done: subprocess.CompletedProcess[str]) -> VerificationError:
    return VerificationError(
        f"{place} is no signature of what the package holds ({reason_of(done)}).",
        advice="Take the package from where it was built.",
    )
