"""Values of options as they were typed."""

from __future__ import annotations

MOST_DIGITS = 19
"""More of them are no count of anything, and Python refuses to convert thousands."""


def whole_number(text: str) -> int | None:
    """The number that is written in decimal digits; None where there is anything else, such as a sign or a ²."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else None
