"""The numbers that options have: how each is read from a command line and from a file, and what it refuses."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

from edgecask.option_kinds import Limits

MAX_DIGITS = 19
"""More of them are no count of anything, and Python refuses to convert thousands."""


def whole_number(text: str) -> int | None:
    """The number that is written in decimal digits; None where there is anything else, such as a sign or a ²."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS else None


@dataclass(frozen=True)
class WholeNumber:
    """Zero or more, within limits."""

    limits: Limits
    choices: ClassVar[tuple[str, ...]] = ()
    placeholder: ClassVar[str] = "N"

    @property
    def _range(self) -> tuple[int, int | None]:
        maximum = self.limits.maximum
        return int(self.limits.minimum or 0), None if maximum is None else int(maximum)

    @property
    def expected(self) -> str:
        """See Kind."""
        low, high = self._range
        noun = "a whole number" if self.limits.multiple is None else f"a multiple of {self.limits.multiple}"
        return f"{noun} from {low} on" if high is None else f"{noun} from {low} to {high}"

    @property
    def advice(self) -> str:
        """See Kind."""
        return f"Use --{{name}}={self.limits.example or self._range[0]}, for example."

    def parse(self, text: str) -> int:
        """See Kind."""
        number = whole_number(text)
        if number is None:
            raise ValueError(text)
        return self.accept(number)

    def accept(self, value: Any) -> int:
        """See Kind."""
        if not isinstance(value, int) or isinstance(value, bool):
            raise TypeError(value)
        low, high = self._range
        if value < low or (high is not None and value > high) or value % (self.limits.multiple or 1):
            raise ValueError(value)
        return value

    def schema(self) -> dict[str, Any]:
        """See Kind."""
        low, high = self._range
        return {
            "type": "integer",
            "minimum": low,
            **({} if high is None else {"maximum": high}),
            **({} if self.limits.multiple is None else {"multipleOf": self.limits.multiple}),
        }


@dataclass(frozen=True)
class Number:
    """A finite number, within limits."""

    limits: Limits
    choices: ClassVar[tuple[str, ...]] = ()
    placeholder: ClassVar[str] = "X"

    @property
    def expected(self) -> str:
        """See Kind."""
        low, high = self.limits.minimum, self.limits.maximum
        if low is None or high is None:
            return "a number" if low is None else f"a number from {low:g} on"
        return f"a number from {low:g} to {high:g}"

    @property
    def advice(self) -> str:
        """See Kind."""
        return f"Use --{{name}}={self.limits.example or self.limits.minimum or 1}, for example."

    def parse(self, text: str) -> float:
        """See Kind."""
        return self.accept(float(text))

    def accept(self, value: Any) -> float:
        """See Kind."""
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise TypeError(value)
        low, high = self.limits.minimum, self.limits.maximum
        number = float(value)
        if not math.isfinite(number) or (low is not None and number < low) or (high is not None and number > high):
            raise ValueError(value)
        return number

    def schema(self) -> dict[str, Any]:
        """See Kind."""
        bounds = {"minimum": self.limits.minimum, "maximum": self.limits.maximum}
        return {"type": "number", **{name: bound for name, bound in bounds.items() if bound is not None}}
