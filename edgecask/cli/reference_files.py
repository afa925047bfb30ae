"""What is written about options, targets and exit codes, made from the code: pages of the reference, JSON schemas.

`invoke reference` writes the files again; a test fails where they are no longer what this makes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from edgecask.cli.parser import help_text
from edgecask.cli.program import usage
from edgecask.cli.project import FILE, TARGET, TARGETS, commands_with_table, options_by_name
from edgecask.cli.reference_pages import exit_codes_page, targets_page
from edgecask.cli.tasks import COMMANDS
from edgecask.directories import PACKAGE, REPOSITORY
from edgecask.options import Option

SCHEMAS = PACKAGE / "schemas"
PAGES = REPOSITORY / "docs" / "reference"
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def files() -> dict[Path, str]:
    """Every file that is made here, and what it holds."""
    return {
        PAGES / "options.md": options_page(),
        PAGES / "exit-codes.md": exit_codes_page(),
        PAGES / "targets.md": targets_page(),
        SCHEMAS / "edgecask.schema.json": _as_text(project_schema()),
        SCHEMAS / "target.schema.json": _as_text(target_schema()),
    }


def _as_text(schema: Mapping[str, Any]) -> str:
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def options_page() -> str:
    """The reference of all commands and options, in Markdown."""
    lines = [
        "# Options",
        "",
        "<!-- Made by `invoke reference` from the declarations in the code: do not edit. -->",
        "",
        "In a clone write `invoke` for `edgecask`. A value follows an equals sign or a space. A switch is turned on by",
        "its name, and off by `--no-` before that; the tables show the form that changes something. `--help` behind a",
        f"command shows the same. Every option can also stand in [{FILE}](project-file.md).",
    ]
    for command in COMMANDS.values():
        lines += ["", f"## {command.name}", "", command.summary]
        if command.options:
            lines += ["", f"    {usage(command, program='edgecask')}", "", "| option | meaning |", "|---|---|"]
            lines += [f"| {_written(each)} | {_escaped(help_text(each))}{_notes(each)} |" for each in command.options]
    return "\n".join(lines) + "\n"


def _written(option: Option) -> str:
    text = f"`{option.usage}`".replace("|", "\\|")
    return f"`{option.name.upper()}`, or {text}" if option.positional else text


def _notes(option: Option) -> str:
    if not option.old_names:
        return ""
    return f"; formerly {', '.join(f'`--{name}`' for name in option.old_names)}"


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


def _properties(options: Iterable[tuple[str, Option]]) -> dict[str, Any]:
    found = {}
    for name, option in sorted(options):
        described = {"description": option.help, **option.kind.schema()}
        if option.is_switch and option.negative:
            described["description"] = f"false: {option.help}"
        if name != option.name:
            described |= {"description": f"the old name of {option.name}", "deprecated": True}
        found[name] = described
    return found


def project_schema() -> dict[str, Any]:
    """The JSON Schema of edgecask.toml."""
    everything = {name: option for name, option in options_by_name(COMMANDS.values()).items() if name != TARGET}
    shared = _properties(everything.items())
    tables = {
        command.name: {
            "type": "object",
            "description": f"options of `{command.name}` alone",
            "properties": _properties(options_by_name([command]).items()),
            "additionalProperties": False,
        }
        for command in commands_with_table(COMMANDS).values()
    }
    return {
        "$schema": DIALECT,
        "title": FILE,
        "description": "A project of edgecask: options for its commands. The command line wins.",
        "type": "object",
        "properties": {
            TARGETS: {
                "type": "array",
                "description": "the devices that `build` builds for without --target",
                "items": {"type": "string"},
            },
            TARGET: {
                "type": "object",
                "description": "options for one target, by its name",
                "additionalProperties": {"type": "object", "properties": shared, "additionalProperties": False},
            },
            **shared,
            **tables,
        },
        "additionalProperties": False,
    }


def target_schema() -> dict[str, Any]:
    """The JSON Schema of a target.toml."""
    import msgspec

    from edgecask.target.target import Target

    schema: dict[str, Any] = msgspec.json.schema(Target)
    definitions = schema["$defs"]
    # What the program adds while it reads the file is no key of it.
    for name in ("name", "folder"):
        definitions["Target"]["properties"].pop(name)
    return {"$schema": DIALECT, "title": "target.toml", **definitions.pop("Target"), "$defs": definitions}
