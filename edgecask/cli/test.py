"""`invoke test`: edgecask's own tests, for those who work on it."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Literal

from edgecask.options import Request, option


@dataclass(frozen=True, kw_only=True)
class Tests(Request):
    """Which tests."""

    tier: Literal["newcomer", "extended", "campaign"] = option(
        "newcomer", help="newcomer takes minutes, extended is what .ci/run adds, campaign takes hours"
    )
    unit: bool = option(False, help="only the fast tests that need no environment")


REQUEST = Tests


def run(request: Tests) -> None:
    """Run the tests of one tier, in parallel; the exit code is pytest's."""
    from edgecask.cli import development

    sys.exit(development.test(tier=request.tier, unit=request.unit))
