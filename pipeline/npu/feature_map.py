"""Where feature maps, weights and tables of a command stand in memory, from its registers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy

from pipeline.harness import Refused
from pipeline.npu.command_stream import Command

Places = numpy.ndarray[Any, numpy.dtype[numpy.int64]]
SHRAM_REGION = 0x103
SHRAM_BYTES = {32: 16 << 10, 64: 16 << 10, 128: 24 << 10, 256: 48 << 10}
"""By the multipliers of a U55; tables are the last bytes (architecture_features.py: shram_banks, shram_lut_address)."""
KEEPS_TABLES = frozenset({128, 256})
"""Chips in which kernels without a table leave the tables alone (shram_reserved_unused_banks)."""
TABLE_BYTES = 2048
FIRST_TABLE = 16
WIDE = 4
"""Bytes of an element of 32 bits; a table of such is as many times as long."""
PRECISION_BITS = {"IFM": 2, "IFM2": 2, "OFM": 1}
"""Where the width of elements begins in the registers *_PRECISION."""
UNARY = frozenset({5, 6, 7})
"""Elementwise operations of one map: LRELU, ABS, CLZ."""
Which = Literal["IFM", "IFM2", "OFM"]


MAX_BYTES = 64 * 1024 * 1024
"""Of a feature map or a transfer: far above what a chip's memory holds."""


def signed(registers: Mapping[str, Any], name: str) -> int:
    """A register of 16 bits with sign."""
    value = int(registers[name])
    return value - (1 << 16) if value >= 1 << 15 else value


def value_of(registers: Mapping[str, Any], name: str) -> int:
    """The 32 bits of a register with payload."""
    return int(registers[name][0])


def element_bytes(registers: Mapping[str, Any], which: Which) -> int:
    """Bytes of one element."""
    return 1 << (int(registers[f"{which}_PRECISION"]) >> PRECISION_BITS[which] & 3)


def places(registers: Mapping[str, Any], which: Which, height: int, width: int, depth: int) -> Places:
    """Where each element (height, width, depth) of a feature map begins in its region.

    A map has up to four parts with an address each: what lies below HEIGHT0, right of WIDTH0, and both. A buffer that
    is used over and over, from its start again where it ends, is two of them. Raises Refused for one that is too large.
    """
    size = element_bytes(registers, which)
    _refuse_too_large(height * width * depth * size)
    rows, columns, channels = numpy.ogrid[:height, :width, :depth]
    top, left = int(registers[f"{which}_HEIGHT0_M1"]) + 1, int(registers[f"{which}_WIDTH0_M1"]) + 1
    right_top = int(registers.get(f"{which}_HEIGHT1_M1", top - 1)) + 1
    bases = [value_of(registers, f"{which}_BASE{number}") for number in range(4)]
    above = numpy.where(columns < left, top, right_top)
    lower, right = rows >= above, columns >= left
    start = numpy.choose(lower * 2 + right, bases).astype(numpy.int64)
    rows, columns = numpy.where(lower, rows - above, rows), numpy.where(right, columns - left, columns)
    start = start + rows * value_of(registers, f"{which}_STRIDE_Y")
    if registers[f"{which}_PRECISION"] >> 6 & 1:
        start = start + columns * 16 * size + channels // 16 * value_of(registers, f"{which}_STRIDE_C")
        return numpy.asarray(start + channels % 16 * size)
    return numpy.asarray(start + columns * value_of(registers, f"{which}_STRIDE_X") + channels * size)


def table_of(registers: Mapping[str, Any]) -> int:
    """The table of an activation, by its number; negative where there is none.

    The highest bits say of what kind the numbers are that are looked up, which are codes of int8 here.
    """
    return (int(registers["ACTIVATION"]) & 0xFFF) - FIRST_TABLE


def second_shape(registers: Mapping[str, Any]) -> tuple[int, int, int]:
    """Height, width, depth of an elementwise operation's second map, which is spread over what it lacks."""
    spread = int(registers["IFM2_BROADCAST"])
    height, width, depth = (1 if spread >> bit & 1 else side for bit, side in enumerate(output_shape(registers)))
    return height, width, depth


def output_shape(registers: Mapping[str, Any]) -> tuple[int, int, int]:
    """Height, width, depth of what a kernel makes."""
    height, width, depth = (int(registers[f"OFM_{side}_M1"]) + 1 for side in ("HEIGHT", "WIDTH", "DEPTH"))
    return height, width, depth


@dataclass(frozen=True, kw_only=True)
class Touched:
    """What a command reads and writes: sorted bytes by region."""

    reads: tuple[tuple[int, Places], ...]
    writes: tuple[tuple[int, Places], ...]

    def conflicts(self, other: Touched) -> bool:
        """Whether the two may not run at the same time: one writes what the other reads or writes."""
        return _meet(self.writes, other.writes) or _meet(self.writes, other.reads) or _meet(self.reads, other.writes)


def _meet(one: tuple[tuple[int, Places], ...], other: tuple[tuple[int, Places], ...]) -> bool:
    return any(
        region == of_other
        and len(mine) > 0
        and len(theirs) > 0
        and mine[0] <= theirs[-1]
        and theirs[0] <= mine[-1]
        and numpy.intersect1d(mine, theirs, assume_unique=True).size > 0
        for region, mine in one
        for of_other, theirs in other
    )


def touched(command: Command, *, macs_per_cycle: int = 64) -> Touched:
    """The memory of a kernel or a transfer, byte by byte, from its registers alone."""
    registers = command.registers
    if command.name == "DMA_START":
        length = value_of(registers, "DMA0_LEN")
        source, target = (
            (int(registers[f"DMA0_{end}_REGION"]), _range(value_of(registers, f"DMA0_{end}"), length))
            for end in ("SRC", "DST")
        )
        return Touched(reads=(source,), writes=(target,))
    reads, writes = [], [_map(registers, "OFM", *output_shape(registers))]
    if command.name == "ELEMENTWISE":
        reads.append(_map(registers, "IFM", *output_shape(registers)))
        if command.parameter not in UNARY and not registers["IFM2_BROADCAST"] & 0x80:
            reads.append(_map(registers, "IFM2", *second_shape(registers)))
    else:
        height, width, depth = (int(registers[f"IFM_{side}_M1"]) + 1 for side in ("HEIGHT0", "WIDTH0", "DEPTH"))
        reads.append(_map(registers, "IFM", height, width, depth))
    if command.name in ("CONV", "DEPTHWISE"):
        for name in ("WEIGHT", "SCALE"):
            start, length = value_of(registers, f"{name}_BASE"), value_of(registers, f"{name}_LENGTH")
            reads.append((int(registers[f"{name}_REGION"]), _range(start, length)))
    # Accumulators and buffers take all of SHRAM but the tables, where one is used, else the tables as well.
    table, shram = table_of(registers), SHRAM_BYTES[macs_per_cycle]
    if table >= 0:
        length = 256 * element_bytes(registers, "OFM")
        reads.append((SHRAM_REGION, _range(shram - TABLE_BYTES + 256 * table, length)))
    spared = TABLE_BYTES if table >= 0 or macs_per_cycle in KEEPS_TABLES else 0
    writes.append((SHRAM_REGION, _range(0, shram - spared)))
    return Touched(reads=tuple(reads), writes=tuple(writes))


def _refuse_too_large(size: int) -> None:
    if size > MAX_BYTES:
        raise Refused("model-file", f"{{model}} holds a command on {size:,} bytes: no chip has that much memory.")


def _range(start: int, length: int) -> Places:
    _refuse_too_large(length)
    return numpy.arange(start, start + length)


def _map(registers: Mapping[str, Any], which: Which, height: int, width: int, depth: int) -> tuple[int, Places]:
    begins = numpy.unique(places(registers, which, height, width, depth))
    size = element_bytes(registers, which)
    return int(registers[f"{which}_REGION"]), (begins[:, None] + numpy.arange(size)).ravel()
