"""`edgecask clean`: remove what edgecask made, and only that.

EDGECASK_HOME and EDGECASK_STORE may name folders in which other things lie, and dist/ is anybody's: what goes is told
by its name, as edgecask gives names, or by its manifest.
"""

from __future__ import annotations

import contextlib
import re
import tempfile
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from edgecask.common_options import PackagesOption
from edgecask.directories import Directories, is_installed, user_directories
from edgecask.errors import EngineError, StorageError, UsageError
from edgecask.files import TEMPORARY, discard
from edgecask.options import option
from edgecask.package.manifest import read_manifest
from edgecask.package.own_files import remove_own
from edgecask.package.package import leftovers
from edgecask.runner.container import engine
from edgecask.runner.container.base_image import REPOSITORY as BASE_REPOSITORY
from edgecask.runner.container.images import LABEL
from edgecask.store.at_once import at_once
from edgecask.store.garbage import Collected, collect_garbage
from edgecask.store.in_use import alone
from edgecask.store.shared import URL, remote_settings
from edgecask.store.store import Store
from edgecask.store.temporary import NAME, sweep
from edgecask.target.target import target_names
from edgecask.wording import shown

HALF = rf"tmp\w{{8}}|{NAME.pattern}|\..*{re.escape(TEMPORARY)}"
"""What a killed process leaves: a folder of Python's tempfile, or a file that is not yet whole."""
SECONDS = {"h": 3600, "d": 24 * 3600}
BYTES = {"MB": 10**6, "GB": 10**9, "TB": 10**12}
TOLD_EVERY = 10_000
"""Files: some seconds."""
LOCK = r".+\.lock"
BY_DIGEST = r"[0-9a-f]{2}/[0-9a-f]{64}"


@dataclass(frozen=True, kw_only=True)
class Clean(PackagesOption):
    """How much is removed."""

    everything: bool = option(False, help="also environments, images, wheels and fetched weights")
    older_than: str | None = option(
        None,
        help="leave packages and results alone that were of use in this time: 30d, or 12h",
        placeholder="TIME",
        pattern=r"[0-9]{1,6}[dh]",
        expected="a number of days or hours",
        example="30d",
    )
    max_size: str | None = option(
        None,
        help="leave packages alone and the latest results, as many as take up to this size: 10GB, or 500MB",
        placeholder="SIZE",
        pattern=r"[0-9]{1,6}[MGT]B",
        expected="a size in MB, GB or TB",
        example="10GB",
    )

    shared: bool = option(
        False,
        help="clean the store that machines share instead, by --older-than or --max-size; what is of today stays",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.shared and not (self.older_than or self.max_size):
            raise UsageError("--shared needs --older-than or --max-size.", advice="Write --shared --older-than=90d.")
        if self.everything and (self.older_than or self.max_size):
            raise UsageError("--everything keeps nothing.", advice="Leave out --older-than and --max-size.")


REQUEST = Clean


def run(request: Clean) -> None:
    """Remove it, and say what was removed."""
    from edgecask.cli.project import Project

    directories = user_directories()
    if request.older_than or request.max_size:
        collected = collect_shared if request.shared else partial(collect, directories)
        print(collected(older_than=request.older_than, max_size=request.max_size))
        return
    own = [folder.name for folder in Project(folder=Path.cwd()).own_targets()]
    targets = sorted({*target_names(), *own})
    for line in clean(directories, request.output, everything=request.everything, targets=targets):
        print(shown(line), flush=True)
    if request.everything:
        _remove_empty(directories)
        if is_installed():
            print("what is left is the command itself: uv tool uninstall edgecask, or pip uninstall edgecask")


def _remove_empty(directories: Directories) -> None:
    """Remove the folders that held it all; those that the user keeps something in stay."""
    for folder in (directories.store, directories.home):
        with contextlib.suppress(OSError):
            folder.rmdir()


def collect(directories: Directories, *, older_than: str | None, max_size: str | None) -> str:
    """Remove what was long of no use, or is too much, from the store alone; a line that says what."""
    with alone(directories, leaving=False):
        Removal().locks(directories)
        collected = collect_garbage(
            Store(directories.store), now=time.time(), max_age=_seconds(older_than), max_size=_bytes(max_size),
            tell=_tell,
        )  # fmt: skip
    return _told(collected)


def _tell(what: str, done: int, total: int) -> None:
    if done and done % TOLD_EVERY == 0:
        print(progress_line(what, done, total), flush=True)


def collect_shared(*, older_than: str | None, max_size: str | None) -> str:
    """The same in the store that machines share; raises UsageError where the settings name none, StorageError."""
    from edgecask.store.remote import Remote
    from edgecask.store.remote_garbage import collect_remote_garbage

    settings = remote_settings()
    if not settings.url:
        raise UsageError("There is no shared store.", advice=f"Set {URL} to its address.")
    remote = Remote(settings, warn=lambda text: None)
    return _told(
        collect_remote_garbage(remote, now=time.time(), max_age=_seconds(older_than), max_size=_bytes(max_size))
    )


def _seconds(text: str | None) -> int | None:
    return int(text[:-1]) * SECONDS[text[-1]] if text else None


def _bytes(text: str | None) -> int | None:
    return int(text[:-2]) * BYTES[text[-2:]] if text else None


def _told(collected: Collected) -> str:
    return f"removed {collected.results} results and {collected.files} files ({collected.size / 1e6:.0f} MB)"


def clean(directories: Directories, dist: Path, *, everything: bool, targets: Collection[str]) -> Iterator[str]:
    """Remove results and the packages of `targets` in `dist`, and with `everything` what environments are made from.

    Yields a line for each thing. What cannot be removed does not keep the rest; raises StorageError for it at the end,
    and at once where another command is at work.
    """
    with alone(directories, leaving=everything):
        removal = Removal()
        store = directories.store
        yield from removal.named(store / "blobs", BY_DIGEST)
        yield from removal.named(store / "results", BY_DIGEST)
        yield from removal.named(store / "last", BY_DIGEST)
        yield from removal.named(store / "temporary", HALF)
        sweep([Path(tempfile.gettempdir())])
        removal.locks(directories)
        yield from removal.packages(dist, targets)
        if everything:
            yield from removal.named(directories.environments, rf".+-[0-9a-f]{{16}}|{HALF}")
            yield from removal.named(directories.pythons, r"cpython-.+|\.(gitignore|lock|temp)")
            yield from removal.named(directories.wheelhouse, rf".+\.whl|{HALF}")
            yield from removal.named(directories.weights, rf"[0-9a-f]{{16}}-.+|{HALF}")
            yield from removal.named(directories.base_images, rf"[0-9a-f]{{16}}\.(json|tmp)|{HALF}")
            yield from removal.named(directories.templates, r"__jinja2_.+")
            yield from removal.named(directories.timings, r"seconds\.json")
            yield from removal.named(directories.locks, LOCK)
            yield from _remove_images()
        if removal.failures:
            raise StorageError(
                f"{removal.failures[0]} could not be removed, and {len(removal.failures) - 1} more."
                if len(removal.failures) > 1
                else f"{removal.failures[0]} could not be removed.",
                advice="Check the permissions, and clean again.",
            )


@dataclass
class Removal:
    """Removes, and remembers what it could not."""

    failures: list[str] = field(default_factory=list)

    def named(self, folder: Path, pattern: str) -> Iterator[str]:
        """Remove what has such a path below a folder, and the folder where it is empty then."""
        depth = "*/*" if "/" in pattern else "*"
        size = 0
        found = [path for path in folder.glob(depth) if re.fullmatch(pattern, path.relative_to(folder).as_posix())]
        for number, (freed, failure) in enumerate(at_once(_removed, found), 1):
            if number % TOLD_EVERY == 0:
                yield progress_line(f"removing {folder}", number, len(found))
            size += freed
            self.failures += failure
        for parent in [*sorted({path.parent for path in found} - {folder}), folder]:
            with contextlib.suppress(OSError):
                parent.rmdir()
        if found:
            yield f"removed {folder} ({size / 1e6:.0f} MB)"
        if folder.is_dir() and any(folder.iterdir()):
            yield f"left {folder}: it holds what is not edgecask's"

    def locks(self, directories: Directories) -> None:
        """Remove the lock files of commands that were killed; only who is alone in the folders knows that all are."""
        for _ in self.named(directories.locks, LOCK):
            pass  # nobody misses them

    def packages(self, dist: Path, targets: Collection[str]) -> Iterator[str]:
        """Remove packages under the names of their targets; a link is the user's, and so is what it leads to."""
        for name in targets:
            folder = dist / name
            for leftover in leftovers(folder):
                if leftover.is_dir() or leftover.is_symlink():
                    self.failures += _removed(leftover)[1]
            if folder.is_symlink():
                yield f"left {folder}: it is a link"
            elif (manifest := read_manifest(folder, target=name)) is not None:
                with _remembering(folder, self.failures):
                    gone = remove_own(folder, manifest)
                    yield f"removed {folder}" if gone else f"left {folder}: it holds what is not edgecask's"
            elif folder.is_dir():
                yield f"left {folder}: it is not a package of edgecask"


def _removed(path: Path) -> tuple[int, list[str]]:
    """Remove it; how many bytes it had, and what could not be removed."""
    size = 0
    with contextlib.suppress(OSError):
        size = _size(path)
    failures: list[str] = []
    with _remembering(path, failures):
        discard(path)
    return size, failures


@contextlib.contextmanager
def _remembering(path: Path, failures: list[str]) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        failures.append(f"{error.filename or path} ({error.strerror})")


def _size(path: Path) -> int:
    """Bytes of a file, or of all files in a folder; links count as nothing."""
    if path.is_symlink():
        return 0
    if path.is_dir():
        return sum(_size(below) for below in path.iterdir())
    return path.lstat().st_size


def progress_line(what: str, done: int, total: int) -> str:
    """How far it is, for stores of very many results."""
    return f"{what}: {done:,} of {total:,}"


def _remove_images() -> Iterator[str]:
    try:
        client = engine.connect()
    except EngineError:
        return
    from docker.errors import APIError

    images = [*client.images.list(filters={"label": LABEL}), *client.images.list(name=BASE_REPOSITORY)]
    for image in [*images, *images]:  # again: an image that another one stands on goes after it
        for tag in image.tags:
            # An image in use by a build that runs stays.
            with contextlib.suppress(APIError):
                client.images.remove(tag)
                yield f"removed the image {tag}"
    client.close()
