"""`invoke clean`: remove what edgecask made, and only that."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from edgecask.directories import Directories
from edgecask.errors import EngineError
from edgecask.runner.container import engine
from edgecask.runner.container.base_image import REPOSITORY as BASE_REPOSITORY
from edgecask.runner.container.images import LABEL


def _size(folder: Path) -> int:
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def _remove(folder: Path) -> Iterator[str]:
    if folder.is_dir():
        size = _size(folder)
        shutil.rmtree(folder)
        yield f"removed {folder} ({size / 1e6:.0f} MB)"


def remove_results(directories: Directories) -> Iterator[str]:
    """Remove the store's results; environments, images and wheels stay."""
    for name in ("blobs", "results", "temporary"):
        yield from _remove(directories.store / name)


def remove_all(directories: Directories) -> Iterator[str]:
    """Remove results, environments, wheels, fetched weights and images."""
    yield from remove_results(directories)
    for folder in (
        directories.environments,
        directories.wheelhouse,
        directories.weights,
        directories.base_images,
        directories.locks,
    ):
        yield from _remove(folder)
    yield from _remove_images()


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
