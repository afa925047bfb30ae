"""SiLU as one table on the Ethos-U, where Vela makes two operators of it; used by compile.py.

TFLite has no SiLU: it is MUL(x, LOGISTIC(x)). Vela turns LOGISTIC into a table on an ADD that moves three cycles an
element, and the MUL takes another one and a half. In int8 the whole is a function of one byte, so one table on one
elementwise operator does: a MAXIMUM with the lowest code, which leaves every code as it is, has no scale, and takes the
one cycle an element that a table takes anyway. The table holds what TFLite's reference kernels give for each of the 256
codes, so the model before Vela stays the exact twin of the one after.

Vela's rewrites are looked up as globals of tflite_graph_optimiser when it runs; `fused` replaces one of them by itself
with ours before it. This is tied to VELA_VERSION: another one is refused.
"""

from __future__ import annotations

import collections
import contextlib
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy
from ethosu.vela import tflite_graph_optimiser
from ethosu.vela._version import __version__ as vela_version
from ethosu.vela.data_type import DataType
from ethosu.vela.debug_database import DebugDatabase
from ethosu.vela.lut import create_lut_tensor
from ethosu.vela.operation import Op, Operation
from ethosu.vela.tensor import create_const_tensor
from ethosu.vela.tflite.BuiltinOperator import BuiltinOperator
from ethosu.vela.tflite.Model import Model
from ethosu.vela.tflite.TensorType import TensorType

from pipeline.harness import Refused

VELA_VERSION = "4.5.0"
LOWEST, HIGHEST = -128, 127
CONVOLUTIONS = (Op.Conv2DBias, Op.DepthwiseConv2DBias)


@dataclass(frozen=True, kw_only=True)
class Quantization:
    """real = scale · (stored − zero_point); `scale` as float32, as it stands in the file."""

    scale: float
    zero_point: int


def _round_half_away(value: float) -> int:
    return int(math.copysign(math.floor(abs(value) + 0.5), value))


def _clamp(value: int) -> int:
    return min(HIGHEST, max(LOWEST, value))


def _logistic(code: int, input_: Quantization, output: Quantization) -> int:
    """TFLite's int8 LOGISTIC (kernels/activations.cc fills a table with float32 arithmetic)."""
    real = numpy.float32(input_.scale) * numpy.float32(code - input_.zero_point)
    with numpy.errstate(over="ignore"):  # far below zero the exponential is infinite, and the result 0
        activated = numpy.float32(1) / (numpy.float32(1) + numpy.float32(numpy.exp(-numpy.float64(real))))
    return _clamp(
        _round_half_away(float(activated * (numpy.float32(1) / numpy.float32(output.scale)))) + output.zero_point
    )


def _multiply(left: int, right: int, scale: float) -> int:
    """Left · right · scale, with the two roundings of TFLite's MultiplyByQuantizedMultiplier (kernels/internal)."""
    significand, exponent = math.frexp(scale)
    multiplier = _round_half_away(significand * (1 << 31))
    if multiplier == 1 << 31:
        multiplier, exponent = multiplier // 2, exponent + 1
    product = (left * right << max(exponent, 0)) * multiplier
    # Saturating, rounding, doubling high multiplication: division that truncates, after a nudge by half.
    nudged = product + ((1 << 30) if product >= 0 else 1 - (1 << 30))
    high = nudged // (1 << 31) if nudged >= 0 else -((-nudged) // (1 << 31))
    shift = max(-exponent, 0)
    remainder, threshold = high & ((1 << shift) - 1), ((1 << shift) - 1) >> 1
    return (high >> shift) + (remainder > threshold + (high < 0))


def silu_table(input_: Quantization, logistic: Quantization, output: Quantization) -> list[int]:
    """What LOGISTIC and then MUL give for the codes −128 … 127, as 256 codes of the output."""
    # The kernel multiplies the three scales as float32.
    scale = numpy.float32(input_.scale) * numpy.float32(logistic.scale) / numpy.float32(output.scale)
    return [
        _clamp(
            output.zero_point
            + _multiply(
                code - input_.zero_point,
                _logistic(code, input_, logistic) - logistic.zero_point,
                float(scale),
            )
        )
        for code in range(LOWEST, HIGHEST + 1)
    ]


def _quantization_of(tensor: Any) -> Quantization:
    found = tensor.quantization
    return Quantization(scale=float(found.scale_f32), zero_point=int(found.zero_point))


def _match(operation: Operation) -> tuple[Any, Operation] | None:
    """Find x and the LOGISTIC of a MUL(x, LOGISTIC(x)), whichever way round it is written."""
    if operation.type != Op.Mul or operation.activation is not None:
        return None
    for value, gate in ((operation.ifm, operation.ifm2), (operation.ifm2, operation.ifm)):
        if value is None or gate is None or len(gate.ops) != 1:
            continue
        logistic = gate.ops[0]
        alone = logistic.type == Op.Sigmoid and logistic.ifm is value and len(gate.consumers()) == 1
        tensors = (value, gate, operation.ofm)
        if (
            alone
            and logistic.activation is None
            and all(tensor.dtype == DataType.int8 and tensor.shape == value.shape for tensor in tensors)
            and all(tensor.quantization.is_per_axis() is False for tensor in tensors)
        ):
            return value, logistic
    return None


def count_in(content: bytes) -> int:
    """How many int8 MUL(x, LOGISTIC(x)) a .tflite holds whose LOGISTIC nothing else reads."""
    model = Model.GetRootAs(content, 0)
    graph = model.Subgraphs(0)
    operators = [graph.Operators(index) for index in range(graph.OperatorsLength())]
    kinds = [model.OperatorCodes(operator.OpcodeIndex()).BuiltinCode() for operator in operators]
    readers = collections.Counter(tensor for operator in operators for tensor in operator.InputsAsNumpy())
    gates = {
        (operator.Inputs(0), operator.Outputs(0))
        for operator, kind in zip(operators, kinds, strict=True)
        if kind == BuiltinOperator.LOGISTIC
        and readers[operator.Outputs(0)] == 1
        and graph.Tensors(operator.Outputs(0)).Type() == TensorType.INT8
    }
    return sum(
        kind == BuiltinOperator.MUL
        and bool({(operator.Inputs(0), operator.Inputs(1)), (operator.Inputs(1), operator.Inputs(0))} & gates)
        for operator, kind in zip(operators, kinds, strict=True)
    )


@dataclass(kw_only=True)
class Fused:
    """How many SiLUs became one operator."""

    count: int = 0


@contextlib.contextmanager
def fused(*, into_convolution: bool = False) -> Iterator[Fused]:
    """While this is open, Vela makes one operator of a SiLU, or none where `into_convolution`.

    `into_convolution` lets the convolution before it carry the table. Vela 5's Regor emits this for the U55-64; 4.5
    forbids it there ("only works correctly for elementwise", since accumulators share the memory of the table), and
    nobody has seen it on a board. On a U55-128 or -256, whose tables have banks of their own, 4.5 itself does so with a
    LOGISTIC that follows a convolution alone.
    """
    if vela_version != VELA_VERSION:
        raise Refused(
            "compile",
            f"SiLU as one table is known to work with Vela {VELA_VERSION}, this is {vela_version}.",
            "Build with --no-fuse-silu.",
        )
    result = Fused()
    original = tflite_graph_optimiser.convert_ops_to_lut
    original_fuse = tflite_graph_optimiser.fuse_activation_function_with_prev
    ours: set[Operation] = set()

    def with_silu(operation: Operation, architecture: Any, graph: Any) -> Operation:
        found = _match(operation) if operation.run_on_npu else None
        if found is None:
            return original(operation, architecture, graph)
        result.count += 1
        ours.add(operation)
        return _one_operator(operation, *found)

    def with_convolution(operation: Operation, architecture: Any, graph: Any) -> Operation:
        if not into_convolution or operation not in ours or operation.ifm.ops[0].type not in CONVOLUTIONS:
            return original_fuse(operation, architecture, graph)
        # The two things that stand in the way: what a no-op is, and the rule that is asked to be broken.
        banks = architecture.shram_reserved_unused_banks
        operation.attrs["is_nop"], architecture.shram_reserved_unused_banks = True, 2
        try:
            return original_fuse(operation, architecture, graph)
        finally:
            architecture.shram_reserved_unused_banks = banks

    tflite_graph_optimiser.convert_ops_to_lut = with_silu
    tflite_graph_optimiser.fuse_activation_function_with_prev = with_convolution
    try:
        yield result
    finally:
        tflite_graph_optimiser.convert_ops_to_lut = original
        tflite_graph_optimiser.fuse_activation_function_with_prev = original_fuse


def _one_operator(operation: Operation, value: Any, logistic: Operation) -> Operation:
    """Make the MUL a MAXIMUM of `value` and the lowest code that carries the table."""
    table = silu_table(_quantization_of(value), _quantization_of(logistic.ofm), _quantization_of(operation.ofm))
    values = create_lut_tensor(f"{operation.name}_silu_values", table, DataType.int8)
    output = operation.ofm
    logistic.set_output_tensor(logistic.ofm.clone())  # nothing reads it any more
    for tensor in list(operation.inputs):
        if operation in tensor.consumers():
            tensor.consumer_list.remove(operation)
    if logistic in value.consumer_list:
        value.consumer_list.remove(logistic)
    operation.inputs = []
    operation.type = Op.Maximum
    operation.add_input_tensor(value)
    operation.add_input_tensor(
        create_const_tensor(
            f"{operation.name}_lowest", [], DataType.int8, [LOWEST], quantization=value.quantization.clone()
        )
    )
    # The table is applied to the code of the input itself: nothing may be rescaled before it.
    operation.forced_output_quantization = value.quantization
    operation.set_output_tensor(output)
    operation.set_activation_lut(values)
    operation.set_ifm_ofm_shapes()
    operation.name = f"{operation.name}_silu"
    DebugDatabase.add_optimised(operation, operation)
    return operation
