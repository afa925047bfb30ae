"""Where things are: what edgecask brings along, and what it keeps, all of that below one folder of the user's cache."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
REPOSITORY = PACKAGE.parent
"""The clone's folder; where edgecask was installed it means nothing: see is_installed."""


def is_installed(package: Path = PACKAGE) -> bool:
    """Whether this edgecask came out of a wheel: then the folders that stand beside it in a clone are inside it."""
    return (package / "pipeline").is_dir()


def bundled(name: str, package: Path = PACKAGE) -> Path:
    """The folder `name` that edgecask brings along: pipeline, docker, targets or models.

    In a clone they stand beside the package. A wheel holds them below it, since as folders of their own in
    site-packages they would shadow others: `docker` is the name of the engine's SDK.
    """
    return (package if is_installed(package) else package.parent) / name


@dataclass(frozen=True, kw_only=True)
class Directories:
    """The folders of one user; `EDGECASK_HOME` moves all of them, `EDGECASK_STORE` the results alone."""

    home: Path
    store: Path

    @property
    def wheelhouse(self) -> Path:
        """Wheels as downloaded, shared by all environments."""
        return self.home / "wheelhouse"

    @property
    def environments(self) -> Path:
        """Virtual environments, one folder for each environment key."""
        return self.home / "environments"

    @property
    def pythons(self) -> Path:
        """Pythons that uv fetched, where the machine has none of the version that environments need."""
        return self.home / "python"

    @property
    def weights(self) -> Path:
        """Checkpoints fetched from a release."""
        return self.home / "weights"

    @property
    def base_images(self) -> Path:
        """Records of the base images in use."""
        return self.home / "base"

    @property
    def templates(self) -> Path:
        """Templates of pages, compiled."""
        return self.home / "templates"

    @property
    def timings(self) -> Path:
        """How long stages took."""
        return self.home / "timings"

    @property
    def locks(self) -> Path:
        """Lock files of builds that run at the same time."""
        return self.home / "locks"


LOCK_DIGITS = 3
"""Of a digest in a lock's name: what shares a lock waits for each other, and lock files are 4,096 of a kind at most.

Where nobody may wait, see claim."""


@contextmanager
def lock(directories: Directories, name: str) -> Iterator[None]:
    """Hold the lock `name` against every other edgecask process of this user, waiting for it as long as it takes."""
    from filelock import FileLock  # not at the top: `invoke --list` should not pay for it

    directories.locks.mkdir(parents=True, exist_ok=True)
    with FileLock(directories.locks / f"{name}.lock"):
        yield


@contextmanager
def claim(directories: Directories, kind: str, name: str) -> Iterator[None]:
    """Hold the lock `kind`-`name`, of which there may be any number: its file goes when it is let go of.

    Waits for nobody: raises filelock.Timeout where another process holds it.
    """
    from filelock import FileLock

    path = directories.locks / f"{kind}-{name}.lock"
    claimed = FileLock(path)
    # Whoever opens or removes such a file holds the lock of its kind, so that nobody locks one that is being removed.
    with lock(directories, kind):
        claimed.acquire(timeout=0)
    try:
        yield
    finally:
        with lock(directories, kind):
            claimed.release()
            path.unlink(missing_ok=True)


def user_directories() -> Directories:
    """The folders for this process, from the environment variables or the platform's cache folder."""
    configured = os.environ.get("EDGECASK_HOME")
    if configured:
        home = Path(configured).expanduser().resolve()
    else:
        from platformdirs import user_cache_path

        home = user_cache_path("edgecask")
    store = os.environ.get("EDGECASK_STORE")
    return Directories(home=home, store=Path(store).expanduser().resolve() if store else home / "store")
