"""Folders with data sets that edgecask makes: whole or not at all, and never over something else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edgecask.errors import StorageError, UsageError
from edgecask.exchange import put_in_place
from edgecask.files import naming, open_regular
from edgecask.store.temporary import sweep, temporary_folder

DESCRIPTION = "data.yaml"


def refuse_occupied(output: Path, *marks: str) -> None:
    """Raise UsageError where `output` holds something else than a data set whose data.yaml begins with one of these."""
    if not output.exists() or any(_begins_with(output / DESCRIPTION, mark) for mark in marks):
        return
    if not output.is_dir() or any(output.iterdir()):
        raise UsageError(
            f"{output} exists and holds something else than a data set made by this command.",
            advice="Choose another --output, or remove it.",
        )


@contextmanager
def replacing(output: Path, *marks: str) -> Iterator[Path]:
    """A new folder that takes the place of `output` when all went well; an earlier data set there is removed then."""
    refuse_occupied(output, *marks)
    output.parent.mkdir(parents=True, exist_ok=True)
    sweep([output.parent])
    with naming(output), temporary_folder(output.parent, hidden=True) as temporary:
        fresh = temporary / "new"
        fresh.mkdir()
        yield fresh
        put_in_place(fresh, output)


def _begins_with(path: Path, mark: str) -> bool:
    try:
        with open_regular(path) as stream:
            return stream.read(len(mark.encode())) == mark.encode()
    except (OSError, StorageError):
        return False
