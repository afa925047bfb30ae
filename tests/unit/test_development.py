import itertools
import re
import sys
from typing import get_args, get_type_hints

import pytest

from edgecask.cli import development
from edgecask.cli import test as command
from edgecask.directories import REPOSITORY


def test_every_test_is_in_one_tier():
    for extended, campaign in itertools.product([False, True], repeat=2):
        marked = {"extended": extended, "campaign": campaign}
        held = [tier for tier, expression in development.TIERS.items() if eval(expression, {}, marked)]
        assert len(held) == 1, marked


def test_the_command_offers_the_tiers():
    assert get_args(get_type_hints(command.Tests)["tier"]) == tuple(development.TIERS)


@pytest.mark.parametrize("name", ["a folder", "$HOME; `x`", "quo\"te's"])
def test_the_folders_of_clone_and_python_have_any_name(tmp_path, monkeypatch, name):
    folder = tmp_path / name
    folder.mkdir()
    (folder / "python").symlink_to(sys.executable)
    (folder / "toy.py").write_text("import sys; sys.exit(40 + len(sys.argv))")
    monkeypatch.setattr(sys, "executable", str(folder / "python"))
    monkeypatch.setattr(development, "REPOSITORY", folder)
    assert development.run_module("toy", "an argument", "another") == 43


def test_the_readme_holds_the_commands_that_continuous_integration_takes_from_it():
    commands = re.findall(r"^    (python3 -m venv .*)$", (REPOSITORY / "README.md").read_text(), re.MULTILINE)
    assert len(commands) == 2
    assert commands[0].endswith("/invoke build --target=grove --weights=demo")
    assert commands[1].endswith("/invoke test")
