"""A command imports its module when it is called, and hands it a request made of what was typed."""

import subprocess
import sys
from dataclasses import dataclass
from types import ModuleType

import pytest
from invoke.collection import Collection
from invoke.context import Context
from locations import REPOSITORY

from edgecask.cli.command import Command
from edgecask.cli.tasks import COMMANDS
from edgecask.common_options import TargetOption
from edgecask.options import option


@dataclass(frozen=True, kw_only=True)
class Toy(TargetOption):
    """A target, a number and a switch."""

    count: int = option(3, help="how many", minimum=1)
    fast: bool = option(False, help="hurry")


@pytest.fixture
def ran(monkeypatch, tmp_path):
    """The requests that the toy command ran, in a folder without edgecask.toml."""
    requests = []
    module = ModuleType("edgecask.cli.toy")
    module.REQUEST, module.run = Toy, requests.append
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.chdir(tmp_path)
    return requests


@pytest.fixture
def toy():
    return Command("toy", module="toy", summary="Try it.")


def test_what_was_typed_becomes_a_request(ran, toy):
    toy.run({"target": "grove", "count": "5", "fast": True})
    toy.run({"target": "grove", "count": None, "fast": None})
    assert ran == [Toy(target="grove", count=5, fast=True), Toy(target="grove")]


def test_invoke_calls_it_with_its_context(ran, toy):
    toy(Context(), target="grove", count="5")
    assert ran == [Toy(target="grove", count=5)]


@pytest.mark.parametrize("given", [{"target": "grove", "count": "0"}, {"target": "grove", "count": "many"}, {}])
def test_what_is_wrong_is_one_line_with_its_exit_code(ran, toy, given, capsys):
    with pytest.raises(SystemExit) as caught:
        toy.run(given)
    assert caught.value.code == 2 and ran == []
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert line.startswith("error: ")


def test_it_runs_once_for_each_target_of_the_project(ran, toy, tmp_path, capsys):
    (tmp_path / "edgecask.toml").write_text('targets = ["grove", "xiao"]\n')
    with pytest.raises(SystemExit):
        toy.run({})
    assert ran == [] and "--target=grove" in capsys.readouterr().err
    sys.modules["edgecask.cli.toy"].SEVERAL_TARGETS = True
    assert toy.takes_several_targets
    toy.run({})
    assert [request.target for request in ran] == ["grove", "xiao"]


def test_what_invoke_knows_of_it(ran, toy):
    collection = Collection()
    collection.add_task(toy)
    assert collection["toy"] is toy and toy.summary == "Try it." and not toy.takes_several_targets
    assert [each.name for each in toy.options] == ["target", "count", "fast"]


def test_a_list_of_the_commands_imports_none_of_them():
    program = "import sys; from edgecask.cli.tasks import COMMANDS; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=REPOSITORY, check=True, capture_output=True, encoding="utf-8"
    )
    imported = set(done.stdout.split())
    assert "edgecask.cli.command" in imported
    own = {f"edgecask.cli.{command.command_module}" for command in COMMANDS.values()} - {"edgecask.cli.project"}
    assert not own & imported
