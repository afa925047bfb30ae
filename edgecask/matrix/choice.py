"""`--best='agreement>=85, ms<=35'`: which of the packages of a matrix is wanted."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from edgecask.errors import UsageError
from edgecask.wording import did_you_mean

FIGURES = {
    "agreement": "agreement with the float model, OKS AP from 0 to 100",
    "ap": "OKS AP of the int8 model on labelled images, from 0 to 100",
    "ms": "time of the NPU in milliseconds by Vela's estimate",
    "flash": "flash in KiB",
    "sram": "SRAM or tensor arena in KiB",
}
"""What a condition may name; the first two are better where they are larger."""
LARGER_IS_BETTER = ("agreement", "ap")
_COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    ">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt,
}  # fmt: skip
_CONDITION = re.compile(r"\s*([a-z_]+)\s*(>=|<=|>|<)\s*([0-9]+(?:\.[0-9]+)?)\s*")


@dataclass(frozen=True, kw_only=True)
class Condition:
    """A figure, how it is compared, and with what."""

    figure: str
    comparison: str
    limit: float

    def holds(self, figures: Mapping[str, float]) -> bool:
        """Whether a build keeps to it; one that has not been measured so does not."""
        return self.figure in figures and _COMPARISONS[self.comparison](figures[self.figure], self.limit)


def parse_conditions(text: str) -> list[Condition]:
    """The conditions of "agreement>=85, ms<=35"; raises UsageError."""
    found = []
    for part in text.split(","):
        match = _CONDITION.fullmatch(part)
        if match is None:
            raise UsageError(
                f"--best: {part.strip()[:60]!r} is no condition.", advice="Write 'agreement>=85, ms<=35', for example."
            )
        figure, comparison, limit = match.groups()
        if figure not in FIGURES:
            raise UsageError(
                f"--best: there is no figure {figure}.",
                advice=did_you_mean(figure, FIGURES) or f"There are {', '.join(FIGURES)}.",
            )
        found.append(Condition(figure=figure, comparison=comparison, limit=float(limit)))
    return found


def choose(builds: Mapping[str, Mapping[str, float]], conditions: Sequence[Condition]) -> str | None:
    """The name of the build that keeps to all conditions and is best; None where none does.

    `builds` are figures by name. Best is who sees most: by agreement where it is known, else by AP; among equals the
    fastest, then the smallest, then the first by name.
    """
    fitting = {name: found for name, found in builds.items() if all(each.holds(found) for each in conditions)}

    def order(name: str) -> tuple[float, ...]:
        found = fitting[name]
        return (
            *(-found.get(figure, 0.0) for figure in LARGER_IS_BETTER),
            found.get("ms", 0.0),
            found.get("flash", 0.0),
        )

    return min(sorted(fitting), key=order, default=None)


def front(builds: Mapping[str, Mapping[str, float]], *, better: str, cheaper: str) -> list[str]:
    """The Pareto front: the builds than which none is at least as good in both figures and better in one, by `cheaper`.

    `better` is larger where it is better, `cheaper` smaller; builds that lack one of them are left out.
    """
    known = {name: found for name, found in builds.items() if better in found and cheaper in found}
    kept = []
    best = float("-inf")
    for name in sorted(known, key=lambda name: (known[name][cheaper], -known[name][better], name)):
        if known[name][better] > best:
            best = known[name][better]
            kept.append(name)
    return kept
