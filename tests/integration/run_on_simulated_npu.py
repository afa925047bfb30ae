"""In the environment `vela`: run the model that is flashed, command by command, on a simulated Ethos-U55-64.

    run_on_simulated_npu.py MODEL.tflite INPUTS.npy RESULT.npz

INPUTS are int8 (N, H, W, C). RESULT holds for each output of the model an array with one row a picture, by the number
of the output. What is simulated is what the register commands say: where a feature map stands in memory and in which
layout, weights out of their compressed stream, tables, DMA, one command after the other. The arithmetic is TFLite's,
which the chip has by Arm's word. Nothing is taken from Vela but the names of its registers, its decoder of weights, and
sizes of the chip.
"""

import json
import sys
from pathlib import Path

import numpy
from ethosu import mlw_codec
from ethosu.vela.architecture_features import Accelerator, ArchitectureFeatures
from ethosu.vela.ethos_u55_regs.ethos_u55_regs import cmd0, cmd1
from ethosu.vela.tflite.Model import Model

CHIP = ArchitectureFeatures.accelerator_configs[Accelerator.Ethos_U55_64]
SHRAM_REGION = 0x103
TABLES = 2048  # the last bytes of SHRAM
PAYLOAD, OPCODE = 0x4000, 0x3FF
DRIVER_STREAM = 0x02
NEAREST = 1


def high_multiply(left, right):
    """TFLite's SaturatingRoundingDoublingHighMul: left · right / 2³¹, rounded to nearest."""
    product = left * right
    nudged = product + numpy.where(product >= 0, 1 << 30, 1 - (1 << 30))
    return numpy.where(nudged >= 0, nudged >> 31, -((-nudged) >> 31))


def divide_by_power(values, exponent):
    """TFLite's RoundingDivideByPOT."""
    remainder, threshold = values & ((1 << exponent) - 1), ((1 << exponent) - 1) >> 1
    return (values >> exponent) + (remainder > threshold + (values < 0))


def scaled(values, scale, shift):
    """Values · scale / 2^shift as TFLite's MultiplyByQuantizedMultiplier rounds it; arrays of one shape."""
    left, right = numpy.maximum(31 - shift, 0), numpy.maximum(shift - 31, 0)
    return divide_by_power(high_multiply(values << left, scale), right)


def weight_order(outputs, height, width, inputs, block_depth, part_kernel):
    """In which order the stream holds the weights: positions in (outputs, height, width, inputs), −1 for padding."""
    micro_in, micro_out = CHIP.ifm_ublock.depth, CHIP.ofm_ublock.depth
    deep = 16 if part_kernel else 32
    parts = []
    for out_start in range(0, outputs, block_depth):
        out_size = min(block_depth, outputs - out_start)
        for in_start in range(0, inputs, deep):
            in_size = min(deep, inputs - in_start) if part_kernel else deep
            elements = -(-height * width // 4) * 4 if part_kernel else height * width
            steps = numpy.arange(0, in_size, micro_in)
            axes = [
                steps if part_kernel else numpy.zeros(1, int),
                numpy.arange(0, out_size, micro_out),
                numpy.arange(elements),
                numpy.zeros(1, int) if part_kernel else steps,
                numpy.arange(micro_out),
                numpy.arange(micro_in),
            ]
            outer, out_block, element, inner, out_one, in_one = numpy.meshgrid(*axes, indexing="ij", sparse=True)
            out, in_ = out_start + out_block + out_one, in_start + outer + inner + in_one
            real = (out < outputs) & (in_ < inputs) & (element < height * width)
            place = (out * height * width + element) * inputs + in_
            parts.append(numpy.where(real, place, -1).ravel())
    return numpy.concatenate(parts)


class Npu:
    """Memory by region, registers, and what the commands do."""

    def __init__(self, flash, arena_size):
        self.memory = {0: flash, 1: numpy.zeros(arena_size, numpy.int8), SHRAM_REGION: numpy.zeros(1 << 14, numpy.int8)}
        self.registers = {}
        self.weights = {}
        self.executed = {}

    def execute(self, words):
        """The whole stream, once."""
        words = iter(words)
        for word in words:
            code, parameter = int(word) & 0xFFFF, int(word) >> 16
            if code & PAYLOAD:
                self.registers[cmd1(code & OPCODE).name[8:]] = (int(next(words)), parameter)
                continue
            name = cmd0(code & OPCODE).name
            if name.startswith("NPU_SET_"):
                self.registers[name[8:]] = parameter
                continue
            action = getattr(self, name[7:].lower(), None)
            self.executed[name[7:]] = self.executed.get(name[7:], 0) + 1
            if action is not None:
                action(parameter)
            else:
                assert name in ("NPU_OP_STOP", "NPU_OP_KERNEL_WAIT", "NPU_OP_DMA_WAIT"), name

    def signed(self, name):
        """A register of 16 bits with sign."""
        value = self.registers[name]
        return value - (1 << 16) if value >= 1 << 15 else value

    def value(self, name):
        """The 32 bits of a register with payload."""
        return self.registers[name][0]

    def places(self, which, height, width, depth):
        """Where each element (height, width, depth) of a feature map stands in its region."""
        assert self.registers[f"{which}_HEIGHT0_M1"] + 1 >= height and self.registers[f"{which}_WIDTH0_M1"] + 1 >= width
        rows, columns, channels = numpy.ogrid[:height, :width, :depth]
        start = self.value(f"{which}_BASE0") + rows * self.value(f"{which}_STRIDE_Y")
        if self.registers[f"{which}_PRECISION"] >> 6 & 1:
            return start + columns * 16 + channels // 16 * self.value(f"{which}_STRIDE_C") + channels % 16
        return start + columns * self.value(f"{which}_STRIDE_X") + channels

    def read(self, which, height, width, depth):
        """A feature map without its zero point."""
        region = self.memory[self.registers[f"{which}_REGION"]]
        return region[self.places(which, height, width, depth)].astype(numpy.int64) - self.signed(f"{which}_ZERO_POINT")

    @property
    def output_shape(self):
        """Height, width, depth of what the operation makes."""
        return tuple(self.registers[f"OFM_{side}_M1"] + 1 for side in ("HEIGHT", "WIDTH", "DEPTH"))

    @property
    def rounding(self):
        """0: as TFLite; 2: natural."""
        return self.registers["OFM_PRECISION"] >> 14

    def write(self, values):
        """Zero point, limits, table, memory."""
        values = values + self.signed("OFM_ZERO_POINT")
        values = values.clip(self.signed("ACTIVATION_MIN"), self.signed("ACTIVATION_MAX"))
        values = values.clip(-128, 127).astype(numpy.int8)
        table = self.registers["ACTIVATION"]
        if table >= 16:
            start = (1 << 14) - TABLES + 256 * (table - 16)
            values = self.memory[SHRAM_REGION][start : start + 256][values.astype(int) + 128]
        else:
            assert table == 0
        self.memory[self.registers["OFM_REGION"]][self.places("OFM", *values.shape)] = values

    def windows(self, padding):
        """Of the padded input, what each output position sees: (height, width, depth, kernel height, kernel width)."""
        height, width, _ = self.output_shape
        kernel = [self.registers[f"KERNEL_{side}_M1"] + 1 for side in ("HEIGHT", "WIDTH")]
        stride = self.registers["KERNEL_STRIDE"]
        steps = [1 + (stride >> 1 & 1), 1 + (stride & 1)]
        assert not stride >> 3, "dilation and larger strides are not simulated"
        top, bottom, left, right = (self.registers[f"IFM_PAD_{side}"] for side in ("TOP", "BOTTOM", "LEFT", "RIGHT"))
        needed = [(out - 1) * step + size for out, step, size in zip((height, width), steps, kernel, strict=True)]
        inside = [needed[0] - top - bottom, needed[1] - left - right]
        factor = 2 if self.registers["IFM_UPSCALE"] == NEAREST else 1
        # A stride may end before the last row or column.
        source = [-(-side // factor) for side in inside]
        values = self.read("IFM", *source, self.registers["IFM_DEPTH_M1"] + 1)
        values = values.repeat(factor, 0).repeat(factor, 1)[: inside[0], : inside[1]]
        values = numpy.pad(values, [(top, bottom), (left, right), (0, 0)], constant_values=padding)
        seen = numpy.lib.stride_tricks.sliding_window_view(values, kernel, axis=(0, 1))
        return seen[:: steps[0], :: steps[1]]

    def conv(self, _):
        """Convolution: the sum of products, biases, scales."""
        seen = self.windows(padding=0)
        height, width, outputs = self.output_shape
        inputs, kernel = seen.shape[2], seen.shape[3:]
        matrix = self.decoded(outputs, *kernel, inputs)
        rows = seen.transpose(0, 1, 3, 4, 2).reshape(height * width, -1)
        sums = (rows.astype(float) @ matrix.T.astype(float)).astype(numpy.int64)  # exact below 2⁵³
        start, region = self.value("SCALE_BASE"), self.memory[self.registers["SCALE_REGION"]]
        packed = region[start : start + 10 * outputs].view(numpy.uint8).reshape(outputs, 10).astype(numpy.int64)
        biases = packed[:, :5] @ (1 << 8 * numpy.arange(5))
        biases -= (biases >= 1 << 39) * (1 << 40)
        scales, shifts = packed[:, 5:9] @ (1 << 8 * numpy.arange(4)), packed[:, 9] & 0x3F
        assert self.rounding == 0
        self.write(scaled(sums + biases, scales, shifts).reshape(height, width, outputs))

    def decoded(self, *shape):
        """The weights as a matrix (outputs, height · width · inputs)."""
        start, length = self.value("WEIGHT_BASE"), self.value("WEIGHT_LENGTH")
        stream = self.memory[self.registers["WEIGHT_REGION"]][start : start + length].tobytes()
        block, part_kernel = self.registers["OFM_BLK_DEPTH_M1"] + 1, bool(self.registers["KERNEL_STRIDE"] >> 2 & 1)
        key = (stream, shape, block, part_kernel)
        if key not in self.weights:
            order = weight_order(*shape, block, part_kernel)
            values = numpy.array(mlw_codec.decode(bytearray(stream)), numpy.int64)[: len(order)]
            matrix = numpy.zeros(numpy.prod(shape), numpy.int64)
            matrix[order[order >= 0]] = values[order >= 0]
            self.weights[key] = matrix.reshape(shape[0], -1)
        return self.weights[key]

    def pool(self, kind):
        """Largest value, or a copy that may change size or scale."""
        if kind == 0:
            least = -128 - self.signed("IFM_ZERO_POINT")
            self.write(
                self.windows(padding=least).max((3, 4)) + self.signed("IFM_ZERO_POINT") - self.signed("OFM_ZERO_POINT")
            )
            return
        seen = self.windows(padding=0)
        assert kind == 1 and seen.shape[3:] == (1, 1), "averages of more than one value are not simulated"
        scale, shift = self.registers["OFM_SCALE"]
        values = seen[..., 0, 0]
        if self.rounding == 2:
            self.write((values * scale + ((1 << shift) >> 1)) >> shift)
        else:
            self.write(scaled(values, scale, shift))

    def elementwise(self, kind):
        """Product or sum of two feature maps, or of one and a number."""
        left = self.read("IFM", *self.output_shape)
        broadcast = self.registers["IFM2_BROADCAST"]
        if broadcast & 0x80:
            right = self.signed("IFM2_SCALAR") - self.signed("IFM2_ZERO_POINT")
        else:
            assert broadcast in (0, 0x40)
            right = self.read("IFM2", *self.output_shape)
        scale, shift = self.registers["OFM_SCALE"]
        if kind == 0:
            self.write(scaled(left * right, scale, shift))
            return
        assert kind == 1 and self.rounding == 0
        operand = self.registers["IFM_PRECISION"] >> 8 & 3
        factor, places = self.registers["OPA_SCALE"]
        if operand == 0:
            left, right = left * factor, right * self.value("OPB_SCALE")
        else:
            # TFLite moves both by 20 bits; the one with the larger scale is halved, the other also multiplied.
            moved = [left << 19, right << 19]
            # Which operand is meant does not depend on the order in which they are subtracted.
            chosen = operand - 1
            moved[chosen] = divide_by_power(high_multiply((left, right)[chosen] << 20, factor), places - 11)
            left, right = moved
        self.write(scaled(left + right, scale, shift))

    def dma_start(self, _):
        """Copy."""
        length = self.value("DMA0_LEN")
        source, target = (
            (self.memory[self.registers[f"DMA0_{end}_REGION"]], self.value(f"DMA0_{end}")) for end in ("SRC", "DST")
        )
        target[0][target[1] : target[1] + length] = source[0][source[1] : source[1] + length]


class Flashed:
    """A .tflite of one Ethos-U operator."""

    def __init__(self, content):
        self.model = Model.GetRootAs(content, 0)
        self.graph = self.model.Subgraphs(0)
        assert self.graph.OperatorsLength() == 1
        self.parts = self.graph.Operators(0).InputsAsNumpy()

    def data(self, tensor, dtype):
        """The bytes of a constant."""
        buffer = self.model.Buffers(self.graph.Tensors(int(tensor)).Buffer())
        return buffer.DataAsNumpy().copy().view(dtype)

    def commands(self):
        """The words of the register commands, out of the driver's actions."""
        words = self.data(self.parts[0], numpy.uint32)
        position = 1
        while words[position] & 0xFF != DRIVER_STREAM:
            position += 3 if words[position] & 0xFF == 1 else 1
        header = int(words[position])
        length = (header >> 16) | (header >> 8 & 0xFF) << 16
        return words[position + 1 : position + 1 + length]

    def addresses(self):
        """Where each tensor stands in the arena (OfflineMemoryAllocation: version, subgraph, count, offsets)."""
        for index in range(self.model.MetadataLength()):
            entry = self.model.Metadata(index)
            if entry.Name() == b"OfflineMemoryAllocation":
                return self.model.Buffers(entry.Buffer()).DataAsNumpy().copy().view(numpy.int32)[3:]
        raise SystemExit("the file does not say where its tensors are")


def main():
    """Run every picture."""
    flashed = Flashed(Path(sys.argv[1]).read_bytes())
    pictures = numpy.load(sys.argv[2])
    addresses, commands = flashed.addresses(), flashed.commands()
    arena_size = int(flashed.graph.Tensors(int(flashed.parts[2])).ShapeAsNumpy()[0])
    npu = Npu(flashed.data(flashed.parts[1], numpy.int8), arena_size)
    found = []
    for picture in pictures:
        npu.memory[1][:] = 85  # whatever was there before must not matter
        start = addresses[flashed.graph.Inputs(0)]
        npu.memory[1][start : start + picture.size] = picture.ravel()
        npu.execute(commands)
        outputs = []
        for tensor in flashed.graph.OutputsAsNumpy():
            shape, start = flashed.graph.Tensors(int(tensor)).ShapeAsNumpy(), addresses[tensor]
            outputs.append(npu.memory[1][start : start + numpy.prod(shape)].reshape(shape[1:]).copy())
        found.append(outputs)
    numpy.savez(sys.argv[3], **{str(index): numpy.stack(rows) for index, rows in enumerate(zip(*found, strict=True))})
    print(json.dumps(npu.executed))


if __name__ == "__main__":
    main()
