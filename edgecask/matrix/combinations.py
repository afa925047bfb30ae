"""What a matrix builds: every combination of the axes' values, without those excluded, with those included besides."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgecask.errors import UsageError
from edgecask.options import Option
from edgecask.wording import did_you_mean

MAX_COMBINATIONS = 20_000
"""More is a slip of the keyboard: each is planned before anything runs."""


@dataclass(frozen=True, kw_only=True)
class Combination:
    """One build of the matrix: its name, which is a folder's as well, and the values of options by their fields."""

    name: str
    values: Mapping[str, Any]


def combinations(
    axes: Mapping[str, Sequence[Any]],
    *,
    options: Mapping[str, Option],
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
) -> list[Combination]:
    """All combinations in the order of the axes, named by the values that vary.

    `axes` are values by the fields of options; an axis without values is left to the target. `include` and `exclude`
    are combinations as words, such as "target=xiao imgsz=256"; an exclusion takes away every combination that has all
    of its values, an inclusion adds one whose other values are the axes' first. Raises UsageError.
    """
    given = {name: list(dict.fromkeys(values)) for name, values in axes.items() if values}
    count = 1
    for values in given.values():
        count *= len(values)
    if count > MAX_COMBINATIONS:
        raise UsageError(
            f"The matrix has {count:,} combinations; {MAX_COMBINATIONS:,} are planned at most.",
            advice="Build it in parts.",
        )
    made: list[dict[str, Any]] = [
        dict(zip(given, values, strict=True)) for values in itertools.product(*given.values())
    ]
    for text in exclude:
        unwanted = parse_words(text, options, source="exclude")
        kept = [values for values in made if not _has_all(values, unwanted)]
        if len(kept) == len(made):
            raise UsageError(f"exclude = {text!r} takes no combination away.", advice="Leave it out, or correct it.")
        made = kept
    first = {name: values[0] for name, values in given.items()}
    for text in include:
        added = first | parse_words(text, options, source="include")
        if added not in made:
            made.append(added)
    if not made:
        raise UsageError("The matrix has no combination left.", advice="Exclude less.")
    return _named(made)


def _has_all(values: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    return all(name in values and values[name] == value for name, value in wanted.items())


def parse_words(text: str, options: Mapping[str, Option], *, source: str) -> dict[str, Any]:
    """The values of "NAME=VALUE NAME=VALUE" by the fields of the options; raises UsageError."""
    found = {}
    for word in text.split():
        name, equals, value = word.partition("=")
        if name not in options:
            raise UsageError(
                f"{source} = {text!r}: there is no option {name}.",
                advice=did_you_mean(name, options) or f"It may name {', '.join(sorted(options))}.",
            )
        option = options[name]
        if not equals:
            raise UsageError(
                f"{source} = {text!r}: {name} has no value.", advice=f"Write {name}={option.kind.expected}."
            )
        if option.is_switch and value in ("true", "false"):  # as in edgecask.toml
            found[option.attribute] = value == "true"
        else:
            found[option.attribute] = option.parse(value, source=word)
    if not found:
        raise UsageError(f"{source} holds no option.", advice="Write target=xiao imgsz=256, for example.")
    return found


def _named(made: Sequence[Mapping[str, Any]]) -> list[Combination]:
    """The combinations with a name each: what varies between them, as words of a folder's name."""
    fields = list(dict.fromkeys(field for values in made for field in values))
    varying = [field for field in fields if len({_key(values.get(field)) for values in made}) > 1]
    shown = [field for field in fields if field in varying or field == "target"] or fields[:1]
    words = {field: _words(field, [values[field] for values in made if field in values]) for field in shown}
    names: dict[str, int] = {}
    found = []
    for values in made:
        name = "-".join(words[field][_key(values[field])] for field in shown if field in values)
        names[name] = names.get(name, 0) + 1
        found.append(Combination(name=name if names[name] == 1 else f"{name}-{names[name]}", values=values))
    return found


def _key(value: Any) -> str:
    return repr(value)


def _words(field: str, values: Iterable[Any]) -> dict[str, str]:
    """A word for each value of a field, different ones for different values; a switch has its own name.

    Checkpoints are often called best.pt in folders of their own: as many of the folders' names are added as tell them
    apart (runs/a/weights/best.pt and runs/b/weights/best.pt are a and b).
    """
    distinct = {_key(value): value for value in values}
    if all(isinstance(value, bool) for value in distinct.values()):
        return {key: field if value else f"no_{field}" for key, value in distinct.items()}
    words = {key: _word(str(value)) for key, value in distinct.items()}
    if len(set(words.values())) == len(words):
        return words
    parts = {key: [_word(part) for part in Path(str(value)).parts] for key, value in distinct.items()}
    longest = max(map(len, parts.values()))
    padded = {key: [""] * (longest - len(each)) + each for key, each in parts.items()}
    telling = [place for place in range(longest) if len({each[place] for each in padded.values()}) > 1]
    return {key: "-".join(each[place] for place in telling if each[place]) for key, each in padded.items()}


def _word(text: str) -> str:
    """`text` as a part of a folder's name on any system."""
    stem = Path(text).name.removesuffix(".pt")
    return re.sub(r"[^A-Za-z0-9._]+", "_", stem).strip("._") or "x"
