"""Reads a command line against the commands' options, in place of Invoke's parser.

Invoke's own takes `--help` for the value of a missing argument, ends with exit code 1, and cannot say which option was
meant. This one gives Invoke's Program the same results (ParseResult, ParserContext, Argument); everything around it,
such as `--list` and completion, stays Invoke's.
"""

from __future__ import annotations

import copy
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from invoke.exceptions import Exit, ParseError
from invoke.parser import Parser, ParseResult
from invoke.parser.argument import Argument
from invoke.parser.context import ParserContext

from edgecask.cli.command import Command
from edgecask.errors import UsageError
from edgecask.wording import as_called, did_you_mean, shorten

if TYPE_CHECKING:
    from edgecask.options import Option


class CommandLineError(Exit, ParseError):
    """A command line that makes no sense: Invoke prints its text, and ends with its exit code."""

    def __init__(self, error: UsageError, context: ParserContext | None) -> None:
        ParseError.__init__(self, f"error: {as_called(str(error))}", context)
        Exit.__init__(self, code=error.exit_code)


class CommandContext(ParserContext):
    """The options of one command, and what was typed for them."""

    def __init__(self, command: Command) -> None:
        super().__init__(name=command.name, args=[_argument(each) for each in command.options])
        self.options = command.options

    def help_tuples(self) -> list[tuple[str, str | None]]:
        """How every option is written, with its help."""
        return [
            (each.name.upper() if each.positional else each.usage, as_called(help_text(each))) for each in self.options
        ]

    def flag_names(self) -> tuple[str, ...]:
        """What completion offers after a hyphen."""
        return tuple(each.flag for each in self.options)

    def put(self, option: Option, value: str | bool) -> None:
        """Keep what was typed; of an option of several values all count, of any other the last."""
        argument = self.args[option.name]
        if option.takes_several and argument.got_value:
            value = f"{argument.value},{value}"
        argument.set_value(value, cast=False)

    def missing_positional(self) -> Option | None:
        """The first option that may stand without its name and has no value yet."""
        return next((each for each in self.options if each.positional and not self.args[each.name].got_value), None)


def _argument(option: Option) -> Argument:
    kind = bool if option.is_switch else str
    attribute = option.attribute if option.attribute != option.name else None
    return Argument(names=(option.name,), kind=kind, help=option.help, attr_name=attribute)


def help_text(option: Option) -> str:
    """An option's help, with its default where that says something."""
    if option.default is None or option.is_switch:
        return option.help
    shown = ",".join(map(str, option.default)) if isinstance(option.default, tuple) else option.default
    return f"{option.help} (default: {shown})"


class Contexts(Mapping[str, ParserContext]):
    """The commands' contexts by name, each made when it is asked for: making one imports its command."""

    def __init__(self, commands: Mapping[str, Command]) -> None:
        self._commands = commands

    def __getitem__(self, name: str) -> CommandContext:
        return CommandContext(self._commands[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._commands)

    def __len__(self) -> int:
        return len(self._commands)


class CommandParser(Parser):
    """Invoke's Parser for these commands; see the module."""

    def __init__(
        self,
        contexts: Iterable[ParserContext] = (),
        initial: ParserContext | None = None,
        ignore_unknown: bool = False,
        *,
        commands: Mapping[str, Command],
    ) -> None:
        super().__init__((), initial, ignore_unknown)
        self.contexts: Any = Contexts(commands)

    def parse_argv(self, argv: list[str]) -> ParseResult:
        """The contexts of the commands in `argv` behind that of the core options; raises CommandLineError."""
        end = argv.index("--") if "--" in argv else len(argv)
        core = copy.deepcopy(self.initial) or ParserContext()
        result = ParseResult([core])
        result.remainder = " ".join(argv[end + 1 :])
        tokens = deque(argv[:end])
        while tokens:
            context = result[-1]
            try:
                if not self._take(tokens, context, core):
                    result.append(self._command(tokens.popleft(), context))
            except UsageError as error:
                raise CommandLineError(error, context if context is not core else None) from error
        return result

    def _take(self, tokens: deque[str], context: ParserContext, core: ParserContext) -> bool:
        """Take an option or an argument of `context` from the tokens; False for what must be a command's name."""
        if len(tokens[0]) > 1 and tokens[0].startswith("-"):
            self._take_flag(tokens.popleft(), tokens, context, core)
            return True
        if not isinstance(context, CommandContext):
            return False
        option = context.missing_positional()
        if option is not None:
            context.put(option, tokens.popleft())
        return option is not None

    def _take_flag(self, word: str, tokens: deque[str], context: ParserContext, core: ParserContext) -> None:
        flag, equals, value = word.partition("=")
        if isinstance(context, CommandContext) and (found := _find(context.options, flag)):
            option, turned_on = found
            if not option.is_switch:
                context.put(option, value if equals else _next_value(option, tokens))
            elif equals:
                raise UsageError(f"{flag} takes no value.", advice=f"Use --{option.name} or --no-{option.name} alone.")
            else:
                context.put(option, turned_on)
        elif flag in core.flags:
            argument = core.flags[flag]
            if argument.name == "help" and isinstance(context, CommandContext):
                argument.value = context.name
            elif argument.takes_value and not argument.optional:
                argument.value = value if equals else (tokens.popleft() if tokens else "")
            else:
                argument.set_value(True, cast=False)
        else:
            raise _unknown_option(flag, context, core)

    def _command(self, name: str, context: ParserContext) -> CommandContext:
        if name in self.contexts:
            found: CommandContext = self.contexts[name]
            return found
        if isinstance(context, CommandContext):
            raise UsageError(
                f"{context.name} does not know what to do with {shorten(name)!r}.",
                advice=did_you_mean(name, self.contexts),
            )
        advice = did_you_mean(name, self.contexts) or "--list shows the commands."
        raise UsageError(f"There is no command {shorten(name)!r}.", advice=advice)


def _find(options: Iterable[Option], flag: str) -> tuple[Option, bool] | None:
    """The option that is written so, and whether it is turned on; says so where the name is an old one."""
    for option in options:
        for name in (option.name, *option.old_names):
            off = option.is_switch and flag == f"--no-{name}"
            if flag == f"--{name}" or off:
                if name != option.name:
                    new = f"--{'no-' if off else ''}{option.name}"
                    print(f"note: {flag} is {new} now; the old name goes with the next release.", file=sys.stderr)
                return option, not off
    return None


def _next_value(option: Option, tokens: deque[str]) -> str:
    """The value that follows as a word of its own; another option does not."""
    if not tokens or tokens[0].startswith("--"):
        raise UsageError(f"--{option.name} has no value.", advice=f"Write {option.usage}.")
    return tokens.popleft()


def _unknown_option(flag: str, context: ParserContext, core: ParserContext) -> UsageError:
    known = [str(name) for name in core.flags]
    if isinstance(context, CommandContext):
        for option in context.options:
            known += [f"--{option.name}", *([f"--no-{option.name}"] if option.is_switch else [])]
    of = f" of {context.name}" if context.name else ""
    advice = did_you_mean(flag, known) or f"{f'{context.name} ' if context.name else ''}--help shows the options."
    return UsageError(f"There is no option {shorten(flag)}{of}.", advice=advice)
