"""What a user is told to type, under the name by which they called this program: `edgecask`, or `invoke` in a clone."""

from __future__ import annotations

import re
import sys
from pathlib import Path

COMMAND = re.compile(r"`(?:edgecask|invoke) (?=[a-z])")
"""The beginning of a command in a text for users, which the code writes in either way."""
CLONES_OWN = ("lint", "lock", "reference", "test")
"""Commands that `invoke` alone has."""


def program_name(called: str | None = None) -> str:
    """How this program was called; anything but Invoke's own names is `edgecask`."""
    path = Path(sys.argv[0] if called is None else called)
    names = {path.stem, path.parent.name} if path.stem == "__main__" else {path.stem}
    return "invoke" if names & {"invoke", "inv"} else "edgecask"


def as_called(text: str, program: str | None = None) -> str:
    """`text` with its commands as the user would type them."""
    name = program or program_name()

    def named(found: re.Match[str]) -> str:
        word = text[found.end() :].partition("`")[0].split(" ")[0]
        return f"`{'invoke' if word in CLONES_OWN else name} "

    return COMMAND.sub(named, text)
