"""Where feature maps, weights and tables of a command stand in memory, from its registers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy

from pipeline.npu.command_stream import Command

Places = numpy.ndarray[Any, numpy.dtype[numpy.int64]]
SHRAM_REGION = 0x103
SHRAM_BYTES = 1 << 14
"""Of the U55-64: 16 banks of 1 KiB; the others have more, and their tables are the last bytes as well."""
TABLE_BYTES = 2048
FIRST_TABLE = 16
Which = Literal["IFM", "IFM2", "OFM"]


def signed(registers: Mapping[str, Any], name: str) -> int:
    """A register of 16 bits with sign."""
    value = int(registers[name])
    return value - (1 << 16) if value >= 1 << 15 else value


def value_of(registers: Mapping[str, Any], name: str) -> int:
    """The 32 bits of a register with payload."""
    return int(registers[name][0])


def places(registers: Mapping[str, Any], which: Which, height: int, width: int, depth: int) -> Places:
    """Where each element (height, width, depth) of a feature map stands in its region."""
    assert registers[f"{which}_HEIGHT0_M1"] + 1 >= height and registers[f"{which}_WIDTH0_M1"] + 1 >= width
    rows, columns, channels = numpy.ogrid[:height, :width, :depth]
    start = value_of(registers, f"{which}_BASE0") + rows * value_of(registers, f"{which}_STRIDE_Y")
    if registers[f"{which}_PRECISION"] >> 6 & 1:
        start = start + columns * 16 + channels // 16 * value_of(registers, f"{which}_STRIDE_C")
        return numpy.asarray(start + channels % 16)
    return numpy.asarray(start + columns * value_of(registers, f"{which}_STRIDE_X") + channels)


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


def touched(command: Command) -> Touched:
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
        if not registers["IFM2_BROADCAST"] & 0x80:
            reads.append(_map(registers, "IFM2", *output_shape(registers)))
    else:
        height, width, depth = (int(registers[f"IFM_{side}_M1"]) + 1 for side in ("HEIGHT0", "WIDTH0", "DEPTH"))
        reads.append(_map(registers, "IFM", height, width, depth))
    if command.name in ("CONV", "DEPTHWISE"):
        for name in ("WEIGHT", "SCALE"):
            start, length = value_of(registers, f"{name}_BASE"), value_of(registers, f"{name}_LENGTH")
            reads.append((int(registers[f"{name}_REGION"]), _range(start, length)))
    # Accumulators and buffers take all of SHRAM but the tables, where one is used, else the tables as well.
    table = int(registers["ACTIVATION"]) - FIRST_TABLE
    if table >= 0:
        reads.append((SHRAM_REGION, _range(SHRAM_BYTES - TABLE_BYTES + 256 * table, 256)))
    writes.append((SHRAM_REGION, _range(0, SHRAM_BYTES - (TABLE_BYTES if table >= 0 else 0))))
    return Touched(reads=tuple(reads), writes=tuple(writes))


def _range(start: int, length: int) -> Places:
    return numpy.arange(start, start + length)


def _map(registers: Mapping[str, Any], which: Which, height: int, width: int, depth: int) -> tuple[int, Places]:
    return int(registers[f"{which}_REGION"]), numpy.unique(places(registers, which, height, width, depth))
