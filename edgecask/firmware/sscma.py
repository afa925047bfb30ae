"""What Seeed's tools want beside the model: the catalogue entry of their web tool and the AT+INFO line."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from edgecask.errors import ContractError
from edgecask.files import readable_json
from edgecask.target.target import Sscma

CATALOGUE = "sscma-model.json"
AT_INFO = "at-info.txt"
LONGEST_COMMAND = 4096
"""Bytes the firmware's command buffer holds, terminator included (SSCMA-Micro)."""


def catalogue_entry(sscma: Sscma, manifest: Mapping[str, Any], model: bytes) -> dict[str, Any]:
    """The entry as SenseCraft-Web-Toolkit's src/sscma/types.ts describes it."""
    digest = hashlib.md5(model, usedforsecurity=False).hexdigest()
    keypoints, size = manifest["keypoints"], manifest["imgsz"]
    return {
        "uuid": digest,
        "name": f"{manifest['inputs']['weights']['name'].removesuffix('.pt')} {size}",
        "version": "1.0.0",
        "category": sscma.category,
        "model_type": "TFLite",
        "algorithm": sscma.algorithm,
        "description": f"{', '.join(manifest['classes'])} with {keypoints} keypoints, {size} × {size} pixels",
        "image": "",
        "classes": manifest["classes"],
        "devices": [sscma.device],
        "url": manifest["model"]["file"],
        "checksum": f"md5:{digest}",
        "metrics": manifest["metrics"],
        "author": "",
        "license": "AGPL-3.0",
        "size": str(len(model)),
        "isCustom": True,
    }


def at_info(entry: Mapping[str, Any]) -> bytes:
    """The command that tells the firmware about its model; raises ContractError where it would not fit its buffer."""
    packed = json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    command = b'AT+INFO="' + base64.b64encode(packed) + b'"\r'
    if len(command) > LONGEST_COMMAND:
        raise ContractError(
            f"The AT+INFO command has {len(command)} bytes; the firmware's buffer holds {LONGEST_COMMAND}.",
            advice="Give the classes shorter names.",
        )
    return command


def package_files(sscma: Sscma, manifest: Mapping[str, Any], model: bytes) -> dict[str, bytes]:
    """The files of the package, by name."""
    entry = catalogue_entry(sscma, manifest, model)
    # The firmware needs no figures of ours, and its buffer is small.
    told = {name: value for name, value in entry.items() if name not in ("metrics", "image", "author")}
    return {CATALOGUE: readable_json(entry), AT_INFO: at_info(told)}
