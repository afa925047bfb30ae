import re
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from edgecask.build_request import BuildRequest
from edgecask.cli.matrix import AXES, Matrix, _plan, checkpoints, combinations_of, describe_plan
from edgecask.errors import UsageError
from edgecask.matrix.matrix import plan_all
from edgecask.matrix.timings import Timings
from edgecask.options import options_of
from edgecask.plan.memory import MEMORY_MIB
from edgecask.progress import PlainDisplay
from edgecask.store.store import Store
from edgecask.target.target import TARGETS


@pytest.fixture(autouse=True)
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_option_of_a_build_is_there_or_an_axis():
    """What a build can be asked for, a matrix can be asked for, under the same name."""
    known = {each.name for each in options_of(Matrix)}
    for each in options_of(BuildRequest):
        assert each.name in known or each.name == "target", each.name
    assert {"targets", "weights", "imgsz", "compress-weights"} <= known
    assert set(AXES.values()) <= {each.attribute for each in options_of(BuildRequest)}


def test_patterns_are_files_in_order(project):
    for name in ("runs/b/best.pt", "runs/a/best.pt", "runs/a/last.pt"):
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).touch()
    assert checkpoints(["runs/*/best.pt", "demo"]) == ["runs/a/best.pt", "runs/b/best.pt", "demo"]
    with pytest.raises(UsageError, match="no file is called"):
        checkpoints(["nowhere/*.pt"])


def test_the_targets_of_the_project_are_taken_where_none_are_given(project):
    (project / "edgecask.toml").write_text('targets = ["grove", "mine"]\n')
    assert [each.values["target"] for each in combinations_of(Matrix())] == ["grove", "mine"]


def test_a_projects_own_target_is_found_and_goes_by_its_name(project, directories):
    """As in a clone, whose folder has all of them: where it lies is no part of what the build is called."""
    shutil.copytree(TARGETS / "grove", project / "targets" / "mine")
    request = Matrix(
        targets=("grove", "mine"), weights=("demo",), image_sizes=(64, 96), exclude=("target=mine imgsz=96",),
        include=("target=mine imgsz=128",), compress_weights=("off",),
    )  # fmt: skip
    execution = SimpleNamespace(store=Store(directories.store), display=PlainDisplay())
    planned = _plan(request, combinations_of(request), directories, execution)
    assert [each.combination.name for each in planned] == ["grove-64", "grove-96", "mine-64", "mine-128"]
    assert [each.error for each in planned] == [None] * 4
    assert Path(planned[3].plan.job.target.folder) == project / "targets" / "mine"


def test_a_table_of_one_target_is_said_to_be_of_no_use(project, directories, capsys):
    (project / "edgecask.toml").write_text("[target.grove]\nimgsz = 96\n[target.xiao]\nimgsz = 96\n")
    request = Matrix(targets=("grove",), weights=("demo",))
    execution = SimpleNamespace(store=Store(directories.store), display=PlainDisplay())
    _plan(request, combinations_of(request), directories, execution)
    said = "".join(capsys.readouterr())
    assert "[target.grove] in edgecask.toml does not count in a matrix" in said and "xiao" not in said


def test_without_targets():
    with pytest.raises(UsageError, match="--targets is missing"):
        combinations_of(Matrix())


def test_a_dry_run_says_what_is_shared(directories, capsys):
    class Runner:
        def environment_key(self, environment):
            return environment.name

    found = combinations_of(
        Matrix(targets=("grove", "xiao", "nowhere"), weights=("demo",), image_sizes=(96,), compress_weights=("off",))
    )
    planned = plan_all(
        found,
        make_request=lambda each: BuildRequest(**each.values),
        directories=directories,
        store=Store(directories.store),
        display=PlainDisplay(),
    )
    timings = Timings(directories)
    lines = describe_plan(planned, Runner(), timings, at_once=2)
    assert lines.pop() == "how long it takes is known when stages of each kind have run here"
    assert lines[0].startswith("grove") and "0 in the store" in lines[0]
    assert "cannot be built: There is no target" in lines[2]
    assert lines[-1].startswith("3 builds with") and "in more than one build" in lines[-1]
    for program in MEMORY_MIB:
        timings.note(program, 3.0)
    again = describe_plan(planned, Runner(), timings, at_once=2)
    assert re.fullmatch(r"about \d+ s with 2 stages at once", again[-1])
    assert capsys.readouterr().out.count("demo weights") == 1, "what all builds would warn of is said once"
