"""A matrix of real builds: the packages are those of single builds, and what builds share ran once."""

import json
import os
import subprocess
import sys
from collections import Counter

import pytest
from locations import REPOSITORY

from edgecask.build import BuildRequest, build
from edgecask.directories import Directories
from edgecask.progress import PlainDisplay
from edgecask.runner.venv import VirtualEnvironmentRunner
from edgecask.store.store import Store

OPTIONS = ("--targets=grove,xiao", "--weights=demo", "--imgsz=96", "--compress-weights=off", "--runner=venv",
           "--rounding=nearest")  # fmt: skip
SIZE = 96


def matrix(directories, folder, *options):
    environment = {
        **os.environ,
        "PYTHONPATH": str(REPOSITORY),
        "EDGECASK_HOME": str(directories.home),
        "EDGECASK_STORE": str(directories.store),
    }
    return subprocess.run(
        [sys.executable, "-m", "edgecask", "matrix", *options],
        env=environment, cwd=folder, capture_output=True, text=True, timeout=900,
    )  # fmt: skip


@pytest.fixture(scope="module")
def made(session_directories, tmp_path_factory):
    """A matrix with a store of its own."""
    folder = tmp_path_factory.mktemp("matrix")
    directories = Directories(home=session_directories.home, store=folder / "store")
    done = matrix(directories, folder, *OPTIONS, "--include=target=grove imgsz=64", "--best=ms<=1000")
    return directories, folder, done


@pytest.mark.extended
def test_one_that_cannot_be_built_does_not_stop_the_others(made):
    _, folder, done = made
    found = {
        entry["name"]: entry for entry in json.loads((folder / "dist" / "matrix" / "matrix.json").read_text())["builds"]
    }
    assert {name: entry["state"] for name, entry in found.items()} == {
        "grove-96": "built", "xiao-96": "built", "grove-64": "built",
    }, done.stdout + done.stderr  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.mark.extended
def test_packages_are_those_of_single_builds(made, tmp_path):
    directories, folder, done = made
    assert done.returncode == 0, done.stderr
    for target in ("grove", "xiao"):
        package = build(
            BuildRequest(
                target=target,
                weights="demo",
                image_size=SIZE,
                compress_weights="off",
                rounding="nearest",
                output=tmp_path,
            ),
            directories=directories,
            runner=VirtualEnvironmentRunner(directories),
            display=PlainDisplay(),
        )
        theirs = folder / "dist" / "matrix" / f"{target}-{SIZE}" / target
        names = sorted(path.relative_to(theirs).as_posix() for path in theirs.rglob("*") if path.is_file())
        assert names == sorted(
            path.relative_to(package.folder).as_posix() for path in package.folder.rglob("*") if path.is_file()
        )
        for name in names:
            assert (theirs / name).read_bytes() == (package.folder / name).read_bytes(), name


@pytest.mark.extended
def test_what_builds_share_ran_once(made):
    directories, _, _ = made
    ran = Counter(record.made_from.stage for record in Store(directories.store).records())
    assert ran["export"] == 2, "one for each size"
    assert ran["convert"] == 2


@pytest.mark.extended
def test_the_best_lies_under_its_own_name(made):
    _, folder, done = made
    best = json.loads((folder / "dist" / "matrix" / "matrix.json").read_text())["best"]
    assert best.startswith("grove-") and (folder / "dist" / best / "grove" / "manifest.json").is_file()
    assert f"best        {best}" in done.stdout


@pytest.mark.extended
def test_a_second_run_runs_nothing(made):
    directories, folder, _ = made
    done = matrix(directories, folder, *OPTIONS)
    stages = next(line for line in done.stdout.splitlines() if "of which" in line)
    count = stages.split()[1].rstrip(",")
    assert f"{count}, of which {count} were in the store" in stages
