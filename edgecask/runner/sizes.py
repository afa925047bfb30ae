"""Sizes as people write them."""

from __future__ import annotations

import re

_SIZE = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,3})?) ?([KMGT])?(iB|B)?", re.ASCII | re.IGNORECASE)
_POWERS: dict[str, int] = {"": 0, "K": 1, "M": 2, "G": 3, "T": 4}


def parse_size(text: str) -> int:
    """The bytes that "6g", "512MiB" or "10GB" stand for; raises ValueError for anything else.

    KB, MB, GB and TB are powers of 1000; KiB and so on, and the letter alone as container engines take it, powers of
    1024.
    """
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r:.40} is no size")
    number, prefix, unit = found[1], (found[2] or "").upper(), (found[3] or "").upper()
    if unit == "IB" and not prefix:
        raise ValueError(f"{text!r:.40} is no size")
    base: float = 1000.0 if unit == "B" else 1024.0
    return int(float(number) * base ** _POWERS[prefix])
