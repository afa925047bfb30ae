"""Firmware families: what a vendor's firmware asks of a model beside target.toml, and what its own tools want.

A family is one module here and one line in FAMILIES; a target names it (`family = "sscma"`) and fills in its [vendor]
table. Nothing outside this folder asks which family a target is of.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Protocol

from edgecask.errors import TargetError
from edgecask.firmware import camthink, himax, nuvoton, openmv, sscma, st
from edgecask.firmware.commands import Command
from edgecask.target.model_file import ModelFile
from edgecask.target.package_tables import Manifest
from edgecask.target.rules import Row
from edgecask.target.tables import Strict
from edgecask.target.target import Target


class Family(Protocol):
    """What differs between vendors; `vendor_table` is the type of target.toml's [vendor].

    `time_note` says who tells the time of a model that is not compiled for an NPU here.
    """

    vendor_table: type[Strict]
    time_note: str

    def rows(self, model: ModelFile, target: Target) -> Iterable[Row]:
        """The rules that only this family has, for one file."""
        ...

    def claimed_granularity(self, file_name: str) -> str | None:
        """What the vendor's naming says of the weights ("per-tensor" or "per-channel"); None where it says nothing."""
        ...

    def model_name(self, target: Target, *, stem: str, image_size: int) -> str:
        """The model's file name in a package; `stem` is that of the weights, `image_size` in pixels."""
        ...

    def operator_counts(self, operators: int) -> dict[str, int]:
        """The manifest's metrics for a model of so many operators that is not compiled here."""
        ...

    def package_files(self, target: Target, manifest: Manifest, model: bytes) -> dict[str, bytes]:
        """What the vendor's tools want beside the model, by file name."""
        ...

    def remarks(self, target: Target, manifest: Manifest, model: bytes) -> Iterable[str]:
        """What the user has to know of the files for the vendor's tools, one line each."""
        ...

    def note_of_file(self, path: Path, model: bytes) -> str | None:
        """What the board is told of any file, with what lies beside it; None where it is told nothing."""
        ...

    def note(self, files: Mapping[str, bytes]) -> str | None:
        """What the board is told of the package's model, from those files; None where it is told nothing."""
        ...

    def commands(self, target: Target, model_file: str) -> tuple[Command, ...]:
        """What to type in the package's folder before the model can be flashed."""
        ...

    def run_tools(self, target: Target, folder: Path, model_file: str) -> None:
        """Run what the package's files are for, where it is installed; raises StageError where it fails."""
        ...


FAMILIES: Mapping[str, Family] = {
    "camthink": camthink.Camthink(),
    "himax": himax.Himax(),
    "nuvoton": nuvoton.Nuvoton(),
    "openmv": openmv.Openmv(),
    "sscma": sscma.Sscma(),
    "st": st.St(),
}


def family_of(target: Target) -> Family:
    """The target's family; raises TargetError where there is none of that name or [vendor] is not what it wants."""
    family = FAMILIES.get(target.family)
    if family is None:
        raise TargetError(
            f"{target.folder}/target.toml is not valid: there is no firmware family {target.family!r}.",
            advice=f"`family` has to be one of {', '.join(FAMILIES)}.",
        )
    target.vendor_as(family.vendor_table)
    return family


def family_rows(model: ModelFile, target: Target) -> tuple[Row, ...]:
    """The rows that the target's family adds to a check (edgecask/target/contract.py)."""
    return tuple(family_of(target).rows(model, target))
