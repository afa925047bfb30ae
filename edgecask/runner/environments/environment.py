"""An environment: what one folder of docker/ pins, and how it becomes something that stages run in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from edgecask.directories import bundled
from edgecask.errors import EnvironmentBuildError
from edgecask.files import sha256_file

DOCKER = bundled("docker")
PYTHON_VERSION = "3.11"
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


@dataclass(frozen=True, kw_only=True)
class Pin:
    """One package of a lock: its version and the sha256 of every file that may stand for it."""

    name: str
    version: str
    hashes: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Environment:
    """One folder of docker/ with its hash-locked requirements.txt."""

    name: str
    lock: Path

    @property
    def lock_sha256(self) -> str:
        """The sha256 of the lock: two environments with the same lock hold the same packages."""
        return sha256_file(self.lock)

    @property
    def parent(self) -> Environment | None:
        """The environment whose image this one's stands on: docker/NAME/parent names it; all its pins are here, too."""
        named = self.lock.parent / "parent"
        return load_environment(named.read_text(encoding="utf-8").strip()) if named.is_file() else None

    def added_lock(self) -> str:
        """The part of the lock that the parent's does not have."""
        inherited = {(pin.name, pin.version) for pin in self.parent.pins()} if self.parent is not None else set()
        text = self.lock.read_text(encoding="utf-8")
        starts = [*_PIN.finditer(text)]
        ends = [*(start.start() for start in starts[1:]), len(text)]
        return "".join(
            text[start.start() : end]
            for start, end in zip(starts, ends, strict=True)
            if (start[1], start[2]) not in inherited
        )

    def pins(self) -> list[Pin]:
        """What the lock pins, in its own order; raises EnvironmentBuildError for a package without a hash."""
        return read_lock(self.lock)


def read_lock(path: Path) -> list[Pin]:
    """The pins of a requirements.txt made by `invoke lock`."""
    text = path.read_text(encoding="utf-8")
    starts = list(_PIN.finditer(text))
    pins = []
    for index, start in enumerate(starts):
        end = starts[index + 1].start() if index + 1 < len(starts) else len(text)
        hashes = frozenset(_HASH.findall(text, start.end(), end))
        if not hashes:
            raise EnvironmentBuildError(
                f"{path}: {start[1]} is pinned without a hash.", advice="Run `invoke lock` to make the lock again."
            )
        pins.append(Pin(name=start[1], version=start[2], hashes=hashes))
    return pins


def environment_names(*, on_demand: bool = False) -> list[str]:
    """All environments, sorted: the folders of docker/ that have requirements.

    Those with a file `on-demand` are too large to be made before they are asked for, and only named with `on_demand`.
    """
    folders = [path.parent for path in DOCKER.glob("*/requirements.in")]
    return sorted(folder.name for folder in folders if on_demand or not (folder / "on-demand").exists())


def load_environment(name: str) -> Environment:
    """The environment `name`; raises EnvironmentBuildError where it has no lock."""
    lock = DOCKER / name / "requirements.txt"
    if not lock.is_file():
        raise EnvironmentBuildError(f"{lock} is missing.", advice="Run `invoke lock` to make it.")
    return Environment(name=name, lock=lock)
