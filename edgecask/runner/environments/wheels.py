"""docker/wheels.json: which file stands for each pin on x86-64, with its sha256 and its licence, made by `invoke lock`.

A lock names every file of a release; an environment is made of these, so that two machines never install two builds of
one release, and a package can say what it was made with.
"""

from __future__ import annotations

import functools
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import replace
from email.parser import HeaderParser
from pathlib import Path

import msgspec

from edgecask.files import readable_json, sha256_file, write_whole
from edgecask.runner.environments.environment import DOCKER, Pin

WHEELS = DOCKER / "wheels.json"
MAX_LICENCE = 80
"""Characters; some projects put the whole text of their licence where its name belongs."""
OSI = "OSI Approved :: "


class Wheel(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a package index. `licence` is as its metadata say it, an SPDX expression where they have one, or ""."""

    file: str
    sha256: str
    licence: str


@functools.cache
def known_wheels(path: Path = WHEELS) -> Mapping[str, Wheel]:
    """The wheels by `NAME==VERSION`; none where no lock has been made yet."""
    return msgspec.json.decode(path.read_bytes(), type=dict[str, Wheel]) if path.is_file() else {}


def chosen(pins: Iterable[Pin]) -> list[Pin]:
    """The pins with the one sha256 that the table names; as they are where it does not know them."""
    table = known_wheels()
    narrowed = []
    for pin in pins:
        wheel = table.get(f"{pin.name}=={pin.version}")
        known = wheel is not None and wheel.sha256 in pin.hashes
        narrowed.append(replace(pin, hashes=frozenset({wheel.sha256})) if wheel is not None and known else pin)
    return narrowed


def write_wheels(paths: Iterable[Path], path: Path = WHEELS) -> Path:
    """Write the table of these wheels."""
    table = {}
    for wheel in paths:
        name, version, licence = _said_by(wheel)
        table[f"{name}=={version}"] = {"file": wheel.name, "sha256": sha256_file(wheel), "licence": licence}
    write_whole(path, readable_json(table))
    known_wheels.cache_clear()
    return path


def _said_by(wheel: Path) -> tuple[str, str, str]:
    """Name as locks spell it, version and licence in a wheel's metadata (core metadata 2.4, PEP 639 and before)."""
    with zipfile.ZipFile(wheel) as archive:
        member = next(
            name for name in archive.namelist() if name.endswith(".dist-info/METADATA") and name.count("/") == 1
        )
        found = HeaderParser().parsestr(archive.read(member).decode("utf-8", "replace"))
    classifiers = [
        line.removeprefix("License :: ").removeprefix(OSI)
        for line in found.get_all("Classifier", [])
        if line.startswith("License :: ")
    ]
    named = str(found["License"] or "").strip()
    short = named if named and len(named) <= MAX_LICENCE and "\n" not in named else ""
    licence = str(found["License-Expression"] or "") or short or "; ".join(sorted(classifiers))
    return _as_locks_spell(str(found["Name"])), str(found["Version"]), licence


def _as_locks_spell(name: str) -> str:
    """A package's name as uv writes it (PEP 503)."""
    return name.lower().replace("_", "-").replace(".", "-")
