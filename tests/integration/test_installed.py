"""edgecask as a user installs it: a wheel in a fresh environment, a command in a folder of their own."""

import os
import subprocess
import sys

import pytest
from distributions import build
from locations import files_below

import edgecask
from edgecask.runner.environments.lock_files import uv_variables
from edgecask.runner.environments.wheelhouse import uv_program

pytestmark = pytest.mark.extended


def run(*command, folder, **variables) -> str:
    done = subprocess.run(
        list(map(str, command)),
        cwd=folder,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def install_with_pip(wheel, folder):
    """The newest versions that pyproject.toml allows."""
    run(sys.executable, "-m", "venv", folder / "environment", folder=folder)
    run(folder / "environment" / "bin" / "pip", "install", "--quiet", wheel, folder=folder)
    return folder / "environment" / "bin" / "edgecask"


def install_with_uv(wheel, folder):
    """As a tool; the oldest versions that pyproject.toml allows."""
    run(
        uv_program(), "tool", "install", "--quiet", "--python", sys.executable, "--resolution=lowest-direct",
        "--index-strategy=unsafe-best-match", wheel,
        folder=folder, **uv_variables(), UV_TOOL_DIR=str(folder / "tools"), UV_TOOL_BIN_DIR=str(folder / "bin"),
    )  # fmt: skip
    return folder / "bin" / "edgecask"


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The command `edgecask` as an installer leaves it, once for each."""
    wheel = build("wheel", tmp_path_factory.mktemp("wheel"))
    installers = {"pip": install_with_pip, "uv": install_with_uv}
    made = {}

    def get(name):
        if name not in made:
            made[name] = installers[name](wheel, tmp_path_factory.mktemp(name))
        return made[name]

    return get


@pytest.mark.parametrize("installer", [pytest.param("pip", marks=pytest.mark.campaign), "uv"])
def test_an_installed_edgecask_makes_the_packages_of_the_clone(
    installer, installed, tmp_path, demo_builds, session_directories
):
    """With pip every stage is run, with uv they come from the clone's store: keys do not know who asks."""
    expected = demo_builds("venv")[0]
    command = installed(installer)
    (tmp_path / "empty").mkdir()
    own_store = installer == "pip"
    store = tmp_path / "store" if own_store else session_directories.store

    def call(*arguments):
        return run(command, *arguments, folder=tmp_path / "empty", EDGECASK_STORE=str(store))

    assert call("--version").split() == ["edgecask", edgecask.__version__]
    assert "grove" in call("targets")
    assert " stages: " in call("plan", "--target=grove", "--weights=demo-detect", "--runner=venv")
    output = call("build", "--target=grove", "--weights=demo", "--runner=venv")
    assert ("from the store" in output) is not own_store
    package = tmp_path / "empty" / "dist" / "grove"
    assert [path.name for path in (tmp_path / "empty").iterdir()] == ["dist"]
    assert files_below(package) == files_below(expected.folder)
    assert "no rule is broken" in call("check", "--target=grove", "dist/grove/model.tflite")
    assert call("package", "--target=grove").strip() == "dist/grove.zip"


def test_what_belongs_to_a_clone_is_not_in_it(installed, tmp_path):
    listed = run(installed("uv"), "--list", folder=tmp_path)
    names = [line.split()[0] for line in listed.splitlines() if line.startswith("  ")]
    assert "build" in names and not {"test", "lint", "lock"} & set(names)
