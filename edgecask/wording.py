"""Texts as a user sees them: cleaned of what others put into them, with commands as the user would type them.

Names of classes, files, operators and addresses come from anywhere. What steers a terminal, or turns the order of
letters round, is shown as its escape; users and passwords in addresses are not shown.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from pathlib import Path

COMMAND = re.compile(r"`(?:edgecask|invoke) (?=[a-z])")
"""The beginning of a command in a text for users, which the code writes in either way."""
CLONES_OWN = ("lint", "lock", "reference", "test")
"""Commands that `invoke` alone has."""

CREDENTIALS = re.compile(r"(?<=://)[^/?#\s'\"]*@")
"""User and password in an address; the last @ before the path ends them."""
LINES = "\n\t"
JOINERS = "\u200c\u200d"
"""What joins letters in Persian, Hindi and emoji: it is not printable by Python's measure, and harmless."""
SHOWN_CHARACTERS = 60
"""Of a value in a message: a line stays a line whatever was typed."""
MARKDOWN = "\\`*_[]|#~"


def shown(text: str) -> str:
    """`text` without credentials, and with escapes in place of what is no printable character, line or tab."""
    # Whole lines first: nearly all are printable, and a report has hundreds of thousands of letters.
    cleaned = "\n".join(line if line.isprintable() else _escaped(line) for line in text.split("\n"))
    return CREDENTIALS.sub("", cleaned)


def _escaped(line: str) -> str:
    return "".join(
        letter if letter.isprintable() or letter in LINES or letter in JOINERS else repr(letter)[1:-1]
        for letter in line
    )


def markdown_text(text: str) -> str:
    """`text` on one line, without a meaning in Markdown or HTML."""
    import html

    escaped = html.escape(" ".join(shown(text).split()), quote=False)
    for character in MARKDOWN:
        escaped = escaped.replace(character, f"\\{character}")
    return escaped.replace("://", ":&#47;/")  # or an address would become a link


def counted(count: int, one: str, several: str = "") -> str:
    """So many of something, for a sentence; `several` where an s does not do."""
    return f"1 {one}" if count == 1 else f"{count} {several or f'{one}s'}"


def did_you_mean(text: str, known: Iterable[str]) -> str:
    """A question that names the nearest of `known`, or nothing where none is near."""
    from difflib import get_close_matches

    near = get_close_matches(text.lower(), list(known), n=1, cutoff=0.65)
    return f"Did you mean {near[0]}?" if near else ""


def shorten(text: str) -> str:
    """`text` on one line and not too long, for a message."""
    line = " ".join(text.split())
    return line if len(line) <= SHOWN_CHARACTERS else f"{line[: SHOWN_CHARACTERS - 1]}…"


def shown_value(value: object) -> object:
    """A value for a page, `shown` where it is a text: what a template may be given as `finalize`."""
    return shown(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


def program_name(called: str | None = None) -> str:
    """How this program was called; anything but Invoke's own names is `edgecask`."""
    path = Path(sys.argv[0] if called is None else called)
    names = {path.stem, path.parent.name} if path.stem == "__main__" else {path.stem}
    return "invoke" if names & {"invoke", "inv"} else "edgecask"


def as_called(text: str, program: str | None = None) -> str:
    """`text` as it is shown, with its commands as the user would type them."""
    text = shown(text)
    name = program or program_name()

    def named(found: re.Match[str]) -> str:
        word = text[found.end() :].partition("`")[0].split(" ")[0]
        return f"`{'invoke' if word in CLONES_OWN else name} "

    return COMMAND.sub(named, text)
