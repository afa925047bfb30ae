"""From words and edgecask.toml to requests."""

from pathlib import Path

import pytest

from edgecask.cli.requests import make_requests
from edgecask.cli.tasks import COMMANDS
from edgecask.errors import UsageError


@pytest.fixture
def make(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def make(command, project="", **given):
        (tmp_path / "edgecask.toml").write_text(project)
        return make_requests(COMMANDS[command], given)

    return make


def test_the_command_line_wins(make):
    (request,) = make("build", 'imgsz = 224\nweights = "best.pt"\n', target="grove", image_size="96", gptq=True)
    assert (request.image_size, request.weights, request.gptq, request.range_search) == (96, "best.pt", True, None)


def test_a_build_for_each_target_of_the_project(make):
    requests = make("build", 'targets = ["grove", "xiao"]\n[target.xiao]\nimgsz = 96\n')
    assert [(each.target, each.image_size) for each in requests] == [("grove", None), ("xiao", 96)]


def test_one_target_is_enough_for_those_who_need_one(make):
    (request,) = make("flash", 'targets = ["grove"]')
    assert request.target == "grove"
    with pytest.raises(UsageError, match="edgecask.toml names grove, xiao"):
        make("flash", 'targets = ["grove", "xiao"]')


def test_a_target_that_may_be_left_out_stays_out(make):
    (request,) = make("check-data", 'targets = ["grove", "xiao"]', data="data.yaml")
    assert request.target is None


def test_the_projects_own_target(make, tmp_path):
    folder = tmp_path / "targets" / "grove"
    folder.mkdir(parents=True)
    (folder / "target.toml").write_text("")
    (request,) = make("build", target="grove")
    assert request.target == str(folder)


@pytest.mark.parametrize(
    ("command", "given", "says"),
    [
        ("build", {}, "--target is missing"),
        ("check", {"target": "grove"}, "MODEL is missing"),
        ("quantize", {}, "--config is missing"),
        ("evaluate", {"target": "grove", "model": "x"}, "--data is missing"),
        ("train", {}, "--data is missing"),
        ("convert-data", {"images": "x", "output": "y"}, "--annotations is missing"),
    ],
)
def test_what_is_missing_is_named(make, command, given, says):
    with pytest.raises(UsageError, match=says) as caught:
        make(command, **given)
    assert caught.value.advice


@pytest.mark.parametrize(
    ("command", "option", "field"),
    [
        ("build", "calibration", "calibration"),
        ("build", "data", "data"),
        ("build", "dist", "output"),
        ("check-data", "sheet", "sheet"),
        ("convert-data", "output", "output"),
        ("make-demo-data", "output", "output"),
        ("flash", "model", "model"),
        ("quantize", "config", "config"),
    ],
)
def test_a_tilde_is_the_users_home(make, command, option, field):
    """Bash leaves it as it is behind an equals sign."""
    needed = {each.attribute: "x" for each in COMMANDS[command].options if each.required}
    (request,) = make(command, **{**needed, field: "~/there"})
    assert getattr(request, field) == Path.home() / "there"
    assert option in {each.name for each in COMMANDS[command].options}
