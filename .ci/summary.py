"""Add up pytest's own summary lines, one of each log that is named: the same line for all of them together.

A log without such a line is a run that broke off, and counts as an error. Exit code 0 only without failures and errors.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from pathlib import Path

LINE = re.compile(
    r"^=+ (?P<counts>\d+ \w+(?:, \d+ \w+)*) in (?P<seconds>[\d.]+)s(?: \([\d:, days]+\))? =+$", re.MULTILINE
)
ORDER = ("failed", "passed", "skipped", "xfailed", "xpassed", "warning", "error")
BAD = ("failed", "error")


def add_up(logs: list[str]) -> tuple[Counter[str], float]:
    """How many tests ended how, and the seconds they took, in these logs together."""
    counts: Counter[str] = Counter()
    seconds = 0.0
    for log in logs:
        lines = list(LINE.finditer(log))
        if not lines:
            counts["error"] += 1
            continue
        for number, word in re.findall(r"(\d+) (\w+)", lines[-1]["counts"]):
            counts[word.removesuffix("s")] += int(number)
        seconds += float(lines[-1]["seconds"])
    return counts, seconds


def summary(counts: Counter[str], seconds: float) -> str:
    """The counts as pytest writes them."""
    words = [
        f"{counts[word]} {word}{'s' if word in ('warning', 'error') and counts[word] > 1 else ''}"
        for word in ORDER
        if counts[word]
    ]
    minutes, rest = divmod(round(seconds), 60)
    text = f" {', '.join(words) or 'no tests ran'} in {seconds:.2f}s ({minutes // 60}:{minutes % 60:02}:{rest:02}) "
    return text.center(80, "=")


if __name__ == "__main__":
    total, took = add_up([Path(name).read_text(errors="replace") for name in sys.argv[1:]])
    print(summary(total, took))
    sys.exit(any(total[word] for word in BAD))
