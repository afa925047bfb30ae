"""The partition table of an ESP32: where on this very board the models are.

ESP-IDF's partition table: at 0x8000, 0xC00 bytes, entries of 32 (AA 50, type, subtype, offset, size, a name of 16
bytes, flags; little endian), then an MD5 (EB EB, FF…, 16 bytes) of all entries before it, then FF. Seeed's firmware
calls its own `models` (sscma-example-esp32 @f8732c1, examples/at_server_demo/partitions.csv).
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass

from edgecask.errors import FlashError

ADDRESS, SIZE = 0x8000, 0xC00
ENTRY = struct.Struct("<2sBBII16sI")
MAGIC, DIGEST_MAGIC = b"\xaa\x50", b"\xeb\xeb"
MODELS = "models"
ADVICE = "Install Seeed's firmware for the XIAO with their web tool first."


@dataclass(frozen=True, kw_only=True)
class Partition:
    """A part of the flash: offset and size in bytes."""

    name: str
    offset: int
    size: int


def read_partitions(table: bytes) -> tuple[Partition, ...]:
    """The partitions of a table as it was read; raises FlashError where it is none or damaged."""
    found: list[Partition] = []
    for place in range(0, len(table) - ENTRY.size + 1, ENTRY.size):
        entry = table[place : place + ENTRY.size]
        if entry.startswith(DIGEST_MAGIC):
            if hashlib.md5(table[:place], usedforsecurity=False).digest() != entry[16:]:
                raise FlashError("The board's partition table is damaged: its MD5 is another one.", advice=ADVICE)
            break
        if entry == b"\xff" * ENTRY.size:
            break
        magic, _, _, offset, size, name, _ = ENTRY.unpack(entry)
        if magic != MAGIC:
            raise FlashError("The board has no partition table where an ESP32 has one.", advice=ADVICE)
        label = name.split(b"\0")[0].decode("ascii", "replace")
        found.append(Partition(name=label, offset=offset, size=size))
    if not found:
        raise FlashError("The board has no partition table where an ESP32 has one.", advice=ADVICE)
    return tuple(found)


def models_partition(table: bytes, size: int) -> Partition:
    """The partition that Seeed's firmware reads models from; raises FlashError where it has no room for so much."""
    partitions = read_partitions(table)
    models = next((each for each in partitions if each.name == MODELS), None)
    if models is None:
        names = ", ".join(each.name for each in partitions)
        raise FlashError(f"The board has no partition for models, only {names}.", advice=ADVICE)
    if size > models.size:
        raise FlashError(
            f"The board's partition for models has room for {models.size:,} bytes, and the model has {size:,}.",
            advice="Build it for a smaller image or from a smaller network.",
        )
    return models
