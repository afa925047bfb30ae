"""`edgecask doctor`: what this machine has and lacks for a build, each with the way to get it."""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from edgecask.data.weights import YOLOV8N_POSE
from edgecask.directories import Directories, user_directories
from edgecask.errors import EdgecaskError
from edgecask.options import Request
from edgecask.runner.container import engine
from edgecask.runner.container.base_image import load_base, recorded_base
from edgecask.runner.container.images import image_key, image_name
from edgecask.runner.environments.environment import PYTHON_VERSION, environment_names, load_environment
from edgecask.runner.environments.virtual_environment import find_python, is_supported
from edgecask.runner.environments.wheelhouse import find_wheels, uv_program
from edgecask.runner.isolation import INSTALL, available_isolation
from edgecask.wording import as_called, shown

SPACE_NEEDED_GIGABYTES = 10
WITHOUT_ENVIRONMENT = ("check", "flash", "package", "convert-data", "targets", "clean")
"""Commands that run in this Python alone."""
PLATFORM_REMEDIES = {
    "Darwin": "Start Docker Desktop or Colima; on Apple silicon with Rosetta, since TensorFlow needs AVX instructions.",
    "Windows": "Start Docker Desktop, or use edgecask inside WSL 2, which is Linux.",
}


@dataclass(frozen=True, kw_only=True)
class Doctor(Request):
    """Nothing to choose."""


REQUEST = Doctor


def run(request: Doctor) -> None:
    """Print what is there and what is missing; exit code 1 where no build can run."""
    findings = examine(user_directories())
    for finding in findings:
        print(f"{finding.state:<8} {finding.subject:<22} {shown(finding.found)}")
        if not finding.good:
            print(f"{'':<8} {'':<22} → {as_called(finding.remedy)}")
    if any(not finding.good and finding.required for finding in findings):
        sys.exit(1)


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One line of the examination.

    `required` where no build can run without it; `made_later` where the first build that needs it makes it; `limited`
    where a part works.
    """

    subject: str
    good: bool
    found: str
    remedy: str = ""
    required: bool = False
    made_later: bool = False
    limited: bool = False

    @property
    def state(self) -> str:
        """The word at the start of the line."""
        return "ok" if self.good else "not yet" if self.made_later else "limited" if self.limited else "missing"


def examine(directories: Directories) -> list[Finding]:
    """Everything a build may need, in the order in which it needs it."""
    container_engine = _engine()
    return [
        _platform(),
        _python(),
        _pip(),
        _uv(),
        _space(directories),
        container_engine,
        *_container_findings(directories, engine_answers=container_engine.good),
        *_virtual_environment_findings(),
        *(_wheels(directories, name) for name in environment_names()),
        _release_weights(directories),
    ]


def _platform() -> Finding:
    """What works here: programs run in Linux environments for x86-64, everything else wherever Python does."""
    name = {"Darwin": "macOS", "": "an unknown system"}.get(platform.system(), platform.system())
    if is_supported():
        return Finding(subject="platform", good=True, found="Linux on x86-64: containers and virtual environments")
    emulated = "" if platform.machine().lower() in ("x86_64", "amd64") else ", which the engine has to emulate here"
    return Finding(
        subject="platform",
        good=False,
        limited=True,
        found=f"{name} on {platform.machine()}: {', '.join(WITHOUT_ENVIRONMENT)} work as on Linux; whatever runs a "
        f"program (build, train, evaluate, …) works in containers alone, which are for Linux on x86-64{emulated}; "
        "--runner=venv does not work. edgecask has not been tried on this platform",
        remedy=PLATFORM_REMEDIES.get(platform.system(), "Run Docker or Podman, or use a machine with Linux on x86-64."),
    )


def _python() -> Finding:
    return Finding(
        subject="Python",
        good=sys.version_info >= (3, 11),
        found=platform.python_version(),
        remedy="edgecask's own part needs Python 3.11 or newer.",
        required=True,
    )


def _pip() -> Finding:
    done = subprocess.run(
        [sys.executable, "-m", "pip", "--version"], capture_output=True, encoding="utf-8", errors="replace", check=False
    )
    return Finding(
        subject="pip",
        good=done.returncode == 0,
        found=done.stdout.split(" from ")[0].strip() or "not in this Python",
        remedy="python3 -m ensurepip",
        required=True,
    )


def _uv() -> Finding:
    try:
        version = subprocess.run(
            [uv_program(), "--version"], capture_output=True, encoding="utf-8", errors="replace", check=False
        ).stdout.strip()
        return Finding(subject="uv", good=True, found=version)
    except EdgecaskError as error:
        return Finding(subject="uv", good=False, found="not installed", remedy=error.advice, required=True)


def _space(directories: Directories) -> Finding:
    folder: Path = directories.home
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free / 1e9
    return Finding(
        subject="disk space",
        good=free > SPACE_NEEDED_GIGABYTES,
        found=f"{free:.0f} GB free for {directories.home}",
        remedy=f"Environments and images want {SPACE_NEEDED_GIGABYTES} GB; set EDGECASK_HOME to another disk.",
    )


def _engine() -> Finding:
    try:
        client = engine.connect()
        version = client.version()
        client.close()
        return Finding(subject="container engine", good=True, found=f"answers, version {version['Version']}")
    except EdgecaskError as error:
        return Finding(
            subject="container engine",
            good=False,
            found=(error.details or "no socket found").splitlines()[0],
            remedy="Install Docker (Debian: apt-get install docker.io) or Podman and start it, or set DOCKER_HOST. "
            + (
                "Without one, builds use virtual environments." if is_supported() else "No build runs here without one."
            ),
            required=not is_supported(),
        )


def _container_findings(directories: Directories, *, engine_answers: bool) -> list[Finding]:
    if not engine_answers:
        return []
    base = recorded_base(directories)
    findings = [
        Finding(
            subject="base image",
            good=base is not None or shutil.which("mmdebstrap") is not None,
            found=f"{base['kind']}: {base['reference']}"
            if base
            else f"not made yet; {load_base()['registry']['image']} will be pulled",
            remedy="Where no registry can be reached, mmdebstrap makes it from Debian's archive: "
            "apt-get install mmdebstrap",
        )
    ]
    from docker.errors import ImageNotFound

    client = engine.connect()
    for name in environment_names():
        image = image_name(load_environment(name), image_key(load_environment(name), base))
        try:
            client.images.get(image)
            findings.append(Finding(subject=f"image {name}", good=True, found=image))
        except ImageNotFound:
            findings.append(
                Finding(
                    subject=f"image {name}",
                    good=False,
                    found="made by the first build",
                    remedy="`invoke images` makes it now",
                    made_later=True,
                )
            )
    client.close()
    return findings


def _virtual_environment_findings() -> list[Finding]:
    return [_stage_python(), _isolation()] if is_supported() else []


def _stage_python() -> Finding:
    found = find_python()
    return Finding(
        subject=f"Python {PYTHON_VERSION} for venv",
        good=found is not None,
        found=found or "not found: uv fetches one for the first environment",
        remedy=f"Without network, only --runner=venv needs it: apt-get install python{PYTHON_VERSION}",
        made_later=True,
    )


def _isolation() -> Finding:
    isolation = available_isolation()
    return Finding(
        subject="venv isolation",
        good=isolation.complete,
        limited=isolation.name != "none",
        found=f"{isolation.name}: {isolation.sentence}" if isolation.name != "none" else isolation.sentence,
        remedy=f"{INSTALL}, or use containers for files that you do not trust.",
    )


def _wheels(directories: Directories, name: str) -> Finding:
    pins = load_environment(name).pins()
    _, missing = find_wheels(directories, pins)
    return Finding(
        subject=f"wheels of {name}",
        good=not missing,
        found=f"{len(pins) - len(missing)} of {len(pins)} in the wheelhouse",
        remedy="The first build fetches the rest, by pip with its own configuration.",
        made_later=True,
    )


def _release_weights(directories: Directories) -> Finding:
    path = directories.weights / f"{YOLOV8N_POSE.sha256[:16]}-{YOLOV8N_POSE.name}"
    return Finding(
        subject=YOLOV8N_POSE.name,
        good=path.is_file(),
        found="fetched" if path.is_file() else "fetched by the first build that wants it",
        remedy="--weights=demo needs no network",
        made_later=True,
    )
