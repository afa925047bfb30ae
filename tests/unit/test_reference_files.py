"""The reference page and the schemas follow from the declarations; drift is a failure here."""

import tomllib

import pytest
from locations import REPOSITORY

from edgecask.cli.reference_files import files, project_schema, target_schema
from edgecask.cli.tasks import COMMANDS


@pytest.mark.parametrize("path", list(files()), ids=lambda path: path.name)
def test_the_files_are_what_the_declarations_say(path):
    assert path.read_text(encoding="utf-8") == files()[path], "run `invoke reference`"


def test_the_page_has_every_option():
    page = next(text for path, text in files().items() if path.name == "options.md")
    for name, command in COMMANDS.items():
        assert f"\n## {name}\n" in page
        for option in command.options:
            assert option.usage.replace("|", "\\|") in page


def test_the_project_schema():
    schema = project_schema()
    assert schema["additionalProperties"] is False
    assert schema["properties"]["imgsz"]["multipleOf"] == 32
    assert schema["properties"]["compensate"]["deprecated"] is True
    assert schema["properties"]["build"]["properties"]["compress-weights"]["enum"] == [
        "auto",
        "off",
        "smaller",
        "smallest",
    ]
    assert "imgsz" in schema["properties"]["target"]["additionalProperties"]["properties"]


def resolve(schema, part):
    if "$ref" in part:
        return schema["$defs"][part["$ref"].rsplit("/", 1)[1]]
    return resolve(schema, next(each for each in part["anyOf"] if "$ref" in each)) if "anyOf" in part else part


@pytest.mark.parametrize(
    "path", sorted((REPOSITORY / "targets").glob("*/target.toml")), ids=lambda path: path.parent.name
)
def test_the_target_schema_knows_the_keys_of_every_target(path):
    schema = target_schema()
    table = tomllib.loads(path.read_text())
    assert schema["additionalProperties"] is False and set(schema["required"]) <= set(table) <= set(
        schema["properties"]
    )
    for name, value in table.items():
        part = resolve(schema, schema["properties"][name])
        if isinstance(value, dict) and "properties" in part:
            assert set(part["required"]) <= set(value) <= set(part["properties"])
