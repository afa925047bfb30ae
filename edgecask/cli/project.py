"""A user's project: edgecask.toml in the working folder, and devices of their own in its targets/.

    weights = "best.pt"             # any option of any command, for all commands that have it
    targets = ["grove", "xiao"]     # what `build` builds without --target

    [train]                         # for one command
    epochs = 100

    [target.grove]                  # for one target
    imgsz = 192

The command line wins, then the target's table, then the command's, then what stands at the top.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edgecask.cli.command import Command
from edgecask.errors import UsageError
from edgecask.files import read_input
from edgecask.options import Option
from edgecask.wording import did_you_mean

FILE = "edgecask.toml"
TARGETS = "targets"
"""The key that lists targets, and the folder of the project's own."""
TARGET = "target"
"""The table of tables of options for one target."""
MAX_BYTES = 1 << 20
"""More is no file of options."""


@dataclass(frozen=True, kw_only=True)
class Project:
    """What edgecask.toml says: `common` for all commands, `commands` and `for_targets` by name."""

    folder: Path
    targets: tuple[str, ...] = ()
    common: Mapping[str, Any] = field(default_factory=dict)
    commands: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    for_targets: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def values(self, command: Command, target: str | None) -> dict[str, Any]:
        """The values of the command's options by their fields' names, where the file says something.

        Raises UsageError where one is not valid.
        """
        tables = [
            (FILE, self.common),
            (f"[{command.name}] in {FILE}", self.commands.get(command.name, {})),
            (f"[{TARGET}.{target}] in {FILE}", self.for_targets.get(target or "", {})),
        ]
        options = options_by_name([command])
        found: dict[str, Any] = {}
        for place, table in tables:
            for key, value in table.items():
                if key in options:
                    each = options[key]
                    found[each.attribute] = each.accept(value, source=f"{key} = {toml_text(value)} ({place})")
        return found

    def own_target(self, name: str) -> Path | None:
        """The project's own target of that name."""
        folder = self.folder / TARGETS / name
        return folder if name == Path(name).name and (folder / "target.toml").is_file() else None

    def own_targets(self) -> list[Path]:
        """The folders of the project's own targets."""
        return sorted(path.parent for path in (self.folder / TARGETS).glob("*/target.toml"))


def toml_text(value: Any) -> str:
    """A value about as it stands in the file."""
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)


def options_by_name(commands: Iterable[Command]) -> dict[str, Option]:
    """All options of commands by the names that a file may use: the old ones too."""
    found: dict[str, Option] = {}
    for command in commands:
        for option in command.options:
            for name in (option.name, *option.old_names):
                found.setdefault(name, option)
    return found


def commands_with_table(commands: Mapping[str, Command]) -> dict[str, Command]:
    """The commands that may have a table of their own: those with options, but for `targets`, which is the list."""
    return {name: command for name, command in commands.items() if command.options and name != TARGETS}


def read_project(folder: Path, commands: Mapping[str, Command]) -> Project:
    """The project of a folder, an empty one where it has no file; raises UsageError that names what is wrong."""
    path = folder / FILE
    try:
        content = read_input(path, limit=MAX_BYTES, error=UsageError, advice="It is a file of options.")
    except UsageError as error:
        if isinstance(error.__cause__, FileNotFoundError):
            return Project(folder=folder)
        raise
    try:
        table = tomllib.loads(content.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(
            f"{FILE} is no valid TOML: {error}.", advice="`edgecask init` writes one to start from."
        ) from error
    return _project(folder, table, commands)


def _project(folder: Path, table: dict[str, Any], commands: Mapping[str, Command]) -> Project:
    targets = table.pop(TARGETS, [])
    if not isinstance(targets, list) or not all(isinstance(name, str) and name for name in targets):
        raise UsageError(f"{TARGETS} in {FILE} is not a list of names.", advice=f'Write {TARGETS} = ["grove"].')
    for_targets = table.pop(TARGET, {})
    if not isinstance(for_targets, dict) or not all(isinstance(each, dict) for each in for_targets.values()):
        raise UsageError(
            f"{TARGET} in {FILE} is a table of tables.",
            advice=f'Write {TARGETS} = ["grove"] for what is built, and [{TARGET}.grove] for options of one target.',
        )
    tables = commands_with_table(commands)
    of_commands = {name: table.pop(name) for name in list(table) if name in tables and isinstance(table[name], dict)}
    everything = options_by_name(commands.values())
    everything.pop(TARGET, None)
    for name, each in [("", table), *((f"{TARGET}.{name}", each) for name, each in for_targets.items())]:
        _refuse_unknown(each, everything, name, extra=[*tables, TARGETS, TARGET] if not name else ())
    for name, each in of_commands.items():
        _refuse_unknown(each, options_by_name([commands[name]]), name)
    return Project(
        folder=folder,
        targets=tuple(targets),
        common=table,
        commands=of_commands,
        for_targets=for_targets,
    )


def _refuse_unknown(
    table: Mapping[str, Any], options: Mapping[str, Option], name: str, *, extra: Iterable[str] = ()
) -> None:
    for key in table:
        if key not in options:
            where = f"[{name}] in {FILE}" if name else FILE
            advice = did_you_mean(key, [*options, *extra]) or "docs/reference/options.md lists all keys."
            raise UsageError(f"{where} has an unknown key, {key}.", advice=advice)
