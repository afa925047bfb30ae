"""`invoke test` and `invoke lint`: what somebody who works on edgecask runs.

No shell is between: the folder of the clone, and that of Python, may have any name.
"""

from __future__ import annotations

import subprocess
import sys

from edgecask.directories import REPOSITORY

# A test belongs to the newcomer's tier where no marker says otherwise; pyproject.toml says what the markers mean.
TIERS = {
    "newcomer": "not extended and not campaign",
    "extended": "extended and not campaign",
    "campaign": "campaign",
}
# A file is the unit of work, since its tests share builds; long files first, which are those of tests/integration.
PARALLEL = ("-n", "auto", "--dist", "loadfile", "--no-loadscope-reorder")
# What took longest is told, so that a tier's limit is kept by looking.
SLOWEST = ("--durations=30", "--durations-min=3")


def test(*, tier: str, unit: bool) -> int:
    """Run the tests of a tier, with `unit` only those that need no environment; pytest's exit code."""
    where = "tests/unit" if unit else "tests"
    return run_module("pytest", "-m", TIERS[tier], *PARALLEL, *SLOWEST, where)


def lint() -> int:
    """Run every linter, mypy once for the host's part and once for the programs; the first bad code."""
    workflows = sorted(str(path) for path in (REPOSITORY / ".github" / "workflows").glob("*.yml"))
    return (
        run_module("ruff", "check", ".")
        or run_module("ruff", "format", "--check", ".")
        or run_module("mypy")
        or run_module("mypy", "--config-file", "pipeline/mypy.ini", "pipeline")
        or run_module("check_jsonschema", "--builtin-schema", "vendor.github-workflows", *workflows)
        or run_module("check_jsonschema", "--builtin-schema", "vendor.github-actions", "action.yml")
    )


def run_module(name: str, *arguments: str) -> int:
    """`python -m name` in the clone's folder, its output to the terminal; its exit code."""
    return subprocess.run([sys.executable, "-m", name, *arguments], cwd=REPOSITORY, check=False).returncode
