"""The command `edgecask`: Invoke's Program with these commands, the same in any folder."""

from __future__ import annotations

import functools
import sys
import textwrap
from typing import Any

import invoke.program
from invoke.parser import Parser
from invoke.program import Program

from edgecask import __version__
from edgecask.cli.command import Command
from edgecask.cli.exit_codes import exit_codes
from edgecask.cli.parser import CommandContext, CommandParser
from edgecask.cli.tasks import COMMANDS, DEVELOPMENT_COMMANDS, collection

CORE_HELP = (
    ("COMMAND --help", "show a command's options"),
    ("--list", "list the commands"),
    ("--print-completion-script=bash|zsh|fish", "print the script that completes commands and options"),
    ("--version", "show the version"),
)


HELP_WIDTH = 112
WIDEST_OPTION = 34
"""Longer ones have a line of their own."""


class EdgecaskProgram(Program):
    """Invoke's Program with our parser and our pages of help."""

    def __init__(self) -> None:
        super().__init__(version=__version__, namespace=collection(), name="edgecask", binary="edgecask")

    def _make_parser(self) -> Parser:
        return CommandParser(initial=self.initial_context, commands=COMMANDS)

    def print_help(self) -> None:
        """The commands, each in one line."""
        print("Usage: edgecask COMMAND [OPTIONS]\n")
        self.print_columns(CORE_HELP)
        self.list_tasks()

    def print_task_help(self, name: str) -> None:
        """A command's page of help."""
        print(command_help(COMMANDS[name], program="edgecask"))


def command_help(command: Command, *, program: str) -> str:
    """A command's page of help: how it is written, what it does, its options by groups."""
    lines = [f"Usage: {usage(command, program=program)}", "", command.summary]
    rows = dict(zip(command.options, CommandContext(command).help_tuples(), strict=True))
    width = min(WIDEST_OPTION, max((len(written) for written, _ in rows.values()), default=0))
    groups = dict.fromkeys(["", *(option.group for option in command.options)])
    for group in groups:
        members = [row for option, row in rows.items() if option.group == group]
        lines += ["", f"{group or 'Options'}:"] if members else []
        for written, text in members:
            wrapped = textwrap.wrap(text or "", HELP_WIDTH - width) or [""]
            if len(written) > width:
                lines += [f"  {written}", f"  {'':<{width}}  {wrapped[0]}"]
            else:
                lines.append(f"  {written:<{width}}  {wrapped[0]}".rstrip())
            lines += [f"  {'':<{width}}  {line}" for line in wrapped[1:]]
    return "\n".join(lines)


def usage(command: Command, *, program: str) -> str:
    """How a command is written, with what has to be given."""
    needed = [each for each in command.options if each.positional or each.required]
    words = [each.name.upper() if each.positional else each.usage for each in needed]
    return " ".join([program, command.name, *words, *(["[OPTIONS]"] if command.options else [])])


def parse_as_edgecask() -> None:
    """Let the program `invoke`, which loads tasks.py, read its command line as `edgecask` does.

    Invoke has no setting for that: its Program makes the parser by this name once the tasks are loaded.
    """
    parser: Any = functools.partial(CommandParser, commands={**COMMANDS, **DEVELOPMENT_COMMANDS})
    vars(invoke.program)["Parser"] = parser
    # Invoke switches the cache of compiled modules off, and each command would compile all of edgecask again.
    sys.dont_write_bytecode = bool(sys.flags.dont_write_bytecode)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line, that of the process or another one; a failure ends it with the exit code of its kind."""
    with exit_codes():
        EdgecaskProgram().run(arguments)
