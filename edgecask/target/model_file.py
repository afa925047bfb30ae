"""Reads a .tflite file without trusting it: any damage is a ModelFileError, never a traceback and never a hang.

The file is read through the accessors that flatc generates (PyPI `tflite`), which follow whatever offsets a file
holds. So every count is checked against the file's size before anything loops over it, and every error of an accessor
is taken for what it is, a damaged file. A type of tensor or an operator that the schema here has no name for is no
damage: such a file may be newer, and it is read under the number it gives.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from edgecask.errors import ModelFileError, StorageError
from edgecask.file_kinds import DOWNLOAD, LFS, LOOKED_AT, describe_bytes
from edgecask.files import read_bounded
from edgecask.target.npu_payload import NpuPayload, parse_payload

IDENTIFIER = b"TFL3"
LARGEST_FILE = 256 * 1024 * 1024
ETHOS_U = "ETHOS_U"
NEWER_TYPE = "type "
NEWER_OPERATOR = "operator "
"""What stands before the number of a tensor's type or of an operator that the schema here has no name for."""
_ETHOS_U_CUSTOM_CODE = "ethos-u"
FIRST_NPU_INPUTS = 4
_FLOAT_TYPES = frozenset({"float32", "float16", "float64"})
# Operators whose very purpose is to pass between real numbers and integers.
_BOUNDARY = frozenset({"QUANTIZE", "DEQUANTIZE"})
_DAMAGE = (
    AssertionError, AttributeError, IndexError, KeyError, MemoryError, OverflowError, TypeError, ValueError,
    struct.error,
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Tensor:
    """One tensor; real value = scale · (stored value − zero_point). `scales` counts the scales it holds."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    scale: float | None
    zero_point: int | None
    scales: int
    constant: bool


@dataclass(frozen=True, kw_only=True)
class Operator:
    """One operator: its name (ETHOS_U for Vela's), its version, and its tensors."""

    name: str
    version: int
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]

    @property
    def computes_in_float(self) -> bool:
        """Whether it computes on real numbers rather than passing to or from them."""
        tensors = (*self.inputs, *self.outputs)
        return self.name not in _BOUNDARY and any(tensor.dtype in _FLOAT_TYPES for tensor in tensors)


@dataclass(frozen=True, kw_only=True)
class ModelFile:
    """What a .tflite file says of itself; `size` in bytes."""

    name: str
    size: int
    schema_version: int
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    operators: tuple[Operator, ...]
    per_channel_tensors: int
    subgraphs: int
    npu: tuple[NpuPayload, ...] = field(default=())

    @property
    def operator_names(self) -> tuple[str, ...]:
        """The names of the operators, sorted, each once."""
        return tuple(sorted({operator.name for operator in self.operators}))

    @property
    def image_size(self) -> int | None:
        """The side of the square input in pixels; None where there is no such input."""
        shape = self.inputs[0].shape if self.inputs else ()
        return shape[1] if len(shape) == 4 and shape[1] == shape[2] and shape[1] > 0 else None

    @property
    def newer_parts(self) -> tuple[str, ...]:
        """The types of tensors and the operators that this edgecask has no name for, sorted, each once."""
        tensors = {tensor for operator in self.operators for tensor in (*operator.inputs, *operator.outputs)}
        tensors |= {*self.inputs, *self.outputs}
        types = {f"tensor {tensor.dtype}" for tensor in tensors if tensor.dtype.startswith(NEWER_TYPE)}
        return (*sorted(types), *(name for name in self.operator_names if name.startswith(NEWER_OPERATOR)))


@cache
def _names(enumeration: str) -> dict[int, str]:
    import tflite

    return {value: name for name, value in vars(getattr(tflite, enumeration)).items() if not name.startswith("_")}


def read_model(path: Path) -> ModelFile:
    """Read a .tflite file; raises ModelFileError where it is missing, too large, or not one."""
    return parse_model(read_content(path), name=str(path))


def read_content(path: Path) -> bytes:
    """The bytes of a model file, for who needs them more than once; raises ModelFileError as read_model does."""
    try:
        content = read_bounded(path, limit=LARGEST_FILE)
    except OSError as error:
        raise ModelFileError(f"{path} cannot be read ({error.strerror}).", advice="Check the path.") from error
    except StorageError as error:
        reason = error.message.removeprefix(f"{path} ").rstrip(".")
        raise ModelFileError(f"{path} cannot be read (it {reason}).", advice=error.advice) from error
    if content is None:
        raise ModelFileError(f"{path} is larger than any device's memory (over {LARGEST_FILE} bytes).")
    return content


def parse_model(content: bytes, *, name: str) -> ModelFile:
    """Read the bytes of a .tflite file; raises ModelFileError where they are not one. `name` is for messages."""
    if content[4:8] != IDENTIFIER:
        known = describe_bytes(content[:LOOKED_AT])
        if known is not None:
            raise ModelFileError(
                f"{name} is {known[0]}.",
                advice=known[1] if known[1] in (LFS, DOWNLOAD) else "Pass the .tflite file that a build gave you.",
            )
        raise ModelFileError(
            f"{name} is not a TensorFlow Lite file (bytes 4 to 8 are {content[4:8]!r}, not {IDENTIFIER!r}).",
            advice="Pass the .tflite file that a build or a vendor's zoo gave you.",
        )
    try:
        return _Reader(content, name).read()
    except _DAMAGE as error:
        raise ModelFileError(f"{name} is truncated or damaged.", advice="Copy or build it again.") from error


class _Reader:
    """One pass over one file."""

    def __init__(self, content: bytes, name: str) -> None:
        import tflite

        self._content = content
        self._name = name
        self._model: Any = tflite.Model.GetRootAs(content, 0)
        # However the vectors overlap, no file says more than its bytes can hold.
        self._budget = len(content) + 1024

    def read(self) -> ModelFile:
        model = self._model
        subgraphs = self._count(model.SubgraphsLength())
        if subgraphs == 0:
            raise ValueError("no subgraph")
        graph = model.Subgraphs(0)
        tensors = [self._tensor(graph.Tensors(i)) for i in range(self._count(graph.TensorsLength()))]
        sources = [graph.Tensors(i) for i in range(len(tensors))]
        operators, npu = [], []
        for index in range(self._count(graph.OperatorsLength())):
            source = graph.Operators(index)
            operator = self._operator(source, tensors)
            operators.append(operator)
            if operator.name == ETHOS_U:
                npu.append(self._npu(source, tensors, sources))
        return ModelFile(
            name=self._name,
            size=len(self._content),
            schema_version=int(model.Version()),
            inputs=tuple(self._pick(tensors, graph.Inputs, graph.InputsLength())),
            outputs=tuple(self._pick(tensors, graph.Outputs, graph.OutputsLength())),
            operators=tuple(operators),
            per_channel_tensors=sum(tensor.scales > 1 for tensor in tensors),
            subgraphs=subgraphs,
            npu=tuple(npu),
        )

    def _count(self, length: int) -> int:
        self._budget -= length
        if length < 0 or self._budget < 0:
            raise ValueError("a vector is longer than the file")
        return length

    def _pick(self, tensors: list[Tensor], index_at: Callable[[int], int], length: int) -> list[Tensor]:
        indexes = [index_at(position) for position in range(self._count(length))]
        if any(index >= len(tensors) for index in indexes):
            raise IndexError("a tensor that does not exist")
        return [tensors[index] for index in indexes if index >= 0]  # -1 is an optional input left out

    def _tensor(self, tensor: Any) -> Tensor:
        shape = tuple(int(tensor.Shape(i)) for i in range(self._count(tensor.ShapeLength())))
        quantization = tensor.Quantization()
        scales = self._count(quantization.ScaleLength()) if quantization is not None else 0
        zero_points = self._count(quantization.ZeroPointLength()) if quantization is not None else 0
        dtype = _names("TensorType").get(tensor.Type(), f"{NEWER_TYPE}{tensor.Type()}")
        return Tensor(
            name=(tensor.Name() or b"").decode("utf-8", "replace"),
            shape=shape,
            dtype=dtype.lower(),
            scale=float(quantization.Scale(0)) if scales else None,
            zero_point=int(quantization.ZeroPoint(0)) if zero_points else None,
            scales=scales,
            constant=self._buffer_length(tensor) > 0,
        )

    def _buffer(self, tensor: Any) -> Any:
        index = tensor.Buffer()
        if not 0 <= index < self._model.BuffersLength():
            raise IndexError("a buffer that does not exist")
        return self._model.Buffers(index)

    def _buffer_length(self, tensor: Any) -> int:
        length = int(self._buffer(tensor).DataLength())
        if not 0 <= length <= len(self._content):
            raise ValueError("a buffer is longer than the file")
        return length

    def _operator(self, operator: Any, tensors: list[Tensor]) -> Operator:
        if not 0 <= operator.OpcodeIndex() < self._model.OperatorCodesLength():
            raise IndexError("an operator code that does not exist")
        code = self._model.OperatorCodes(operator.OpcodeIndex())
        # Files older than TensorFlow 2.4 have the code in the deprecated byte alone.
        number = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
        name = _names("BuiltinOperator").get(number, f"{NEWER_OPERATOR}{number}")
        if name == "CUSTOM":
            custom = (code.CustomCode() or b"").decode("utf-8", "replace")
            name = ETHOS_U if custom == _ETHOS_U_CUSTOM_CODE else f"CUSTOM:{custom}"
        return Operator(
            name=name,
            version=int(code.Version()),
            inputs=tuple(self._pick(tensors, operator.Inputs, operator.InputsLength())),
            outputs=tuple(self._pick(tensors, operator.Outputs, operator.OutputsLength())),
        )

    def _npu(self, operator: Any, tensors: list[Tensor], sources: list[Any]) -> NpuPayload:
        """The ethos-u operator's first four inputs: command stream, weights, scratch, fast scratch (Vela's order)."""
        indexes = [operator.Inputs(position) for position in range(self._count(operator.InputsLength()))]
        if len(indexes) < FIRST_NPU_INPUTS or not all(0 <= index < len(tensors) for index in indexes):
            raise IndexError("a tensor that does not exist")
        stream, flash, scratch, fast = indexes[:FIRST_NPU_INPUTS]
        start = self._data_start(sources[stream])
        options = operator.CustomOptionsAsNumpy()
        constants = [self._data_start(sources[index]) for index in indexes[1:] if tensors[index].constant]
        return parse_payload(
            self._content,
            start=start,
            length=self._count(self._buffer_length(sources[stream])),
            options=b"" if isinstance(options, int) else options.tobytes(),
            constants=constants,
            # Both scratch tensors name the same memory where the configuration has one SRAM.
            scratch_bytes=max(_bytes(tensors[scratch]), _bytes(tensors[fast])),
            flash_bytes=_bytes(tensors[flash]),
        )

    def _data_start(self, tensor: Any) -> int:
        """Where a tensor's data begins in the file; ValueError where it has none."""
        table = self._buffer(tensor)._tab
        offset = table.Offset(4)  # Buffer.data, the first field
        if not offset:
            raise ValueError("a tensor without data")
        return int(table.Vector(offset))


def _bytes(tensor: Tensor) -> int:
    return tensor.shape[0] if len(tensor.shape) == 1 else 0
