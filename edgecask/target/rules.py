"""One rule of a device, held against one file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["pass", "warn", "fail", "unknown"]


@dataclass(frozen=True, kw_only=True)
class Row:
    """One rule: what was found, what the device needs, and what to do where they differ.

    "warn" where the device takes the file and something is to be known before it is flashed; "unknown" where the file
    does not tell.
    """

    rule: str
    verdict: Verdict
    found: str
    needed: str
    advice: str = ""


LONGEST_TEXT = 1000
"""Characters of what was found, which a file from elsewhere may make as long as it likes."""


def judge(rule: str, good: bool, found: object, needed: object, advice: str = "") -> Row:
    """A row that passes or fails; the advice is for one that fails."""
    return Row(
        rule=rule,
        verdict="pass" if good else "fail",
        found=str(found)[:LONGEST_TEXT] + ("…" if len(str(found)) > LONGEST_TEXT else ""),
        needed=str(needed),
        advice="" if good else advice,
    )
