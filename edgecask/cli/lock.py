"""`invoke lock`: the hash locks of all environments, for those who work on edgecask itself."""

from __future__ import annotations

from dataclasses import dataclass

from edgecask.options import Request, option


@dataclass(frozen=True, kw_only=True)
class Lock(Request):
    """How the locks are made."""

    upgrade: bool = option(False, help="move every package to its newest version")


REQUEST = Lock


def run(request: Lock) -> None:
    """Make every lock again from its requirements.in, and say which files were written."""
    from edgecask.runner.environments.lock_files import lock_all

    for path in lock_all(upgrade=request.upgrade):
        print(path)
