"""`invoke lint`: ruff and mypy on edgecask itself, for those who work on it."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from edgecask.options import Request


@dataclass(frozen=True, kw_only=True)
class Lint(Request):
    """Nothing to choose."""


REQUEST = Lint


def run(request: Lint) -> None:
    """Run ruff and mypy; the exit code is that of the first one that fails."""
    from edgecask.cli import development

    sys.exit(development.lint())
