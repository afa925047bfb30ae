"""An app that is told nothing about its model and comes with no tools: what its family says where it has no more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from edgecask.firmware.commands import Command
from edgecask.target.model_file import ModelFile
from edgecask.target.package_tables import Manifest
from edgecask.target.rules import Row, judge
from edgecask.target.tables import Strict
from edgecask.target.target import Target

SCHEMA_VERSION = 3
"""TFLITE_SCHEMA_VERSION of TensorFlow Lite for Microcontrollers."""


class NoVendorTable(Strict, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """There is nothing to say in [vendor]."""


class Plain:
    """See edgecask.firmware.family.Family."""

    vendor_table: type[Strict] = NoVendorTable
    time_note = "Vela estimates the time of a model for this device."

    def rows(self, model: ModelFile, target: Target) -> Iterator[Row]:
        """The version of TensorFlow Lite's schema that the file is written in, as TFLite Micro's examples ask."""
        advice = "The app says that the version is not supported, and runs nothing."
        found = model.schema_version
        yield judge("schema version", found == SCHEMA_VERSION, found, SCHEMA_VERSION, advice)

    def claimed_granularity(self, file_name: str) -> str | None:
        """Names say nothing of it."""
        return None

    def model_name(self, target: Target, *, stem: str, image_size: int) -> str:
        """The name that the app looks for, or one name for all."""
        return target.flash.file_name or "model.tflite"

    def operator_counts(self, operators: int) -> dict[str, int]:
        """What is not compiled stays on the CPU."""
        return {"npu_ops": 0, "cpu_ops": operators}

    def package_files(self, target: Target, manifest: Manifest, model: bytes) -> dict[str, bytes]:
        """None: the app is told nothing about its model."""
        return {}

    def remarks(self, target: Target, manifest: Manifest, model: bytes) -> tuple[str, ...]:
        """Nothing."""
        return ()

    def note_of_file(self, path: Path, model: bytes) -> str | None:
        """None, for the same reason."""
        return None

    def note(self, files: Mapping[str, bytes]) -> str | None:
        """None: the app is told nothing."""
        return None

    def commands(self, target: Target, model_file: str) -> tuple[Command, ...]:
        """None: the model goes to the board as it is."""
        return ()

    def run_tools(self, target: Target, folder: Path, model_file: str) -> None:
        """There are none to run."""
