"""Where things are for the tests, and what they run in."""

from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
SHARED = REPOSITORY.parent / "shared"


def files_below(folder: Path) -> dict[str, bytes]:
    """What every file below a folder holds, by its path there, sorted."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def differing_files(one: Path, other: Path) -> list[str]:
    """The files that only one of two folders has, or that hold other bytes in each."""
    first, second = files_below(one), files_below(other)
    return sorted(name for name in first.keys() | second.keys() if first.get(name) != second.get(name))


BOTH_RUNNERS = ("venv", pytest.param("docker", marks=pytest.mark.extended))
"""For parametrize: containers are tested in .ci/run, since making the images takes minutes."""
