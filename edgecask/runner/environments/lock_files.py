"""`invoke lock`: requirements to a requirements.txt with the sha256 of every package, by uv.

The host's are the dependencies in pyproject.toml, an environment's the requirements.in of its folder.

uv does not read pip's configuration, so what pip is told (indexes, find-links, certificates) is handed on; none of it
is written into a lock.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from edgecask.directories import REPOSITORY, is_installed, user_directories
from edgecask.errors import EnvironmentBuildError, UsageError
from edgecask.files import sha256_file, write_whole
from edgecask.runner.environments.environment import DOCKER, PYTHON_VERSION, environment_names, load_environment
from edgecask.runner.environments.wheelhouse import INSTALLER_LOCK, fetch, uv_program
from edgecask.runner.environments.wheels import write_wheels

STAGE_OPTIONS = ("--python-platform=x86_64-manylinux_2_28", "--only-binary=:all:")
# The virtual environment of a clone has its own pip; a dependency it is for those that are made without.
HOST_OPTIONS = ("--universal", "--no-emit-package=pip")
HOST_LOCKS = {"requirements.txt": (), "requirements-dev.txt": ("--group=dev",)}
# pip's settings and the variables in which uv reads the same.
UV_VARIABLES = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "cert": "SSL_CERT_FILE",
}
FURTHER_PLACES = ("UV_INDEX", "UV_FIND_LINKS")


def pip_settings() -> dict[str, str]:
    """Pip's own configuration, whichever file or variable it comes from, by option name."""
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"],
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    ).stdout
    settings: dict[str, str] = {}
    # Pip lists by name; its variables (":env:.cert") win over its files.
    for line in sorted(listed.splitlines(), key=lambda line: line.startswith(":env:")):
        name, _, value = line.partition("=")
        settings[name.split(".")[-1].strip(":")] = value.strip("'\"").replace("\\n", " ")
    return settings


def uv_variables() -> dict[str, str]:
    """This process's variables, with pip's settings where uv has none of its own."""
    variables = dict(os.environ)
    settings = pip_settings()
    for option, variable in UV_VARIABLES.items():
        value = settings.get(option)
        if value and variable not in variables:
            separator = "," if variable == "UV_FIND_LINKS" else " "
            variables[variable] = separator.join(part for part in value.split() if _exists(part))
    return {name: value for name, value in variables.items() if value or name not in UV_VARIABLES.values()}


def _exists(address: str) -> bool:
    return not address.startswith("file://") or Path(address.removeprefix("file://")).exists()


def _without_hashes(text: str) -> str:
    return re.sub(r" \\\n(?:    --hash=\S+(?: \\)?\n)+", "\n", text)


def _run(command: list[str], alone_from_index: bool) -> subprocess.CompletedProcess[str]:
    variables = uv_variables()
    if alone_from_index:
        variables = {name: value for name, value in variables.items() if name not in FURTHER_PLACES}
    return subprocess.run(
        command, cwd=REPOSITORY, env=variables, capture_output=True, encoding="utf-8", errors="replace", check=False
    )


def lock_file(source: Path, lock: Path, *options: str, upgrade: bool, alone_from_index: bool = False) -> Path:
    """Lock what `source` asks for; raises EnvironmentBuildError with uv's reason where it cannot be resolved.

    With `alone_from_index` further places that pip is told of count only where the index does not do: a mirror may hold
    a part of a release's files, and other platforms and Pythons need the sha256 of all of them.
    """
    if alone_from_index and lock.is_file():
        # uv takes over the versions of a lock that is there, and its hashes: without those it asks the index for all.
        write_whole(lock, _without_hashes(lock.read_text(encoding="utf-8")).encode())
    overrides = source.parent / "overrides.txt"
    command = [
        uv_program(), "pip", "compile", "--quiet", "--generate-hashes", "--no-emit-index-url", "--no-header",
        f"--python-version={PYTHON_VERSION}", "--index-strategy=unsafe-best-match", *options,
        *(["--upgrade"] if upgrade else []),
        *(["--override", str(overrides.relative_to(REPOSITORY))] if overrides.exists() else []),
        # The host's own constraint on uv ([tool.uv] of pyproject.toml) is no business of an environment's lock.
        *([] if source.name == "pyproject.toml" else ["--no-config"]),
        str(source.relative_to(REPOSITORY)), "--output-file", str(lock.relative_to(REPOSITORY)),
    ]  # fmt: skip
    done = _run(command, alone_from_index)
    if done.returncode != 0 and "torch" in done.stderr:
        # Not among what pip is configured to see: PyTorch's own CPU index, which uv knows by name.
        done = _run([*command, "--torch-backend=cpu"], alone_from_index)
    if done.returncode != 0 and alone_from_index:
        return lock_file(source, lock, *options, upgrade=upgrade)
    if done.returncode != 0:
        raise EnvironmentBuildError(
            f"{source} could not be locked.",
            advice="uv's reason is above; check the network and pip's configuration.",
            details=done.stderr.strip(),
        )
    return lock


def lock_all(*, upgrade: bool) -> list[Path]:
    """Lock the host's, the installer's and every environment's requirements; the locks.

    Raises UsageError where edgecask was installed.
    """
    if is_installed():
        raise UsageError("Locks are made in a clone of edgecask: an installed one has what its release was made with.")
    locks = [
        lock_file(
            REPOSITORY / "pyproject.toml",
            REPOSITORY / name,
            *HOST_OPTIONS,
            *options,
            upgrade=upgrade,
            alone_from_index=True,
        )
        for name, options in HOST_LOCKS.items()
    ]
    locks.append(lock_file(DOCKER / "installer.in", INSTALLER_LOCK, "--universal", upgrade=upgrade))
    for name in environment_names(on_demand=True):
        folder = DOCKER / name
        locks.append(
            lock_file(folder / "requirements.in", folder / "requirements.txt", *STAGE_OPTIONS, upgrade=upgrade)
        )
    return [*locks, choose_wheels(), *_lock_debian(upgrade=upgrade)]


def _lock_debian(*, upgrade: bool) -> list[Path]:
    """The lock of Debian's packages, where it is not of what docker/base.toml asks for."""
    from edgecask.runner.container.base_image import BASE, lock_debian
    from edgecask.runner.container.debian import read_debian_lock

    lock = read_debian_lock()
    return [lock_debian()] if upgrade or lock is None or lock.asked != sha256_file(BASE) else []


def choose_wheels() -> Path:
    """Fetch what the locks of the environments that are made ahead name, and write down which files that are."""
    directories = user_directories()
    names = environment_names()
    return write_wheels({wheel for name in names for wheel in fetch(directories, load_environment(name).lock)})
