"""Seeed's firmware, SSCMA-Micro 1.0.x: what its decoders ask of a file, and what Seeed's tools want beside it.

Those are the catalogue entry of their web tool and the AT+INFO line.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from edgecask.errors import ContractError, EdgecaskError
from edgecask.files import read_bounded, readable_json, sha256_bytes
from edgecask.firmware.board.model_note import write_note
from edgecask.firmware.commands import Command
from edgecask.target.model_file import ModelFile, Tensor
from edgecask.target.package_tables import Manifest
from edgecask.target.rules import Row, judge
from edgecask.target.tables import Strict
from edgecask.target.target import Target
from edgecask.task.head import BOX_CHANNELS

CATALOGUE = "sscma-model.json"
AT_INFO = "at-info.txt"
MAX_COMMAND = 4096
"""Bytes the firmware's command buffer holds, terminator included (SSCMA-Micro)."""
MAX_NOTE = MAX_COMMAND - 64
"""Bytes of the text in AT+INFO: the command has a tag as well."""
SHORTENED = (24, 16, 10, 6)
"""Letters that are left of a class's name where all of them are too long."""
MAX_ENTRY_BYTES = 1 << 20
MAX_BOX_LOGIT = 88.0
"""The softmax over a box's bins subtracts no maximum (el_algorithm_yolo_pose.cpp, utils::softmax, SSCMA-Micro @ff48a1c
and @fb0c6ed): exp of more than 88.72 is infinite in float32, and the box becomes NaN."""
LARGEST_INT8 = 127


class Catalogue(Strict, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[vendor]: what the catalogue of Seeed's web tool calls the device and the model."""

    device: str
    algorithm: str
    category: str


class Sscma:
    """See edgecask.firmware.family.Family."""

    vendor_table: type[Strict] = Catalogue
    time_note = (
        "The device computes this model on its CPU, and nothing here estimates how long that takes: the README.md "
        "beside this file says what to expect, and the device itself what it takes."
    )

    def rows(self, model: ModelFile, target: Target) -> Iterator[Row]:
        """How large the logits of the boxes can get."""
        boxes = [output for output in model.outputs if output.shape and output.shape[-1] == BOX_CHANNELS]
        largest = [logit for logit in map(_largest_logit, boxes) if logit is not None]
        if largest:
            yield judge(
                "box logits",
                max(largest) <= MAX_BOX_LOGIT,
                f"up to {max(largest):.1f}",
                f"at most {MAX_BOX_LOGIT:g}: the firmware's softmax overflows above",
                "Boxes would be NaN. Quantise with pictures from your camera; a network that gives such logits is not "
                "trained to the end.",
            )

    def claimed_granularity(self, file_name: str) -> str | None:
        """Seeed's names say nothing of it."""
        return None

    def model_name(self, target: Target, *, stem: str, image_size: int) -> str:
        """One name for all."""
        return "model.tflite"

    def operator_counts(self, operators: int) -> dict[str, int]:
        """What is not compiled runs on the CPU."""
        return {"npu_ops": 0, "cpu_ops": operators}

    def package_files(self, target: Target, manifest: Manifest, model: bytes) -> dict[str, bytes]:
        """The catalogue entry and the AT+INFO line."""
        entry = catalogue_entry(target.vendor_as(Catalogue), manifest, model)
        return {CATALOGUE: readable_json(entry), AT_INFO: at_info(fitted(told_of(entry, model))[0])}

    def remarks(self, target: Target, manifest: Manifest, model: bytes) -> tuple[str, ...]:
        """What of the classes the board cannot be told."""
        entry = catalogue_entry(target.vendor_as(Catalogue), manifest, model)
        _, remark = fitted(told_of(entry, model))
        return (remark,) if remark else ()

    def note_of_file(self, path: Path, model: bytes) -> str | None:
        """The catalogue entry beside it where it is a package's, made to fit, and its digests."""
        return note_of(path, model)

    def note(self, files: Mapping[str, bytes]) -> str | None:
        """The text within the AT+INFO line."""
        return files[AT_INFO].decode().removeprefix('AT+INFO="').removesuffix('"\r')

    def commands(self, target: Target, model_file: str) -> tuple[Command, ...]:
        """None: the model is flashed as it is."""
        return ()

    def run_tools(self, target: Target, folder: Path, model_file: str) -> None:
        """There are none to run."""


def _largest_logit(output: Tensor) -> float | None:
    """The largest number that an int8 output can stand for; None where it is none."""
    if output.dtype != "int8" or output.scale is None or output.zero_point is None:
        return None
    return output.scale * (LARGEST_INT8 - output.zero_point)


def catalogue_entry(catalogue: Catalogue, manifest: Manifest, model: bytes) -> dict[str, Any]:
    """The entry as SenseCraft-Web-Toolkit's src/sscma/types.ts describes it."""
    digest = hashlib.md5(model, usedforsecurity=False).hexdigest()
    keypoints, size = manifest["keypoints"], manifest["imgsz"]
    having = f" with {keypoints} keypoints" if keypoints else ""
    return {
        "uuid": digest,
        "name": f"{manifest['inputs']['weights']['name'].removesuffix('.pt')} {size}",
        "version": "1.0.0",
        "category": catalogue.category,
        "model_type": "TFLite",
        "algorithm": catalogue.algorithm,
        "description": f"{', '.join(manifest['classes'])}{having}, {size} × {size} pixels",
        "image": "",
        "classes": manifest["classes"],
        "devices": [catalogue.device],
        "url": manifest["model"]["file"],
        "checksum": f"md5:{digest}",
        "metrics": manifest["metrics"],
        "author": "",
        "license": "AGPL-3.0",
        "size": str(len(model)),
        "isCustom": True,
    }


def told_of(entry: Mapping[str, Any], model: bytes) -> dict[str, Any]:
    """What of a catalogue entry the board is told, with the file's sha256: it needs no figures, and has little room."""
    told = {name: value for name, value in entry.items() if name not in ("metrics", "image", "author")}
    return {**told, "sha256": sha256_bytes(model)}


def fitted(entry: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    """What the board is told of a catalogue entry, so that it fits the firmware's buffer, and what to say of it.

    Names of many classes are shortened where they would not fit, or left out: the firmware drops a longer line without
    an answer.
    """
    told = dict(entry)
    if len(write_note(told)) <= MAX_NOTE:
        return told, ""
    told.pop("description", None)  # it repeats the classes
    if len(write_note(told)) <= MAX_NOTE:
        return told, ""
    names = told.pop("classes", [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        return told, ""
    for longest in SHORTENED:
        shorter = {**told, "classes": [name[:longest] for name in names]}
        if len(write_note(shorter)) <= MAX_NOTE:
            return shorter, f"names of {len(names)} classes are too long for AT+INFO: it has {longest} letters of each"
    return told, f"the names of {len(names)} classes do not fit into AT+INFO, so it has none: the board says numbers"


def note_of(path: Path, model: bytes) -> str:
    """What the board is told of a file: the entry beside it where that is a package's, made to fit, and its digests."""
    digest = hashlib.md5(model, usedforsecurity=False).hexdigest()
    own = {"uuid": digest, "checksum": f"md5:{digest}", "size": str(len(model))}
    found = _entry_beside(path)
    entry = told_of({**found, **own}, model) if found else {"name": path.stem, **own, "sha256": sha256_bytes(model)}
    note = write_note(fitted(entry)[0])
    if len(note) > MAX_NOTE:
        note = write_note({name: value for name, value in entry.items() if name not in ("classes", "description")})
    return note


def _entry_beside(path: Path) -> dict[str, Any]:
    """The package's catalogue entry; empty where there is none."""
    try:
        content = read_bounded(path.with_name(CATALOGUE), limit=MAX_ENTRY_BYTES)
        found = json.loads(content) if content is not None else None
    except (OSError, ValueError, RecursionError, EdgecaskError):
        return {}
    return found if isinstance(found, dict) else {}


def at_info(entry: Mapping[str, Any]) -> bytes:
    """The command that tells the firmware about its model; raises ContractError where it would not fit its buffer."""
    command = f'AT+INFO="{write_note(entry)}"\r'.encode()
    if len(command) > MAX_COMMAND:
        raise ContractError(
            f"The AT+INFO command has {len(command)} bytes; the firmware's buffer holds {MAX_COMMAND}.",
            advice="Give the classes shorter names.",
        )
    return command
