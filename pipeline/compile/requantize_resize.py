"""Another scale and a larger map in one operator of the Ethos-U, where Vela makes two; used by concatenation.py.

A map that two concatenations of different scale read has a QUANTIZE before one of them and, where the network enlarges
it there, a RESIZE_NEAREST_NEIGHBOR after that. Vela makes an AvgPool of 1 × 1 of each. The one that changes the scale
can read each element several times (`ifm_resampling_mode`), which is all that the other does: every element comes out
as before.
"""

from __future__ import annotations

from collections.abc import Iterable

from ethosu.vela.ethos_u55_regs.ethos_u55_regs import resampling_mode
from ethosu.vela.operation import Op, Operation
from ethosu.vela.shape4d import Shape4D

SAME_BY_TWO = 2


def _only_enlarges(resize: Operation) -> bool:
    source, target = resize.ifm, resize.ofm
    return (
        resize.type == Op.ResizeNearestNeighbor
        and resize.run_on_npu
        and resize.ifm_resampling_mode == resampling_mode.NEAREST
        and resize.kernel.elements_wh() == 1
        and resize.activation is None
        and resize.forced_input_quantization is None
        and resize.forced_output_quantization is None
        and resize.read_offsets[0] is None
        and len(target.ops) == 1
        and resize.write_shape == Shape4D(target.shape)
        and all(out == SAME_BY_TWO * in_ for out, in_ in zip(target.shape[1:3], source.shape[1:3], strict=True))
        and source.quantization.scale_f32 == target.quantization.scale_f32
        and source.quantization.zero_point == target.quantization.zero_point
    )


def _only_rescales(quantize: Operation, between: object) -> bool:
    return (
        quantize.type == Op.AvgPool
        and quantize.original_type == Op.Quantize
        and quantize.run_on_npu
        and quantize.kernel.elements_wh() == 1
        and quantize.activation is None
        and quantize.outputs == [between]
        and quantize.write_offset is None
        and quantize.memory_function is None
        and quantize.ifm_resampling_mode == resampling_mode.NONE
        and quantize.ifm.dtype == quantize.ofm.dtype
        and quantize.ofm_shapes[0] == quantize.ifm_shapes[0] == Shape4D(quantize.ofm.shape)
    )


def merge(operators: Iterable[Operation]) -> int:
    """Let operators that only change the scale enlarge, too, where only that follows; how many did."""
    count = 0
    for resize in operators:
        if not _only_enlarges(resize):
            continue
        between = resize.ifm
        if len(between.ops) != 1 or between.consumer_list != [resize] or not _only_rescales(between.ops[0], between):
            continue
        quantize, target = between.ops[0], resize.ofm
        quantize.ifm_resampling_mode = resampling_mode.NEAREST
        quantize.ofm_shapes[0] = resize.ofm_shapes[0]
        quantize.write_shape, quantize.write_offset = resize.write_shape, resize.write_offset
        quantize.outputs, target.ops = [target], [quantize]
        between.ops, between.consumer_list, resize.inputs, resize.outputs = [], [], [], []
        count += 1
    return count
