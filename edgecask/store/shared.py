"""The store of a command: the user's own, with the shared one behind it where the settings name one."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from edgecask.directories import Directories
from edgecask.errors import UsageError
from edgecask.options import path_of
from edgecask.store.remote import Remote, RemoteSettings
from edgecask.store.store import Store

URL = "EDGECASK_REMOTE_STORE"
READ_ONLY = "EDGECASK_REMOTE_STORE_READ_ONLY"
SIGN_KEY = "EDGECASK_REMOTE_STORE_SIGN_KEY"
SIGNERS = "EDGECASK_REMOTE_STORE_SIGNERS"


def remote_settings(environment: Mapping[str, str] = os.environ) -> RemoteSettings:
    """The settings of the shared store; raises UsageError for a switch that is neither on nor off."""
    switch = environment.get(READ_ONLY, "0")
    if switch not in ("", "0", "1"):
        raise UsageError(f"{READ_ONLY}={switch[:40]} is neither 0 nor 1.", advice=f"Set {READ_ONLY}=1, or unset it.")

    def path(name: str) -> Path | None:
        return path_of(environment[name]) if environment.get(name) else None

    return RemoteSettings(
        url=environment.get(URL, ""), read_only=switch == "1", sign_key=path(SIGN_KEY), signers=path(SIGNERS)
    )


def open_store(directories: Directories, *, warn: Callable[[str], None], patience_seconds: float = 0.0) -> Store:
    """The user's store; raises UsageError where the settings of the shared one make no sense.

    For `patience_seconds` see Remote.
    """
    settings = remote_settings()
    remote = Remote(settings, warn=warn, patience_seconds=patience_seconds) if settings.url else None
    return Store(directories.store, remote=remote, warn=warn)
