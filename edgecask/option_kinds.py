"""The kinds of values that options have: how each is read from a command line and from a file, and what it refuses.

Numbers are in number_kinds.py; `kind_of` in options.py says which kind a field's type stands for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a declaration says of a value beside its type; see edgecask.options.option."""

    minimum: float | None = None
    maximum: float | None = None
    multiple: int | None = None
    pattern: str = ""
    expected: str = ""
    example: str = ""


class Kind(Protocol):
    """A kind of value. `expected` completes "… is not", `placeholder` stands for a value in help."""

    @property
    def placeholder(self) -> str:
        """What stands for a value, in capitals or as a choice."""
        ...

    @property
    def expected(self) -> str:
        """What a value has to be."""
        ...

    @property
    def advice(self) -> str:
        """What to type instead; `{name}` is the option's name."""
        ...

    @property
    def choices(self) -> tuple[str, ...]:
        """All values, where they can be listed."""
        ...

    def parse(self, text: str) -> Any:
        """The value of a text from the command line; raises ValueError."""
        ...

    def accept(self, value: Any) -> Any:
        """A value that has a type already, from TOML or Python; raises ValueError or TypeError."""
        ...

    def schema(self) -> dict[str, Any]:
        """The values in a file, as JSON Schema."""
        ...


@dataclass(frozen=True)
class Switch:
    """On or off."""

    placeholder: ClassVar[str] = ""
    expected: ClassVar[str] = "true or false"
    advice: ClassVar[str] = "Use --{name} or --no-{name}."
    choices: ClassVar[tuple[str, ...]] = ()

    def parse(self, text: str) -> bool:
        """See Kind: a switch takes no value."""
        raise ValueError(text)

    def accept(self, value: Any) -> bool:
        """See Kind."""
        if not isinstance(value, bool):
            raise TypeError(value)
        return value

    def schema(self) -> dict[str, Any]:
        """See Kind."""
        return {"type": "boolean"}


@dataclass(frozen=True)
class Choice:
    """One of several words."""

    choices: tuple[str, ...]

    @property
    def placeholder(self) -> str:
        """See Kind."""
        return "|".join(self.choices)

    @property
    def expected(self) -> str:
        """See Kind."""
        return f"one of {', '.join(self.choices)}" if len(self.choices) > 1 else self.choices[0]

    @property
    def advice(self) -> str:
        """See Kind."""
        return f"Use --{{name}}={self.choices[0]}, for example."

    def parse(self, text: str) -> str:
        """See Kind."""
        return self.accept(text)

    def accept(self, value: Any) -> str:
        """See Kind."""
        if value not in self.choices:
            raise ValueError(value)
        return str(value)

    def schema(self) -> dict[str, Any]:
        """See Kind."""
        return {"enum": list(self.choices)}


@dataclass(frozen=True)
class Text:
    """A text that is not empty."""

    limits: Limits
    choices: ClassVar[tuple[str, ...]] = ()
    placeholder: ClassVar[str] = "NAME"

    @property
    def expected(self) -> str:
        """See Kind."""
        return self.limits.expected or "a text"

    @property
    def advice(self) -> str:
        """See Kind."""
        return f"Use --{{name}}={self.limits.example}, for example." if self.limits.example else ""

    def parse(self, text: str) -> str:
        """See Kind."""
        return self.accept(text)

    def accept(self, value: Any) -> str:
        """See Kind."""
        if not isinstance(value, str):
            raise TypeError(value)
        if not value or "\0" in value or (self.limits.pattern and not re.fullmatch(self.limits.pattern, value)):
            raise ValueError(value)
        return value

    def schema(self) -> dict[str, Any]:
        """See Kind."""
        return {"type": "string", **({"pattern": f"^{self.limits.pattern}$"} if self.limits.pattern else {})}


@dataclass(frozen=True)
class PathKind:
    """A file or folder; a leading ~ is the user's home, which bash leaves as it is behind an equals sign."""

    choices: ClassVar[tuple[str, ...]] = ()
    placeholder: ClassVar[str] = "PATH"
    expected: ClassVar[str] = "a path"
    advice: ClassVar[str] = ""

    def parse(self, text: str) -> Path:
        """See Kind."""
        return self.accept(text)

    def accept(self, value: Any) -> Path:
        """See Kind."""
        if not isinstance(value, str | Path):
            raise TypeError(value)
        if not str(value) or "\0" in str(value):
            raise ValueError(value)
        try:
            return Path(value).expanduser()
        except RuntimeError as error:  # ~somebody, and there is no such user
            raise ValueError(value) from error

    def schema(self) -> dict[str, Any]:
        """See Kind."""
        return {"type": "string"}


@dataclass(frozen=True)
class ListOf:
    """Several values of one kind, with commas between them on the command line."""

    kind: Kind

    @property
    def placeholder(self) -> str:
        """See Kind."""
        return f"{self.kind.placeholder},…"

    @property
    def expected(self) -> str:
        """See Kind."""
        return f"{self.kind.expected}, or several with commas between them"

    @property
    def advice(self) -> str:
        """See Kind."""
        return self.kind.advice

    @property
    def choices(self) -> tuple[str, ...]:
        """See Kind."""
        return self.kind.choices

    def parse(self, text: str) -> tuple[Any, ...]:
        """See Kind."""
        return tuple(self.kind.parse(part) for part in text.split(","))

    def accept(self, value: Any) -> tuple[Any, ...]:
        """See Kind: one value by itself is a list of it."""
        if not isinstance(value, list | tuple):
            return (self.kind.accept(value),)
        if not value:
            raise ValueError(value)
        return tuple(self.kind.accept(each) for each in value)

    def schema(self) -> dict[str, Any]:
        """See Kind."""
        one = self.kind.schema()
        return {"anyOf": [one, {"type": "array", "items": one, "minItems": 1}]}
