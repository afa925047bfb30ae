"""What a board is told of its model, and what it says of it: a board cannot say itself which file is in its flash.

AT+INFO keeps any text. Seeed's web tool leaves base64 of its catalogue entry there, with an MD5 (SenseCraft-Web-Toolkit
@7edd8f3); edgecask adds the sha256. The text survives flashing by other programs, so it is what the last flash said.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from edgecask.files import sha256_bytes
from edgecask.wording import shorten


@dataclass(frozen=True, kw_only=True)
class ModelNote:
    """The model's name and digests as the text has them; None where it has none."""

    name: str
    sha256: str | None
    md5: str | None

    def is_about(self, content: bytes) -> bool | None:
        """Whether the text is about this file; None where it holds no digest."""
        if self.sha256 is not None:
            return self.sha256 == sha256_bytes(content)
        if self.md5 is not None:
            return self.md5 == hashlib.md5(content, usedforsecurity=False).hexdigest()
        return None


def write_note(entry: Mapping[str, Any]) -> str:
    """The text for a catalogue entry."""
    packed = json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    return base64.b64encode(packed).decode()


def read_note(text: str) -> ModelNote | None:
    """What the text says of a model; None where it is empty or something else."""
    try:
        entry = json.loads(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError, RecursionError):
        return None
    if not isinstance(entry, dict):
        return None
    checksum = _word(entry.get("checksum"))
    return ModelNote(
        name=shorten(_word(entry.get("name"))),
        sha256=_word(entry.get("sha256")) or None,
        md5=checksum.removeprefix("md5:") if checksum.startswith("md5:") else None,
    )


def _word(value: Any) -> str:
    return value if isinstance(value, str) else ""
