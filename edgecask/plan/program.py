"""A program: a folder of pipeline/ and the environment it runs in."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from edgecask.directories import bundled
from edgecask.files import sha256_bytes

PIPELINE = bundled("pipeline")
HARNESS = ("__init__.py", "__main__.py", "harness.py", "shared/archives.py", "shared/landlock.py")
"""What every program needs, below `PIPELINE`."""

SCRATCH = "/tmp"
"""Where a program may write; a virtual environment has a folder in its place."""
# Numerical libraries choose their kernels by the CPU, and kernels round otherwise: with these they take the same ones
# on every CPU that has AVX2. No variable tells TensorFlow Lite (float networks are computed by NumPy for that:
# pipeline/shared/float_network.py) and the C library (benchmarks/other_cpu.py looks at all of it).
CPU_PINS: Mapping[str, str] = {
    "OPENBLAS_CORETYPE": "Haswell",
    "ATEN_CPU_CAPABILITY": "avx2",
    "ONEDNN_MAX_CPU_ISA": "AVX2",
    "MKL_CBWR": "COMPATIBLE",
    "NPY_DISABLE_CPU_FEATURES": (
        "AVX512F AVX512CD AVX512_KNL AVX512_KNM AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL AVX512_SPR X86_V4"
    ),
    # Each NumPy warns of those names that it, or the processor, does not have.
    "PYTHONWARNINGS": "ignore:During parsing environment variable:RuntimeWarning",
}
# The same in containers and in virtual environments, so that the same inputs give the same bytes. A result may depend
# on any of them (TensorFlow rounds otherwise with oneDNN), so they are part of its key.
VARIABLES: Mapping[str, str] = {
    "HOME": SCRATCH,
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
    "PYTHONHASHSEED": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONUNBUFFERED": "1",
    "PYTHONNOUSERSITE": "1",
    "CUDA_VISIBLE_DEVICES": "",
    "TF_CPP_MIN_LOG_LEVEL": "2",
    "TF_ENABLE_ONEDNN_OPTS": "0",
    "YOLO_CONFIG_DIR": SCRATCH,
    "YOLO_AUTOINSTALL": "false",
    "YOLO_OFFLINE": "true",
    **CPU_PINS,
}
UNPINNED = ("train", "validate")
"""Programs that take all of the processor, for whose results no bytes are promised."""
NO_GPUS = "CUDA_VISIBLE_DEVICES"

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
        return dict(self._contents().files)

    @property
    def variables(self) -> dict[str, str]:
        """The environment variables it runs with; each runner adds where its folders are."""
        left_out = {*((NO_GPUS,) if self.gpus else ()), *(CPU_PINS if self.name in UNPINNED else ())}
        return {name: value for name, value in VARIABLES.items() if name not in left_out}

    def digests(self) -> dict[str, str]:
        """The sha256 of each of its files, by its path below pipeline/."""
        return dict(self._contents().digests)

    def _contents(self) -> _Contents:
        """What it consists of; read again when a file has been written since. A matrix asks thousands of times."""
        remembered = _remembered.get((PIPELINE, self.name))
        if remembered is not None and remembered.identities == _identities(remembered.files.values()):
            return remembered
        found: dict[Path, bytes] = {}
        waiting = [*(PIPELINE / name for name in HARNESS), PIPELINE / self.name / f"{self.name}.py"]
        identities = []
        while waiting:
            path = waiting.pop()
            if path not in found:
                identities.append(_identity(path))  # before it is read: what is written in between is read again
                found[path] = path.read_bytes()
                waiting += _imported(found[path].decode("utf-8"))
        files = {path.relative_to(PIPELINE).as_posix(): path for path in sorted(found)}
        contents = _Contents(
            files=files,
            digests={name: sha256_bytes(found[path]) for name, path in files.items()},
            identities=_identities(files.values()),
        )
        if contents.identities is not None and set(contents.identities) == set(identities):
            _remembered[PIPELINE, self.name] = contents
        return contents


Identity = tuple[int, int, int, int]


@dataclass(frozen=True, kw_only=True)
class _Contents:
    """The files of a program by path below pipeline/, their digests, and what tells that none was written since."""

    files: Mapping[str, Path]
    digests: Mapping[str, str]
    identities: Sequence[Identity] | None


_remembered: dict[tuple[Path, str], _Contents] = {}
SETTLED_SECONDS = 2
"""A file that was written more lately may be written again without its time telling."""


def _identity(path: Path) -> Identity:
    found = path.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _identities(paths: Iterable[Path]) -> list[Identity] | None:
    """What tells whether files are as they were; None where one is gone, or was written just now."""
    try:
        found = [_identity(path) for path in paths]
    except FileNotFoundError:
        return None
    settled = (time.time() - SETTLED_SECONDS) * 1e9
    return found if all(max(each[2:]) < settled for each in found) else None


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
