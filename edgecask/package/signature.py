"""SHA256SUMS.sig: a signature of SHA256SUMS, and so of every file of a package, made and checked by ssh-keygen.

The key is any that ssh knows. Without edgecask:

    ssh-keygen -Y verify -f allowed_signers -I WHO -n edgecask -s SHA256SUMS.sig < SHA256SUMS
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from edgecask.errors import UsageError, VerificationError
from edgecask.files import read_input
from edgecask.package import sums
from edgecask.store.temporary import temporary_folder

FILE = f"{sums.FILE}.sig"
NAMESPACE = "edgecask"
"""What the signature is for: one made for mail or for git is none of a package (PROTOCOL.sshsig)."""
PROGRAM = "ssh-keygen"
MAX_BYTES = 1 << 16
MAX_SIGNERS_BYTES = 1 << 20
SECONDS = 120
"""A key on a device waits for a touch."""
_FINGERPRINT = re.compile(r"\b(?:SHA256|MD5):\S+")


def sign(folder: Path, key: Path) -> None:
    """Sign the SHA256SUMS in a folder. `key` is a private key, or the public one of a key that an agent holds.

    Raises UsageError where ssh-keygen cannot.
    """
    if not key.is_file():
        raise UsageError(f"There is no key at {key}.", advice="Make one: ssh-keygen -t ed25519 -f FILE.")
    done = _run(["sign", "-n", NAMESPACE, "-f", str(key.absolute()), str((folder / sums.FILE).absolute())])
    if done.returncode != 0 or not (folder / FILE).is_file():
        raise UsageError(
            f"ssh-keygen cannot sign with {key} ({_reason(done)}).",
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
            done = _run(["check-novalidate", *given], signed)
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
        known = _run(["find-principals", *named, "-s", str(temporary / FILE)])
        names = known.stdout.splitlines()
        if known.returncode != 0 or not names:
            raise VerificationError(
                f"{place} is by nobody whom {allowed} names.", advice="Take the package from somebody you trust."
            )
        done = _run(["verify", *named, "-I", names[0], *given], signed)
        if done.returncode != 0:
            raise _wrong(place, done)
        return names[0]


def _wrong(place: Path, done: subprocess.CompletedProcess[str]) -> VerificationError:
    return VerificationError(
        f"{place} is no signature of what the package holds ({_reason(done)}).",
        advice="Take the package from where it was built.",
    )


def _reason(done: subprocess.CompletedProcess[str]) -> str:
    lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    return lines[-1].rstrip(".") if lines else "it gave no reason"


def _run(arguments: Sequence[str], given: bytes | None = None) -> subprocess.CompletedProcess[str]:
    """ssh-keygen in a session of its own, so that it asks nobody for a passphrase behind the display."""
    try:
        done = subprocess.run(
            [PROGRAM, "-Y", *arguments], input=given or b"", capture_output=True, timeout=SECONDS,
            start_new_session=True, check=False,
        )  # fmt: skip
    except FileNotFoundError as error:
        raise UsageError(
            "ssh-keygen is not installed.", advice="Install OpenSSH's client: apt-get install openssh-client."
        ) from error
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(arguments, 1, "", f"no answer in {SECONDS} s")
    output, errors = (text.decode("utf-8", "replace") for text in (done.stdout, done.stderr))
    return subprocess.CompletedProcess(arguments, done.returncode, output, errors)
