"""A virtual environment with the packages of a lock, made by uv: whole or not there."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Mapping
from pathlib import Path

from edgecask.directories import Directories
from edgecask.errors import EnvironmentBuildError, NetworkError
from edgecask.files import discard
from edgecask.runner.environments.environment import PYTHON_VERSION, Environment
from edgecask.runner.environments.wheelhouse import ending_with_us, fetch, uv_program
from edgecask.store.temporary import temporary_folder

READY = "edgecask-ready"


def is_supported() -> bool:
    """Whether this machine is of the kind that the locked packages are for."""
    return platform.system() == "Linux" and platform.machine() == "x86_64"


def is_made(folder: Path) -> bool:
    """Whether an environment is there, whole."""
    return (folder / READY).is_file()


def find_python() -> str | None:
    """The Python of this machine that environments are made with; None where uv has to fetch one."""
    found = subprocess.run(
        [uv_program(), "python", "find", "--no-cache", "--no-python-downloads", PYTHON_VERSION],
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    return found.stdout.strip() if found.returncode == 0 else None


def _fetch_python(variables: Mapping[str, str]) -> None:
    """Let uv fetch one; raises NetworkError where it cannot."""
    done = subprocess.run(
        ending_with_us([uv_program(), "python", "install", "--quiet", "--no-bin", PYTHON_VERSION]),
        env={**os.environ, **variables}, capture_output=True, encoding="utf-8", errors="replace", check=False,
    )  # fmt: skip
    if done.returncode != 0:
        raise NetworkError(
            f"This machine has no Python {PYTHON_VERSION}, and uv could not fetch one.",
            advice=f"Check the network, or install it: apt-get install python{PYTHON_VERSION}",
            details=done.stderr,
        )


def make_environment(directories: Directories, environment: Environment, folder: Path) -> None:
    """Install the lock of an environment into `folder` from the wheelhouse, to which pip fetches what it lacks.

    Raises EnvironmentBuildError where that cannot be done, NetworkError where something cannot be fetched.
    """
    if not is_supported():
        raise EnvironmentBuildError(
            f"The locked packages are for Linux on x86-64, this is {platform.system()} on {platform.machine()}.",
            advice="Install Docker or Podman and use --runner=docker.",
        )
    wheels = fetch(directories, environment.lock)
    # Made aside and renamed: whatever is killed, and goes on or not, an environment is whole or not there.
    with temporary_folder(folder.parent) as temporary:
        links, fresh = temporary / "wheels", temporary / "environment"
        links.mkdir()
        for wheel in wheels:
            os.symlink(wheel, links / wheel.name)
        # What uv keeps stays below edgecask's own folder, so that `clean --everything` leaves nothing.
        variables = {"UV_CACHE_DIR": str(temporary / "cache")}
        if find_python() is None:
            variables["UV_PYTHON_INSTALL_DIR"] = str(directories.pythons)
            _fetch_python(variables)
        _uv(variables, "venv", "--quiet", "--relocatable", "--python", PYTHON_VERSION, str(fresh))
        _uv(
            variables,
            "pip", "install", "--quiet", "--python", str(fresh / "bin" / "python"), "--offline", "--no-index",
            "--find-links", str(links), "--require-hashes", "--no-deps", "--compile-bytecode",
            "--requirement", str(environment.lock),
        )  # fmt: skip
        (fresh / READY).touch()
        if folder.exists():  # half-made by an edgecask before this one
            discard(folder)
        fresh.rename(folder)


def _uv(variables: Mapping[str, str], *arguments: str) -> None:
    done = subprocess.run(
        ending_with_us([uv_program(), *arguments]),
        env={**os.environ, **variables},
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode != 0:
        reason = (done.stderr.strip().splitlines() or ["uv gave no reason"])[0]
        raise EnvironmentBuildError(
            f"A virtual environment could not be made ({reason}).",
            advice="`invoke doctor` says what is missing.",
            details=done.stderr,
        )
