"""An ESP32's partition table, as ESP-IDF lays it out."""

import hashlib
import struct

import pytest

from edgecask.errors import FlashError
from edgecask.firmware.flash.esp_partitions import SIZE, Partition, models_partition, read_partitions


def partition_table(*partitions, digest=True):
    """Bytes of a table; each partition is a name, an offset and a size."""
    entries = b"".join(
        struct.pack("<2sBBII16sI", b"\xaa\x50", 1, 0x40, offset, size, name.encode(), 0)
        for name, offset, size in partitions
    )
    if digest:
        entries += b"\xeb\xeb" + b"\xff" * 14 + hashlib.md5(entries).digest()
    return entries.ljust(SIZE, b"\xff")


SEEED = (
    ("factory", 0x010000, 3824 << 10), ("nvs", 0x3CC000, 16 << 10), ("db", 0x3D0000, 192 << 10),
    ("models", 0x400000, 4096 << 10),
)  # fmt: skip
"""sscma-example-esp32 @f8732c1, examples/at_server_demo/partitions.csv."""


@pytest.mark.parametrize("digest", [True, False])
def test_seeeds_table(digest):
    table = partition_table(*SEEED, digest=digest)
    assert [(each.name, each.offset, each.size) for each in read_partitions(table)] == list(SEEED)
    assert models_partition(table, 4096 << 10) == Partition(name="models", offset=0x400000, size=4096 << 10)
    with pytest.raises(FlashError, match="room for 4,194,304 bytes, and the model has 4,194,305"):
        models_partition(table, (4096 << 10) + 1)


def test_bytes_as_esp_idf_documents_an_entry():
    """Its guide's example: nvs, data, nvs, 0x9000, 0x6000."""
    entry = bytes.fromhex("aa500102 00900000 00600000 6e7673" + "00" * 13 + "00000000")
    assert read_partitions(entry.ljust(SIZE, b"\xff")) == (Partition(name="nvs", offset=0x9000, size=0x6000),)


@pytest.mark.parametrize("table", [b"", b"\xff" * SIZE, b"\0" * SIZE, b"\xe9\x03\x02\x2f" * 768])
def test_no_table(table):
    with pytest.raises(FlashError, match="no partition table"):
        read_partitions(table)


def test_a_damaged_table():
    table = bytearray(partition_table(*SEEED))
    table[4] ^= 1
    with pytest.raises(FlashError, match="damaged"):
        read_partitions(bytes(table))
