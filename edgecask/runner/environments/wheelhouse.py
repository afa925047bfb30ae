"""Wheels, fetched on this machine by the user's own pip and checked against the locks.

pip reads the user's configuration (mirrors, find-links, certificates, credentials), so none of that has to enter an
image: environments are installed from the wheelhouse with no network. A wheel counts only under the sha256 that a lock
names.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from edgecask.directories import Directories, lock
from edgecask.errors import EnvironmentBuildError, NetworkError
from edgecask.files import sha256_file
from edgecask.runner.environments.environment import DOCKER, PYTHON_VERSION, Pin, read_lock
from edgecask.runner.environments.wheels import chosen
from edgecask.store.temporary import temporary_folder

INSTALLER_LOCK = DOCKER / "installer.txt"
# pip takes a platform literally, so every glibc level up to bookworm's is named.
PLATFORMS = (
    "linux_x86_64",
    "manylinux1_x86_64",
    "manylinux2010_x86_64",
    "manylinux2014_x86_64",
    *(f"manylinux_2_{minor}_x86_64" for minor in range(5, 37)),
)
CPU_BUILD = "+cpu"
_REFUSED = re.compile(r"(?P<reason>40[137] Client Error: [^\n]{0,60}?) for url: (?P<address>[^\s)]{1,300})")


def find_wheels(directories: Directories, pins: Iterable[Pin]) -> tuple[list[Path], list[Pin]]:
    """The verified wheels for `pins`, and the pins that have none yet."""
    names = {pin.name.lower().replace("-", "_").replace(".", "_") for pin in pins}
    candidates: dict[str, Path] = {}
    if directories.wheelhouse.is_dir():
        for path in sorted(directories.wheelhouse.glob("*.whl")):
            if path.name.split("-")[0].lower().replace(".", "_") in names:
                candidates[sha256_file(path)] = path
    found, missing = [], []
    for pin in pins:
        digest = next((digest for digest in sorted(pin.hashes) if digest in candidates), None)
        if digest is None:
            missing.append(pin)
        else:
            found.append(candidates[digest])
    return found, missing


def _download(pins: list[Pin], destination: Path, *extra: str) -> subprocess.CompletedProcess[str]:
    requirements = destination / "requirements.txt"
    requirements.write_text(
        "".join(
            f"{pin.name}=={pin.version} " + " ".join(f"--hash=sha256:{digest}" for digest in sorted(pin.hashes)) + "\n"
            for pin in pins
        ),
        encoding="utf-8",
    )
    command = [
        sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input",
        "--no-deps", "--require-hashes", "--only-binary=:all:",
        "--implementation=cp", f"--python-version={PYTHON_VERSION}", "--abi=cp311", "--abi=abi3", "--abi=none",
        *(f"--platform={platform}" for platform in PLATFORMS),
        f"--dest={destination}", f"--requirement={requirements}", *extra,
    ]  # fmt: skip
    return subprocess.run(ending_with_us(command), capture_output=True, encoding="utf-8", errors="replace", check=False)


def ending_with_us(command: Sequence[str]) -> list[str]:
    """The command, killed by the kernel when this thread ends, however it ends (PR_SET_PDEATHSIG; util-linux)."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL", "--", *command] if setpriv else [*command]


def uv_program() -> str:
    """The `uv` that stands beside this Python; raises EnvironmentBuildError where it is not installed."""
    try:
        from uv import find_uv_bin

        return find_uv_bin()
    except (ImportError, FileNotFoundError) as error:
        raise EnvironmentBuildError(
            "uv is not installed beside this Python.", advice="Run `pip install -r requirements.txt`."
        ) from error


def pytorch_index_files(pins: list[Pin]) -> list[str]:
    """Addresses of the CPU builds in PyTorch's own index, which uv knows by the name `cpu`.

    Raises NetworkError where the index does not answer or does not have them.
    """
    with temporary_folder() as temporary:
        requirements = temporary / "requirements.in"
        requirements.write_text("".join(f"{pin.name}=={pin.version}\n" for pin in pins), encoding="utf-8")
        resolved = subprocess.run(
            [
                uv_program(), "pip", "compile", "--quiet", "--no-deps", "--torch-backend=cpu",
                "--format=pylock.toml", f"--python-version={PYTHON_VERSION}",
                "--python-platform=x86_64-manylinux_2_28", str(requirements),
            ],
            capture_output=True, encoding="utf-8", errors="replace", check=False,
        )  # fmt: skip
    if resolved.returncode != 0:
        names = ", ".join(f"{pin.name}=={pin.version}" for pin in pins)
        raise NetworkError(
            f"{names} was found neither through pip's configuration nor in PyTorch's CPU index.",
            advice="Check the network, or point pip at a copy (for example PIP_FIND_LINKS=FOLDER).",
            details=resolved.stderr,
        )
    wanted = {digest for pin in pins for digest in pin.hashes}
    return [
        wheel["url"]
        for package in tomllib.loads(resolved.stdout)["packages"]
        for wheel in package.get("wheels", [])
        if wheel.get("hashes", {}).get("sha256") in wanted
    ]


def _download_from_pytorch(pins: list[Pin], destination: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", f"--dest={destination}"]
    return subprocess.run(
        ending_with_us(
            [*command, *(f"--platform={platform}" for platform in PLATFORMS), "--only-binary=:all:",
             f"--python-version={PYTHON_VERSION}", *pytorch_index_files(pins)]
        ),
        capture_output=True, encoding="utf-8", errors="replace", check=False,
    )  # fmt: skip


def needed_pins(lock_path: Path) -> list[Pin]:
    """What an environment is made of: the pins of its lock and of the installer, each with the one file chosen for it.

    Raises EnvironmentBuildError as read_lock does.
    """
    return chosen([*read_lock(lock_path), *read_lock(INSTALLER_LOCK)])


def fetch(directories: Directories, lock_path: Path) -> list[Path]:
    """The wheels of a lock (and of the installer) in the wheelhouse, downloading what is missing.

    Raises NetworkError where a download fails, EnvironmentBuildError where a file does not have the pinned hash.
    """
    pins = needed_pins(lock_path)
    with lock(directories, "wheelhouse"):
        found, missing = find_wheels(directories, pins)
        if not missing:
            return found
        directories.wheelhouse.mkdir(parents=True, exist_ok=True)
        with temporary_folder(directories.wheelhouse) as destination:
            cpu_builds = [pin for pin in missing if pin.version.endswith(CPU_BUILD)]
            others = [pin for pin in missing if not pin.version.endswith(CPU_BUILD)]
            for group in (others, cpu_builds):
                if not group:
                    continue
                done = _download(group, destination)
                if done.returncode != 0 and group is cpu_builds:
                    done = _download_from_pytorch(group, destination)
                if done.returncode != 0:
                    raise _index_refusal(group, destination) or _download_error(lock_path, done.stderr)
            for path in sorted(destination.glob("*.whl")):
                os.replace(path, directories.wheelhouse / path.name)
        found, missing = find_wheels(directories, pins)
    if missing:
        names = ", ".join(f"{pin.name}=={pin.version}" for pin in missing)
        raise EnvironmentBuildError(
            f"{lock_path}: what was downloaded for {names} does not have the pinned sha256.",
            advice="Try again; if it stays so, the package index serves other files than the lock names.",
        )
    return found


def _index_refusal(pins: list[Pin], destination: Path) -> NetworkError | None:
    """The error where an index does not let us in: pip says so only where it is asked to say more, and then goes on."""
    said = _download(pins[:1], destination, "-vvv", "--retries=0")
    found = _REFUSED.search(said.stdout + said.stderr)
    if found is None:
        return None
    return NetworkError(
        f"The package index at {urlsplit(found['address']).hostname} does not let pip in ({found['reason']}).",
        advice="Set user and password in pip's configuration (`pip config set global.index-url URL`) or in ~/.netrc.",
    )


def _download_error(lock_path: Path, output: str) -> EnvironmentBuildError | NetworkError:
    lines = [line.strip() for line in output.splitlines() if line.strip().startswith("ERROR")]
    reason = (lines or output.strip().splitlines() or ["pip gave no reason"])[-1].removeprefix("ERROR: ")
    if "HASH" in output.upper() and "MATCH" in output.upper():
        return EnvironmentBuildError(
            f"{lock_path}: a downloaded wheel does not have the pinned sha256.",
            advice="The package index serves other files than the lock names.",
            details=output,
        )
    return NetworkError(
        f"The wheels of {lock_path} could not be fetched ({reason}).",
        advice="Check the network and pip's configuration; once fetched, they are not needed again.",
        details=output,
    )
