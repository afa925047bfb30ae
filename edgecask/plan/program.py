"""A program: a folder of pipeline/ and the environment it runs in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from edgecask.directories import bundled
from edgecask.files import sha256_bytes

PIPELINE = bundled("pipeline")
HARNESS = ("__init__.py", "__main__.py", "harness.py")
"""What every program needs, below `PIPELINE`."""

_IMPORT = re.compile(r"^\s*from (pipeline(?:\.\w+)*) import (\([^)]*\)|[^\n(]*)", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Program:
    """`python -m pipeline NAME` in the environment of docker/ENVIRONMENT: it calls `run` of pipeline/NAME/NAME.py.

    With `gpus` it sees the engine's GPUs.
    """

    name: str
    environment: str
    gpus: bool = False

    @property
    def files(self) -> dict[str, Path]:
        """What it consists of, by path below pipeline/: its own file and all that it imports there, directly or not."""
        found: set[Path] = set()
        waiting = [*(PIPELINE / name for name in HARNESS), PIPELINE / self.name / f"{self.name}.py"]
        while waiting:
            path = waiting.pop()
            if path not in found:
                found.add(path)
                waiting += _imported(path.read_text())
        return {path.relative_to(PIPELINE).as_posix(): path for path in sorted(found)}

    def digests(self) -> dict[str, str]:
        """The sha256 of each of its files, by its path below pipeline/."""
        return {name: sha256_bytes(path.read_bytes()) for name, path in self.files.items()}


def _imported(text: str) -> list[Path]:
    """The files that a program's text names in `from pipeline… import …`, the only form used there."""
    paths = []
    for module, names in _IMPORT.findall(text):
        place = PIPELINE.joinpath(*module.split(".")[1:])
        if place.is_dir():
            words = [name.split()[0] for name in names.strip("()").split(",") if name.strip()]
            paths += [place / f"{word}.py" for word in words]
        else:
            paths.append(place.with_suffix(".py"))
    return paths
