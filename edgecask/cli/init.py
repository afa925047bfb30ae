"""`edgecask init`: a commented edgecask.toml."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from edgecask.errors import UsageError
from edgecask.number_kinds import Number, WholeNumber
from edgecask.option_kinds import Choice, Switch
from edgecask.options import Option, Request

if TYPE_CHECKING:
    from edgecask.cli.command import Command

HEAD = """\
# Options of this project for edgecask. The command line wins over them; `edgecask COMMAND --help` explains each.
# Remove the # before a line to set what it says; paths are relative to this folder.

# The devices that `edgecask build` builds for without --target: names that `edgecask targets` lists, and those of the
# project's own devices, which are folders of targets/.
# targets = ["grove"]
"""
TABLES = ("build", "train", "evaluate")
"""The commands that have a table of their own in the file, for options that they alone have."""

NOT_SHARED = ("target", "epochs")
"""Devices have a list of their own; at the top `epochs` would make every build train first."""


@dataclass(frozen=True, kw_only=True)
class Init(Request):
    """Nothing to choose."""


REQUEST = Init


def run(request: Init) -> None:
    """Write the file; raises UsageError where there is one already."""
    from edgecask.cli.project import FILE
    from edgecask.cli.tasks import COMMANDS

    try:
        with Path(FILE).open("x", encoding="utf-8") as stream:
            stream.write(project_file(COMMANDS))
    except FileExistsError:
        raise UsageError(f"There is an {FILE} in this folder already.", advice="Edit it, or move it away.") from None
    print(f"wrote {FILE}")


def project_file(commands: dict[str, Command]) -> str:
    """The text of the file, in which every line is a comment."""
    shared = [option for option in commands["build"].options if _is_shared(option, commands)]
    lines = [HEAD, *_described(shared)]
    for name in TABLES:
        own = [each for each in commands[name].options if not (_is_shared(each, commands) or each.positional)]
        lines += [f"# [{name}]", "", *_described(each for each in own if each.name != "target")]
    lines += ["# Options for one device win over those above.", "# [target.grove]", "# imgsz = 192"]
    return "\n".join(lines) + "\n"


def _is_shared(option: Option, commands: dict[str, Command]) -> bool:
    """Whether build and another command have the very same option."""
    having = [name for name, command in commands.items() if option in command.options]
    return "build" in having and len(having) > 1 and option.name not in NOT_SHARED


def _described(options: Iterable[Option]) -> Iterator[str]:
    from edgecask.cli.project import toml_text

    for option in options:
        text = f"false: {option.help}" if option.negative else option.help
        yield from (f"# {line}" for line in wrap(text, 116))
        choices = f"  # or {', '.join(option.kind.choices[1:])}" if len(option.kind.choices) > 1 else ""
        yield f"# {option.name} = {toml_text(example_value(option))}{choices}"
        yield ""


def example_value(option: Option) -> Any:
    """A value that the option takes: its default, where it has one."""
    kind = option.kind
    if isinstance(kind, Switch):
        return not option.negative
    if isinstance(kind, Choice):
        return kind.choices[0]
    if option.default is not None:
        return option.default if isinstance(option.default, int | float | str) else str(option.default)
    if isinstance(kind, WholeNumber | Number):
        return kind.parse(kind.limits.example or str(kind.limits.minimum or 1))
    return getattr(getattr(kind, "limits", None), "example", "") or "path/to/it"
