"""An Ethos-U55 that runs a compiled file command by command, to the bit.

What is simulated is what the register commands say: where a feature map stands in memory and in which layout, weights
out of their compressed stream, tables, transfers. The arithmetic is TFLite's, which the chip has by Arm's word. Nothing
is taken from Vela but the names of its registers, its decoder of weights, and sizes of the chip.

Transfers and kernels may be late: as late as the waits in the stream allow, or by a seed. What a wait should have kept
apart then comes out wrong, and is found from the registers besides (hazards.py).
"""

from __future__ import annotations

import random
from collections import Counter, deque
from collections.abc import Iterable, Mapping
from typing import Any, Literal

import numpy
from ethosu.vela.architecture_features import Accelerator, ArchitectureFeatures

from pipeline.harness import Refused
from pipeline.npu.command_stream import KERNELS, Command
from pipeline.npu.elementwise import of_one, of_two
from pipeline.npu.event_timeline import MAX_KERNELS
from pipeline.npu.feature_map import (
    SHRAM_BYTES,
    SHRAM_REGION,
    TABLE_BYTES,
    UNARY,
    WIDE,
    Which,
    element_bytes,
    output_shape,
    places,
    second_shape,
    signed,
    table_of,
    value_of,
)
from pipeline.npu.fixed_point import rescaled, scaled
from pipeline.npu.kernel_registers import NATURAL, SCALAR, dilations, refuse_other_types, rounding, steps
from pipeline.npu.weight_decoder import WeightDecoder
from pipeline.npu.weight_stream import decoded

Late = Literal["nothing", "transfers", "kernels", "both", "seeded"]
NEAREST = 1
MAXIMUM, AVERAGE, SUM = 0, 1, 2
GLOBAL_SCALE = 1 << 8
"""Of OFM_PRECISION: one scale for the whole output, in OFM_SCALE."""
CHIPS = {
    32: Accelerator.Ethos_U55_32,
    64: Accelerator.Ethos_U55_64,
    128: Accelerator.Ethos_U55_128,
    256: Accelerator.Ethos_U55_256,
}
Bytes = numpy.ndarray[Any, numpy.dtype[numpy.int8]]


class Npu:
    """Memory by region (0: flash, 1: the arena), and what the commands do to it."""

    def __init__(
        self, flash: Bytes, arena_bytes: int, *, macs_per_cycle: int = 64, late: Late = "nothing", seed: int = 0
    ) -> None:
        if macs_per_cycle not in CHIPS:
            raise Refused("model-file", f"An Ethos-U with {macs_per_cycle} multipliers is not simulated.")
        self.memory = {
            0: flash,
            1: numpy.zeros(arena_bytes, numpy.int8),
            SHRAM_REGION: numpy.zeros(SHRAM_BYTES[macs_per_cycle], numpy.int8),
        }
        self._tables = SHRAM_BYTES[macs_per_cycle] - TABLE_BYTES
        """Where tables begin."""
        self.executed: Counter[str] = Counter()
        self._chip = ArchitectureFeatures.accelerator_configs[CHIPS[macs_per_cycle]]
        self._late_transfers = late in ("transfers", "both", "seeded")
        self._late_kernels = late in ("kernels", "both", "seeded")
        self._random = random.Random(seed) if late == "seeded" else None  # noqa: S311 - no secret
        self._transfers: deque[Command] = deque()
        self._kernels: deque[Command] = deque()
        self._decoder = WeightDecoder()
        self._weights: dict[Any, Any] = {}
        self._places: dict[Any, Any] = {}

    def execute(self, commands: Iterable[Command]) -> None:
        """The whole stream, once."""
        for command in commands:
            self.executed[command.name] += 1
            if self._random is not None:  # some of what is outstanding ends now
                self._drain_transfers(self._random.randint(0, len(self._transfers)))
                self._drain_kernels(self._random.randint(0, len(self._kernels)))
            if command.name in KERNELS:
                self._kernels.append(command)
                self._drain_kernels(MAX_KERNELS if self._late_kernels else 0)
            elif command.name == "DMA_START":
                self._transfers.append(command)
                if not self._late_transfers:
                    self._drain_transfers(0)
            elif command.name == "KERNEL_WAIT":
                self._drain_kernels(command.parameter)
            elif command.name == "DMA_WAIT":
                self._drain_transfers(command.parameter)
            elif command.name == "STOP":
                self._drain_transfers(0)
                self._drain_kernels(0)
            elif command.name != "IRQ":
                raise Refused("model-file", f"The command {command.name} is not simulated.")

    def _drain_transfers(self, left: int) -> None:
        while len(self._transfers) > left:
            self._transfer(self._transfers.popleft().registers)

    def _drain_kernels(self, left: int) -> None:
        while len(self._kernels) > left:
            command = self._kernels.popleft()
            registers = command.registers
            if command.name == "CONV":
                self._convolve(registers)
            elif command.name == "DEPTHWISE":
                self._convolve_by_channel(registers)
            elif command.name == "POOL":
                self._pool(registers, command.parameter)
            else:
                self._elementwise(registers, command.parameter)

    def _places_of(self, registers: Mapping[str, Any], which: Which, shape: tuple[int, int, int]) -> Any:
        names = (
            "BASE0", "BASE1", "BASE2", "BASE3", "STRIDE_X", "STRIDE_Y", "STRIDE_C", "PRECISION", "HEIGHT0_M1",
            "HEIGHT1_M1", "WIDTH0_M1",
        )  # fmt: skip
        key = (which, shape, *(registers.get(f"{which}_{name}") for name in names))
        if key not in self._places:
            self._places[key] = places(registers, which, *shape)
        return self._places[key]

    def _read(self, registers: Mapping[str, Any], which: Which, shape: tuple[int, int, int]) -> Any:
        """A feature map without its zero point."""
        refuse_other_types(int(registers[f"{which}_PRECISION"]) >> 2)
        region = self.memory[registers[f"{which}_REGION"]]
        begins = self._places_of(registers, which, shape)
        if element_bytes(registers, which) == WIDE:
            values = region[begins[..., None] + numpy.arange(WIDE)].view("<i4")[..., 0].astype(numpy.int64)
        else:
            values = region[begins].astype(numpy.int64)
        return values - signed(registers, f"{which}_ZERO_POINT")

    def _write(self, registers: Mapping[str, Any], values: Any) -> None:
        """Zero point, limits, table, memory."""
        refuse_other_types(int(registers["OFM_PRECISION"]) >> 1)
        table, size = table_of(registers), element_bytes(registers, "OFM")
        if size == WIDE and table < 0:  # neither a zero point nor limits, whose registers have 16 bits
            limits = numpy.iinfo(numpy.int32)
            values = values.clip(limits.min, limits.max).astype("<i4")
        else:
            values = values + signed(registers, "OFM_ZERO_POINT")
            values = values.clip(signed(registers, "ACTIVATION_MIN"), signed(registers, "ACTIVATION_MAX"))
            values = values.clip(-128, 127).astype(numpy.int8)
        if table >= 0:
            start = self._tables + 256 * table
            entries = self.memory[SHRAM_REGION][start : start + 256 * size].view("<i4" if size == WIDE else numpy.int8)
            values = entries[values.astype(int) + 128]
        elif registers["ACTIVATION"]:
            raise Refused("model-file", f"The activation {registers['ACTIVATION']} is not simulated.")
        begins = self._places_of(registers, "OFM", values.shape)
        if size == WIDE:
            values = numpy.ascontiguousarray(values)[..., None].view(numpy.int8)
            begins = begins[..., None] + numpy.arange(WIDE)
        self.memory[registers["OFM_REGION"]][begins] = values

    def _windows(self, registers: Mapping[str, Any], *, padding: int) -> Any:
        """Of the padded input, what each output position sees: (height, width, depth, kernel height, kernel width)."""
        height, width, _ = output_shape(registers)
        sizes = [registers[f"KERNEL_{side}_M1"] + 1 for side in ("HEIGHT", "WIDTH")]  # dilated
        strides, gaps = steps(registers), dilations(registers)
        top, bottom, left, right = (registers[f"IFM_PAD_{side}"] for side in ("TOP", "BOTTOM", "LEFT", "RIGHT"))
        needed = [(out - 1) * step + size for out, step, size in zip((height, width), strides, sizes, strict=True)]
        inside = [needed[0] - top - bottom, needed[1] - left - right]
        factor = 2 if registers["IFM_UPSCALE"] == NEAREST else 1
        if registers["IFM_UPSCALE"] > NEAREST:
            raise Refused("model-file", "Transposed convolutions are not simulated.")
        # A stride may end before the last row or column.
        rows, columns = (-(-side // factor) for side in inside)
        values = self._read(registers, "IFM", (rows, columns, registers["IFM_DEPTH_M1"] + 1))
        values = values.repeat(factor, 0).repeat(factor, 1)[: inside[0], : inside[1]]
        values = numpy.pad(values, [(top, bottom), (left, right), (0, 0)], constant_values=padding)
        seen = numpy.lib.stride_tricks.sliding_window_view(values, sizes, axis=(0, 1))
        return seen[:: strides[0], :: strides[1], :, :: gaps[0], :: gaps[1]]

    def _convolve(self, registers: Mapping[str, Any]) -> None:
        """The sum of products, biases, scales."""
        seen = self._windows(registers, padding=0)
        height, width, outputs = output_shape(registers)
        inputs, kernel = seen.shape[2], seen.shape[3:]
        matrix = self._weights_of(registers, (outputs, *kernel, inputs))
        rows = seen.transpose(0, 1, 3, 4, 2).reshape(height * width, -1)
        sums = (rows.astype(float) @ matrix.T).astype(numpy.int64)  # exact below 2⁵³
        self._write(registers, self._scaled_sums(registers, sums).reshape(height, width, outputs))

    def _convolve_by_channel(self, registers: Mapping[str, Any]) -> None:
        """The same with one input channel for each output channel."""
        seen = self._windows(registers, padding=0)
        height, width, outputs = output_shape(registers)
        matrix = self._weights_of(registers, (outputs, *seen.shape[3:], 1), depthwise=True)
        sums = (seen.reshape(height, width, outputs, -1) * matrix.astype(numpy.int64)).sum(-1)
        scaled_sums = self._scaled_sums(registers, sums.reshape(height * width, outputs))
        self._write(registers, scaled_sums.reshape(height, width, outputs))

    def _scaled_sums(self, registers: Mapping[str, Any], sums: Any) -> Any:
        """Sums (positions, outputs) with the biases and scales of the outputs."""
        outputs = sums.shape[1]
        start, region = value_of(registers, "SCALE_BASE"), self.memory[registers["SCALE_REGION"]]
        packed = region[start : start + 10 * outputs].view(numpy.uint8).reshape(outputs, 10).astype(numpy.int64)
        biases = packed[:, :5] @ (1 << 8 * numpy.arange(5))
        biases -= (biases >= 1 << 39) * (1 << 40)
        scales, shifts = packed[:, 5:9] @ (1 << 8 * numpy.arange(4)), packed[:, 9] & 0x3F
        if rounding(registers):
            raise Refused("model-file", "Convolutions that round otherwise than TFLite are not simulated.")
        return scaled(sums + biases, scales, shifts)

    def _weights_of(
        self, registers: Mapping[str, Any], shape: tuple[int, int, int, int], *, depthwise: bool = False
    ) -> Any:
        start, length = value_of(registers, "WEIGHT_BASE"), value_of(registers, "WEIGHT_LENGTH")
        stream = self.memory[registers["WEIGHT_REGION"]][start : start + length].tobytes()
        if len(stream) != length:
            raise Refused("model-file", "{model} has weights beyond its memory.")
        block, part_kernel = registers["OFM_BLK_DEPTH_M1"] + 1, bool(registers["KERNEL_STRIDE"] >> 2 & 1)
        key = (stream, shape, block, part_kernel, depthwise)
        if key not in self._weights:
            matrix = decoded(
                self._decoder, self._chip, stream, shape, block_depth=block, part_kernel=part_kernel,
                depthwise=depthwise, dilation=dilations(registers),
            )  # fmt: skip
            self._weights[key] = matrix.astype(float)
        return self._weights[key]

    def _pool(self, registers: Mapping[str, Any], kind: int) -> None:
        """Largest value, or a copy that may change size or scale."""
        if kind == MAXIMUM:
            zero = signed(registers, "IFM_ZERO_POINT")
            largest = self._windows(registers, padding=-128 - zero).max((3, 4))
            self._write(registers, largest + zero - signed(registers, "OFM_ZERO_POINT"))
            return
        if kind == SUM:
            over_channels = self._windows(registers, padding=0).sum((2, 3, 4))[..., None]
            self._write(registers, rescaled(over_channels, registers["OFM_SCALE"]))
            return
        seen = self._windows(registers, padding=0)
        sums = seen.sum((3, 4))
        if not registers["OFM_PRECISION"] & GLOBAL_SCALE:
            # The chip divides by how many values there are, at the edges fewer: as TFLite, half away from zero.
            counts = self._counts(registers)
            self._write(registers, numpy.sign(sums) * ((abs(sums) + counts // 2) // counts))
            return
        scale, shift = registers["OFM_SCALE"]
        if rounding(registers) == NATURAL:
            self._write(registers, (sums * scale + ((1 << shift) >> 1)) >> shift)
        else:
            self._write(registers, scaled(sums, scale, shift))

    def _counts(self, registers: Mapping[str, Any]) -> Any:
        """How many values each output position of a pooling sees: (height, width, 1)."""
        sizes = [registers[f"KERNEL_{side}_M1"] + 1 for side in ("HEIGHT", "WIDTH")]
        found = []
        for axis, (before, after) in enumerate((("TOP", "BOTTOM"), ("LEFT", "RIGHT"))):
            stride, size = steps(registers)[axis], sizes[axis]
            first = numpy.arange(output_shape(registers)[axis]) * stride - registers[f"IFM_PAD_{before}"]
            inside = first[-1] + size - registers[f"IFM_PAD_{after}"]
            found.append(numpy.minimum(first + size, inside) - numpy.maximum(first, 0))
        return (found[0][:, None] * found[1][None, :])[..., None]

    def _elementwise(self, registers: Mapping[str, Any], kind: int) -> None:
        """Two feature maps, or one and a number, or one alone."""
        left = self._read(registers, "IFM", output_shape(registers))
        if kind in UNARY:
            self._write(registers, of_one(registers, kind, left))
            return
        right: Any
        if registers["IFM2_BROADCAST"] & SCALAR:
            right = signed(registers, "IFM2_SCALAR") - signed(registers, "IFM2_ZERO_POINT")
        else:
            right = self._read(registers, "IFM2", second_shape(registers))
        self._write(registers, of_two(registers, kind, left, right))

    def _transfer(self, registers: Mapping[str, Any]) -> None:
        length = value_of(registers, "DMA0_LEN")
        (source, start), (target, to) = (
            (self.memory[registers[f"DMA0_{end}_REGION"]], value_of(registers, f"DMA0_{end}")) for end in ("SRC", "DST")
        )
        target[to : to + length] = source[start : start + length]
