"""OpenSSH's `ssh-keygen -Y`, which signs packages and records, and checks such signatures."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence

from edgecask.errors import UsageError

PROGRAM = "ssh-keygen"
SECONDS = 120
"""A key on a device waits for a touch."""


def ssh_keygen(arguments: Sequence[str], given: bytes | None = None) -> subprocess.CompletedProcess[str]:
    """`ssh-keygen -Y` in a session of its own, so that it asks nobody for a passphrase behind the display.

    What takes too long has failed. Raises UsageError where the program is not there.
    """
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


def reason_of(done: subprocess.CompletedProcess[str]) -> str:
    """Why it failed, in its own words."""
    lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    return lines[-1].rstrip(".") if lines else "it gave no reason"
