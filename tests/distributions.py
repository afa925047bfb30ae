"""The wheel and the sdist, built from the clone as its release does, without the network."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from locations import REPOSITORY


def tracked_files() -> list[str]:
    """What the clone consists of: the files that git knows and those it would, by path."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=REPOSITORY, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    return sorted(name for name in listed.splitlines() if (REPOSITORY / name).is_file())


def build(kind: str, destination: Path, *, source: Path = REPOSITORY) -> Path:
    """Build a `wheel` or an `sdist` of `source` into `destination`."""
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", kind, "--directory", destination],
        cwd=source, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (made,) = destination.glob("*.whl" if kind == "wheel" else "*.tar.gz")
    return made
