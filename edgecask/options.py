"""What an option is: help, type, limits, choices, default and names, declared once on the field of a request.

The command line, `--help`, tab completion, edgecask.toml with its JSON schema, and docs/reference/options.md all follow
from these declarations (see edgecask/cli/), and so does the check of a request that a Python program makes itself.
"""

from __future__ import annotations

import dataclasses
import inspect
import types
from collections.abc import Callable, Iterable
from dataclasses import MISSING, dataclass, field
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from edgecask.errors import UsageError
from edgecask.number_kinds import Number, WholeNumber
from edgecask.option_kinds import Choice, Kind, Limits, ListOf, PathKind, Switch, Text
from edgecask.wording import did_you_mean, shorten


@dataclass(frozen=True, kw_only=True)
class Option:
    """One option of a request: `attribute` is the field's name, `name` what a user types after `--`.

    `placeholder` stands for the value in help. A `positional` option may be given without its name. `old_names` work as
    well, with a notice. `suggestions` are values that completion offers, of an option that takes others too. A switch
    with `negative` is on unless it is switched off, so that help shows its `--no-` form.
    """

    attribute: str
    name: str
    help: str
    kind: Kind
    default: Any
    required: bool
    group: str
    positional: bool = False
    negative: bool = False
    placeholder: str = ""
    old_names: tuple[str, ...] = ()
    suggestions: Callable[[], Iterable[str]] | None = None

    @property
    def flag(self) -> str:
        """How the option is written, without a value."""
        return f"--no-{self.name}" if self.negative else f"--{self.name}"

    @property
    def takes_several(self) -> bool:
        """Whether it has several values, with commas between them or given again."""
        return isinstance(self.kind, ListOf)

    @property
    def is_switch(self) -> bool:
        """Whether it takes no value."""
        return isinstance(self.kind, Switch)

    @property
    def usage(self) -> str:
        """How the option is written, with what stands for its value."""
        if self.is_switch:
            return self.flag
        return f"{self.flag}={self.placeholder or self.kind.placeholder}"

    def parse(self, text: str, *, source: str = "") -> Any:
        """The value that `text` stands for; raises UsageError that names the option as it was written (`source`)."""
        shown = source or f"--{self.name}={shorten(text)}"
        if not text:
            raise UsageError(f"{shown} has no value.", advice=f"Give it {self.kind.expected}, or leave it out.")
        try:
            return self.kind.parse(text)
        except ValueError:
            raise self._refusal(shown, text) from None

    def accept(self, value: object, *, source: str = "") -> Any:
        """`value`, of a file or a Python program, as the field holds it; raises UsageError where it is not valid."""
        try:
            return self.kind.accept(value)
        except (ValueError, TypeError):
            raise self._refusal(source or f"--{self.name}={shorten(str(value))}", str(value)) from None

    def _refusal(self, shown: str, text: str) -> UsageError:
        closest = did_you_mean(text, self.kind.choices)
        advice = closest or self.kind.advice.format(name=self.name)
        return UsageError(f"{shown} is not {self.kind.expected}.", advice=advice)


def option(
    default: Any = MISSING,
    *,
    help: str,  # noqa: A002 - the word that Invoke and argparse use
    name: str = "",
    positional: bool = False,
    negative: bool = False,
    placeholder: str = "",
    example: str = "",
    minimum: float | None = None,
    maximum: float | None = None,
    multiple: int | None = None,
    pattern: str = "",
    expected: str = "",
    old_names: tuple[str, ...] = (),
    suggestions: Callable[[], Iterable[str]] | None = None,
) -> Any:
    """A field of a request that a user can set; see Option. Its type says how the value is read.

    Numbers are from `minimum` to `maximum`, both included, and a `multiple` of a number where one is given; text
    matches the regular expression `pattern` as a whole, and is then `expected`, which completes "is not …". `example`
    is what an error advises.
    """
    limits = Limits(
        minimum=minimum, maximum=maximum, multiple=multiple, pattern=pattern, expected=expected, example=example
    )
    declared = {
        "help": help,
        "name": name,
        "positional": positional,
        "negative": negative,
        "placeholder": placeholder,
        "old_names": old_names,
        "suggestions": suggestions,
        "limits": limits,
    }
    return field(default=default, metadata={"option": declared})


def kind_of(annotation: Any, limits: Limits) -> Kind:
    """The kind of value that a field's type stands for; None beside it says that the option may be left out."""
    if get_origin(annotation) in (Union, types.UnionType):
        (annotation,) = (each for each in get_args(annotation) if each is not types.NoneType)
    if get_origin(annotation) is Literal:
        return Choice(tuple(get_args(annotation)))
    if get_origin(annotation) is tuple:
        return ListOf(kind_of(get_args(annotation)[0], limits))
    if annotation is bool:
        return Switch()
    if annotation is int:
        return WholeNumber(limits)
    if annotation is float:
        return Number(limits)
    if annotation is Path:
        return PathKind()
    if annotation is str:
        return Text(limits)
    raise TypeError(f"An option cannot be of type {annotation}.")


class Request:
    """What a dataclass that carries options inherits: its values keep to the options' limits, whoever makes it."""

    def __post_init__(self) -> None:
        for declared in options_of(type(self)):
            value = getattr(self, declared.attribute)
            if value is not None and value != declared.default:
                object.__setattr__(self, declared.attribute, declared.accept(value))


_OPTIONS: dict[Any, tuple[Option, ...]] = {}
"""What has been read of each request; not functools.cache, as mypy holds classes of dataclasses for unhashable."""


def options_of(request: type[Any]) -> tuple[Option, ...]:
    """The options of a request, those that have to be given first, else in the order of their classes and fields."""
    if request not in _OPTIONS:
        _OPTIONS[request] = _read_options(request)
    return _OPTIONS[request]


def _read_options(request: type[Any]) -> tuple[Option, ...]:
    hints = get_type_hints(request)
    found = [
        _option(each, hints[each.name], _owner(request, each.name))
        for each in dataclasses.fields(request)
        if "option" in each.metadata
    ]
    return tuple(sorted(found, key=lambda each: (not each.positional, not each.required)))


def _option(declared_field: dataclasses.Field[Any], annotation: Any, owner: type) -> Option:
    declared = dict(declared_field.metadata["option"])
    name = declared.pop("name") or declared_field.name.replace("_", "-")
    default = declared_field.default
    return Option(
        attribute=declared_field.name,
        name=name,
        kind=kind_of(annotation, declared.pop("limits")),
        default=None if default is MISSING else default,
        required=default is MISSING,
        group=vars(owner).get("GROUP", ""),
        **declared,
    )


def _owner(request: type, attribute: str) -> type:
    """The class that declares the field: the last one that annotates it."""
    return next(each for each in request.__mro__ if attribute in inspect.get_annotations(each))


def path_of(text: str) -> Path:
    """A path that stands in a file, or in an option that need not be one; `~` is the user's folder.

    Raises UsageError for the folder of a user who does not exist.
    """
    try:
        return Path(text).expanduser()
    except RuntimeError as error:
        raise UsageError(
            f"{text!r:.80} names the folder of a user who does not exist.", advice="Write the path in full."
        ) from error
