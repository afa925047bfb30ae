"""Reads a .tflite file without trusting it: any damage is a ModelFileError, never a traceback and never a hang.

The file is read through the accessors that flatc generates (PyPI `tflite`), which follow whatever offsets a file holds.
Offsets may lead to one place from many: a table, a text or a vector is decoded once wherever it is named
(flatbuffer_reads.py), and what no device has so many of ends the reading. So 1 GiB and ten seconds are enough for any
file. Every error of an accessor is taken for what it is, a damaged file. A type of tensor or an operator that the
schema here has no name for is no damage: such a file may be newer, and it is read under the number it gives.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from edgecask.errors import ModelFileError
from edgecask.file_kinds import DOWNLOAD, LFS, LOOKED_AT, describe_bytes
from edgecask.files import read_input
from edgecask.target.flatbuffer_reads import FlatbufferReads
from edgecask.target.npu_payload import MOST_OPTION_BYTES, NpuPayload, Walked, parse_payload, walk

IDENTIFIER = b"TFL3"
LARGEST_FILE = 256 * 1024 * 1024
ETHOS_U = "ETHOS_U"
NEWER_TYPE = "type "
NEWER_OPERATOR = "operator "
"""What stands before the number of a tensor's type or of an operator that the schema here has no name for."""
_ETHOS_U_CUSTOM_CODE = "ethos-u"
FIRST_NPU_INPUTS = 4
MOST_TENSORS = 20_000
MOST_OPERATORS = 20_000
MOST_NPU_OPERATORS = 1000
_FLOAT_TYPES = frozenset({"float32", "float16", "float64"})
# Operators whose very purpose is to pass between real numbers and integers.
_BOUNDARY = frozenset({"QUANTIZE", "DEQUANTIZE"})
# Where a table's vtable has these fields (schema.fbs of TensorFlow Lite; fields are numbered from 4 in twos).
_TENSOR_NAME, _CODE_CUSTOM = 10, 6
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
    return read_input(
        path, limit=LARGEST_FILE, error=ModelFileError, advice="Pass a model for a device, as dist/grove/model.tflite."
    )


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
        self._reads = FlatbufferReads(content, self._model, name)
        # What has been decoded, by its place in the file.
        self._tensors: dict[int, Tensor] = {}
        self._codes: dict[int, tuple[str, int]] = {}
        self._payloads: dict[tuple[int, int], Walked] = {}

    def read(self) -> ModelFile:
        model = self._model
        subgraphs = self._reads.count(model.SubgraphsLength(), len(self._content), "subgraphs")
        if subgraphs == 0:
            raise ValueError("no subgraph")
        graph = model.Subgraphs(0)
        count = self._reads.count(graph.TensorsLength(), MOST_TENSORS, "tensors")
        sources = [graph.Tensors(place) for place in range(count)]
        tensors = [self._tensor(source) for source in sources]
        operators: list[Operator] = []
        npu: list[NpuPayload] = []
        for index in range(self._reads.count(graph.OperatorsLength(), MOST_OPERATORS, "operators")):
            source = graph.Operators(index)
            operator = self._operator(source, tensors)
            operators.append(operator)
            if operator.name == ETHOS_U:
                self._reads.count(len(npu) + 1, MOST_NPU_OPERATORS, f"{ETHOS_U} operators")
                npu.append(self._npu(source, tensors, sources))
        return ModelFile(
            name=self._name,
            size=len(self._content),
            schema_version=int(model.Version()),
            inputs=tuple(self._pick(tensors, graph.InputsAsNumpy())),
            outputs=tuple(self._pick(tensors, graph.OutputsAsNumpy())),
            operators=tuple(operators),
            per_channel_tensors=sum(tensor.scales > 1 for tensor in tensors),
            subgraphs=subgraphs,
            npu=tuple(npu),
        )

    def _pick(self, tensors: list[Tensor], vector: Any) -> list[Tensor]:
        indexes = self._reads.vector(vector)
        if any(index >= len(tensors) for index in indexes):
            raise IndexError("a tensor that does not exist")
        return [tensors[index] for index in indexes if index >= 0]  # -1 is an optional input left out

    def _tensor(self, tensor: Any) -> Tensor:
        place = tensor._tab.Pos
        if place not in self._tensors:
            self._tensors[place] = self._decoded(tensor)
        return self._tensors[place]

    def _decoded(self, tensor: Any) -> Tensor:
        quantization = tensor.Quantization()
        scales, zero_points = 0, 0
        if quantization is not None:
            scales = self._reads.count(quantization.ScaleLength(), len(self._content), "scales")
            zero_points = self._reads.count(quantization.ZeroPointLength(), len(self._content), "zero points")
        dtype = _names("TensorType").get(tensor.Type(), f"{NEWER_TYPE}{tensor.Type()}")
        return Tensor(
            name=self._reads.text(tensor, _TENSOR_NAME),
            shape=self._reads.shape(tensor),
            dtype=dtype.lower(),
            scale=float(quantization.Scale(0)) if scales else None,
            zero_point=int(quantization.ZeroPoint(0)) if zero_points else None,
            scales=scales,
            constant=self._reads.buffer_length(tensor) > 0,
        )

    def _code(self, index: int) -> tuple[str, int]:
        """The name and the version that an operator's code stands for."""
        if not 0 <= index < self._model.OperatorCodesLength():
            raise IndexError("an operator code that does not exist")
        if index not in self._codes:
            code = self._model.OperatorCodes(index)
            # Files older than TensorFlow 2.4 have the code in the deprecated byte alone.
            number = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
            name = _names("BuiltinOperator").get(number, f"{NEWER_OPERATOR}{number}")
            if name == "CUSTOM":
                custom = self._reads.text(code, _CODE_CUSTOM)
                name = ETHOS_U if custom == _ETHOS_U_CUSTOM_CODE else f"CUSTOM:{custom}"
            self._codes[index] = name, int(code.Version())
        return self._codes[index]

    def _operator(self, operator: Any, tensors: list[Tensor]) -> Operator:
        name, version = self._code(operator.OpcodeIndex())
        return Operator(
            name=name,
            version=version,
            inputs=tuple(self._pick(tensors, operator.InputsAsNumpy())),
            outputs=tuple(self._pick(tensors, operator.OutputsAsNumpy())),
        )

    def _npu(self, operator: Any, tensors: list[Tensor], sources: list[Any]) -> NpuPayload:
        """The ethos-u operator's first four inputs: command stream, weights, scratch, fast scratch (Vela's order)."""
        indexes = self._reads.vector(operator.InputsAsNumpy())
        if len(indexes) < FIRST_NPU_INPUTS or not all(0 <= index < len(tensors) for index in indexes):
            raise IndexError("a tensor that does not exist")
        stream, flash, scratch, fast = indexes[:FIRST_NPU_INPUTS]
        start, length = self._reads.data_start(sources[stream]), self._reads.buffer_length(sources[stream])
        if (start, length) not in self._payloads:
            self._payloads[start, length] = walk(self._content, start=start, length=length)
        options = operator.CustomOptionsAsNumpy()
        return parse_payload(
            self._payloads[start, length],
            start=start,
            options=b"" if isinstance(options, int) else options[-MOST_OPTION_BYTES:].tobytes(),
            constants=[self._reads.data_start(sources[index]) for index in indexes[1:] if tensors[index].constant],
            # Both scratch tensors name the same memory where the configuration has one SRAM.
            scratch_bytes=max(_bytes(tensors[scratch]), _bytes(tensors[fast])),
            flash_bytes=_bytes(tensors[flash]),
        )


def _bytes(tensor: Tensor) -> int:
    return tensor.shape[0] if len(tensor.shape) == 1 else 0
