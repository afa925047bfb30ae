"""How long it takes to make every environment from a warm wheelhouse, and how large they are.

    .venv/bin/python benchmarks/environment_time.py [--runner=venv]

Wheels are fetched before the clock starts. Everything is made anew beside what is in use, in folders and under image
names of its own, without uv's cache, and removed at the end. Printed for each environment: the time,
the size, for an image what of it is its own (the rest it shares with what it stands on), and its largest packages.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))

from edgecask.directories import Directories, user_directories
from edgecask.runner.container import base_image
from edgecask.runner.container.engine import connect
from edgecask.runner.container.images import build_image, image_key
from edgecask.runner.environments.environment import Environment, environment_names, load_environment
from edgecask.runner.environments.wheelhouse import fetch
from edgecask.runner.venv import VirtualEnvironmentRunner

if TYPE_CHECKING:
    from docker import DockerClient

IMAGES = "edgecask-benchmark"
LARGEST = 3


@dataclass(frozen=True, kw_only=True)
class Made:
    """An environment that was made: seconds, bytes, and what of these nothing else holds."""

    name: str
    seconds: float
    size: int
    own: int
    packages: str = ""


def clock(function: Callable[[], object]) -> float:
    """Seconds that `function` takes."""
    started = time.perf_counter()
    function()
    return time.perf_counter() - started


def size_of(folder: Path) -> int:
    """Bytes of the files below a folder; links are not followed."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_dir())


def largest_packages(folder: Path) -> str:
    """The packages of a virtual environment that take most, with their megabytes."""
    sizes = {}
    (packages,) = folder.glob("lib/python*/site-packages")
    for distribution in importlib.metadata.distributions(path=[str(packages)]):
        files = [Path(str(file.locate())) for file in distribution.files or []]
        sizes[distribution.metadata["Name"]] = sum(file.lstat().st_size for file in files if file.exists())
    most = sorted(sizes, key=lambda name: -sizes[name])[:LARGEST]
    return ", ".join(f"{name} {sizes[name] / 1e6:,.0f}" for name in most)


@contextmanager
def own_directories() -> Iterator[Directories]:
    """Folders beside the user's, with the user's wheels, which are all there."""
    user = user_directories()
    for name in environment_names():
        fetch(user, load_environment(name).lock)
    user.environments.mkdir(parents=True, exist_ok=True)
    # Beside the environments in use: the same file system, as for a user.
    with tempfile.TemporaryDirectory(prefix="benchmark-", dir=user.home) as temporary:
        home = Path(temporary)
        (home / "wheelhouse").symlink_to(user.wheelhouse)
        os.environ["UV_CACHE_DIR"] = str(home / "uv")
        yield Directories(home=home, store=home / "store")


def make_virtual_environments(directories: Directories) -> Iterator[Made]:
    """Every virtual environment."""
    runner = VirtualEnvironmentRunner(directories)
    for name in environment_names():
        environment = load_environment(name)
        seconds = clock(lambda environment=environment: runner.prepare(environment, lambda line: None))  # type: ignore[misc]
        folder = runner._folder(environment)
        size = size_of(folder)
        yield Made(name=name, seconds=seconds, size=size, own=size, packages=largest_packages(folder))


def make_images(directories: Directories, client: DockerClient) -> Iterator[Made]:
    """The base image, then every image, parents first."""
    base_image.REPOSITORY = f"{IMAGES}/base"
    seconds = clock(lambda: base_image.ensure_base(directories, client, lambda line: None))
    base = base_image.recorded_base(directories)
    assert base is not None
    size = int(client.images.get(base["reference"]).attrs["Size"])
    yield Made(name="base", seconds=seconds, size=size, own=size)

    def tag(environment: Environment) -> str:
        return f"{IMAGES}/{environment.name}:latest"

    for environment in sorted(map(load_environment, environment_names()), key=lambda found: found.parent is not None):
        standing_on = tag(environment.parent) if environment.parent is not None else base["reference"]
        seconds = clock(
            lambda environment=environment, standing_on=standing_on: build_image(  # type: ignore[misc]
                directories, client, environment, standing_on, name=tag(environment),
                key=image_key(environment, base), say=lambda line: None,
            )
        )  # fmt: skip
        size = int(client.images.get(tag(environment)).attrs["Size"])
        own = size - int(client.images.get(standing_on).attrs["Size"])
        yield Made(name=environment.name, seconds=seconds, size=size, own=own)


def remove_images(client: DockerClient) -> None:
    """Everything that make_images made."""
    tags = [tag for image in client.images.list() for tag in image.tags if tag.startswith(f"{IMAGES}/")]
    for tag in tags:
        client.images.remove(tag, force=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runner", choices=("venv", "docker"), default="venv")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that it also cleans up then
    with own_directories() as directories:
        if options.runner == "venv":
            made = list(make_virtual_environments(directories))
        else:
            client = connect()
            try:
                made = list(make_images(directories, client))
            finally:
                remove_images(client)
    print("| environment | made in | size | its own | largest packages (MB) |\n|---|---|---|---|---|")
    for row in made:
        sizes = f"{row.size / 1e6:,.0f} MB | {row.own / 1e6:,.0f} MB"
        print(f"| {row.name} | {row.seconds:.0f} s | {sizes} | {row.packages} |")
    total, own = sum(row.seconds for row in made), sum(row.own for row in made)
    print(f"| all | {total:.0f} s | | {own / 1e6:,.0f} MB | |")


if __name__ == "__main__":
    main()
