"""What a command costs by Vela's own cost functions, from its registers alone.

So the same clock reads any file for an Ethos-U55, whoever compiled it: nothing of the compiler's own knowledge is
needed. A kernel takes as long as the slowest of computing, moving feature maps, and reading weights out of flash.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ethosu.vela import npu_performance
from ethosu.vela.architecture_allocator import ArchitectureBlockConfig, try_block_config
from ethosu.vela.architecture_features import (
    ArchitectureFeatures,
    Block,
    NpuBlockType,
    SHRAMElements,
    resampling_mode,
)
from ethosu.vela.npu_performance import PerformanceQuery
from ethosu.vela.numeric_util import round_up
from ethosu.vela.operation import Kernel, Op
from ethosu.vela.shape4d import Shape4D
from ethosu.vela.tensor import TensorFormat

from pipeline.harness import Refused
from pipeline.npu.command_stream import Command

ELEMENTWISE = (
    Op.Mul, Op.Add, Op.Sub, Op.Minimum, Op.Maximum, Op.LeakyRelu, Op.Abs, Op.CLZ, Op.SHR, Op.SHL,
)  # fmt: skip
"""By the parameter of NPU_OP_ELEMENTWISE (ethos_u55_regs: elementwise_mode)."""
POOLINGS = (Op.MaxPool, Op.AvgPool, Op.ReduceSum)
ACTIVATIONS = {3: Op.Tanh, 4: Op.Sigmoid}
FIRST_TABLE = 16
ACCUMULATORS = (SHRAMElements.Acc32, SHRAMElements.Acc40, SHRAMElements.Acc16)
RESAMPLING = (resampling_mode.NONE, resampling_mode.NEAREST, resampling_mode.TRANSPOSE)
SCALAR = 0x80
FLASH_REGION = 0
WITH_WEIGHTS = (NpuBlockType.ConvolutionMxN, NpuBlockType.ConvolutionDepthWise)
CHIPS = {32: "32", 64: "64", 128: "128", 256: "256"}


def chip(macs_per_cycle: int, *, config: Path, system_config: str, memory_mode: str) -> ArchitectureFeatures:
    """Vela's description of an Ethos-U55 with so many multipliers; raises Refused for any other."""
    if macs_per_cycle not in CHIPS:
        raise Refused("model-file", f"{{model}} is for an Ethos-U with {macs_per_cycle} multipliers, not for a U55.")
    return ArchitectureFeatures(
        vela_config_files=[str(config)],
        accelerator_config=f"ethos-u55-{CHIPS[macs_per_cycle]}",
        system_config=system_config,
        memory_mode=memory_mode,
        max_blockdep=ArchitectureFeatures.MAX_BLOCKDEP,
        verbose_config=False,
        arena_cache_size=None,
    )


def transfer_cycles(architecture: Any, registers: Mapping[str, Any]) -> float:
    """A DMA by the bandwidth and latency of where it reads (npu_performance.measure_mem2mem_cycles)."""
    flash = registers.get("DMA0_SRC_REGION", 0) == FLASH_REGION
    source = architecture.permanent_storage_mem_area if flash else architecture.fast_storage_mem_area
    length = registers["DMA0_LEN"][0]
    return float(
        npu_performance.measure_mem2mem_cycles(architecture, source, architecture.fast_storage_mem_area, length)
    )


def kernel_cycles(architecture: Any, command: Command) -> float:
    """CONV, DEPTHWISE, POOL or ELEMENTWISE with the registers as they are."""
    registers = command.registers
    operation, block_type = _operation(command)
    query = _query(architecture, registers, operation, block_type)
    cost = npu_performance.measure_cycle_cost(architecture, operation, _activation(registers), query)
    moved = _moved(architecture, query)
    computing = float(cost.op_cycles)
    moving = moved / architecture.memory_bandwidths_per_cycle[architecture.fast_storage_mem_area]
    reading = 0.0
    if block_type in WITH_WEIGHTS and registers.get("WEIGHT_REGION") == FLASH_REGION:
        storage = architecture.permanent_storage_mem_area
        reading = registers["WEIGHT_LENGTH"][0] / architecture.memory_bandwidths_per_cycle[storage]
    return float(max(computing, moving, reading))


def _operation(command: Command) -> tuple[Op, NpuBlockType]:
    if command.name == "CONV":
        return Op.Conv2DBias, NpuBlockType.ConvolutionMxN
    if command.name == "DEPTHWISE":
        return Op.DepthwiseConv2DBias, NpuBlockType.ConvolutionDepthWise
    if command.name == "POOL":
        operation = POOLINGS[command.parameter]
        return operation, NpuBlockType.ReduceSum if operation == Op.ReduceSum else NpuBlockType.Pooling
    return ELEMENTWISE[command.parameter], NpuBlockType.ElementWise


def _activation(registers: Mapping[str, Any]) -> Op | None:
    number = registers.get("ACTIVATION", 0) & 0xFFF
    if number >= FIRST_TABLE:
        return Op.LUT
    if number in ACTIVATIONS:
        return ACTIVATIONS[number]
    return None


def _bits(precision: int) -> int:
    """Bits of an element out of IFM_PRECISION (bits 2 and 3) or OFM_PRECISION (bits 1 and 2), already shifted."""
    return 8 << (precision & 3)


def _format(precision: int) -> TensorFormat:
    return TensorFormat.NHCWB16 if precision >> 6 & 1 else TensorFormat.NHWC


def _query(
    architecture: Any, registers: Mapping[str, Any], operation: Op, block_type: NpuBlockType
) -> PerformanceQuery:
    """What Vela asks its cost functions, filled from the registers as its generator wrote them."""
    sram = architecture.fast_storage_mem_area
    query = PerformanceQuery(block_type)
    output = [registers[f"OFM_{side}_M1"] + 1 for side in ("HEIGHT", "WIDTH", "DEPTH")]
    depth = registers["IFM_DEPTH_M1"] + 1
    kernel = _kernel(registers) if block_type != NpuBlockType.ElementWise else Kernel(1, 1)
    resampling = RESAMPLING[registers.get("IFM_UPSCALE", 0)]
    if block_type == NpuBlockType.ElementWise:
        height, width = output[:2]
    else:
        height, width = registers["IFM_HEIGHT0_M1"] + 1, registers["IFM_WIDTH0_M1"] + 1
    query.ofm_shape, query.ifm_shape = Shape4D(1, *output), Shape4D(1, height, width, depth)
    query.kernel = kernel
    query.ifm_bits = _bits(registers["IFM_PRECISION"] >> 2)
    query.ofm_bits = _bits(registers["OFM_PRECISION"] >> 1)
    query.ifm_format, query.ofm_format = _format(registers["IFM_PRECISION"]), _format(registers["OFM_PRECISION"])
    query.ifm_memory_area = query.ofm_memory_area = query.const_memory_area = sram
    scalar = bool(registers.get("IFM2_BROADCAST", 0) & SCALAR)
    if block_type == NpuBlockType.ElementWise and operation not in (Op.LeakyRelu, Op.Abs, Op.CLZ):
        query.ifm2_shape = Shape4D(1, 1, 1, 1) if scalar else Shape4D(1, *output)
        query.ifm2_bits = _bits(registers["IFM2_PRECISION"] >> 2)
        query.ifm2_format = _format(registers["IFM2_PRECISION"])
        query.ifm2_memory_area = sram
    if block_type in WITH_WEIGHTS:
        query.const_shape = Shape4D(1, 1, 1, output[2])
    block = Block(*(registers[f"OFM_BLK_{side}_M1"] + 1 for side in ("WIDTH", "HEIGHT", "DEPTH")))
    part_kernel = bool(registers.get("KERNEL_STRIDE", 0) >> 2 & 1) and block_type == NpuBlockType.ConvolutionMxN
    config = try_block_config(
        block, architecture, block_type, query.ofm_shape, query.ifm_shape, query.ifm2_shape, scalar, query.ifm_bits,
        part_kernel, kernel, 2 if _activation(registers) == Op.LUT else 0, True, resampling,
    )  # fmt: skip
    if config is None:  # another compiler's choice, which Vela 4.5 would not make
        config = ArchitectureBlockConfig()
        config.is_partkernel = part_kernel
        config.ifm_block = Shape4D(1, block.height, block.width, min(round_up(depth, 8), 32))
    config.ofm_block = Shape4D(1, *block.to_hwc())
    config.acc_type = ACCUMULATORS[registers.get("ACC_FORMAT", 0)]
    query.config = config
    return query


def _kernel(registers: Mapping[str, Any]) -> Kernel:
    """The kernel with its dilation: registers hold the dilated size, and strides bit by bit."""
    stride = registers["KERNEL_STRIDE"]
    steps = [1 + ((stride >> low & 1) | (stride >> high & 7) << 1) for low, high in ((0, 6), (1, 9))]
    dilations = [1 + (stride >> bit & 1) for bit in (3, 4)]
    sides = zip(("WIDTH", "HEIGHT"), dilations, strict=True)
    sizes = [registers[f"KERNEL_{side}_M1"] // dilation + 1 for side, dilation in sides]
    return Kernel(*sizes, *steps, *dilations)


def _moved(architecture: Any, query: PerformanceQuery) -> float:
    """Bytes of feature maps over the SRAM's port, with what bursts waste."""
    access = npu_performance.measure_element_access(architecture, query)
    efficiency = npu_performance._estimate_memory_transfer_efficiency
    moved = efficiency(
        architecture, False, query.ofm_memory_area, query.ofm_format, query.ofm_bits, query.config.ofm_block,
        query.ofm_shape, access.ofm_write * query.ofm_bits // 8,
    )  # fmt: skip
    moved += efficiency(
        architecture, True, query.ifm_memory_area, query.ifm_format, query.ifm_bits, query.config.ifm_block,
        query.ifm_shape, access.ifm_read[0] * query.ifm_bits // 8,
    )  # fmt: skip
    if query.ifm2_shape:
        moved += efficiency(
            architecture, True, query.ifm2_memory_area, query.ifm2_format, query.ifm2_bits, query.config.ifm_block,
            query.ifm2_shape, access.ifm_read[1] * query.ifm2_bits // 8,
        )  # fmt: skip
    return float(moved)
