"""`edgecask package`: one archive of a target's package."""

from __future__ import annotations

from dataclasses import dataclass

from edgecask.common_options import PackagesOption, TargetOption
from edgecask.wording import shown


@dataclass(frozen=True, kw_only=True)
class Pack(PackagesOption, TargetOption):
    """The package."""


REQUEST = Pack


def run(request: Pack) -> None:
    """Write the archive beside the folder, and say where it is."""
    from edgecask.package.package import write_archive
    from edgecask.target.target import load_target

    print(shown(str(write_archive(request.output / load_target(request.target).name))))
