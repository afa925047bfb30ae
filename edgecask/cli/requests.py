"""From what was typed and what edgecask.toml says to the requests that a command runs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edgecask.errors import UsageError
from edgecask.options import Option

if TYPE_CHECKING:
    from edgecask.cli.command import Command
    from edgecask.cli.project import Project


def make_requests(command: Command, given: Mapping[str, Any]) -> list[Any]:
    """The requests for a command: one, or one for each target of edgecask.toml where it takes several.

    `given` are texts as they were typed, and truth values of switches, by the names of fields. Raises UsageError where
    a value is not valid or missing.
    """
    from edgecask.cli.project import read_project
    from edgecask.cli.tasks import COMMANDS

    options = {option.attribute: option for option in command.options}
    typed = {name: value if options[name].is_switch else options[name].parse(value) for name, value in given.items()}
    project = read_project(Path.cwd(), COMMANDS)
    return [_make_request(command, typed, project, target) for target in _targets(command, typed, project)]


def _targets(command: Command, typed: Mapping[str, Any], project: Project) -> list[str | None]:
    """The targets to run for; None where the command has no target, or none was chosen."""
    option = next((each for each in command.options if each.name == "target"), None)
    if option is None:
        return [None]
    if option.attribute in typed:
        return [typed[option.attribute]]
    if not project.targets or not option.required:
        return [None]
    if len(project.targets) > 1 and not command.takes_several_targets:
        raise UsageError(
            f"--target is missing: edgecask.toml names {', '.join(project.targets)}.",
            advice=f"Write --target={project.targets[0]}, for example.",
        )
    return list(project.targets)


def _make_request(command: Command, typed: Mapping[str, Any], project: Project, target: str | None) -> Any:
    values = {**project.values(command, target), **typed}
    for option in command.options:
        if option.name == "target" and target is not None:
            own = project.own_target(target)
            values[option.attribute] = target if own is None else str(own)
        if option.required and option.attribute not in values:
            raise missing(option)
    return command.request(**values)


def missing(option: Option) -> UsageError:
    """The failure of an option that has to be given and was not."""
    what = option.name.upper() if option.positional else f"--{option.name}"
    return UsageError(
        f"{what} is missing.", advice=f"Write {what if option.positional else option.usage}: {option.help}."
    )
