"""Changes single fields of a .tflite file in place, so that tests hand real files to the reader and the checker.

A FlatBuffers table is a list of fields behind a vtable that other tables may share. What is changed is written over,
what is left out or moved gets a copy behind the end of the file, where nothing else points.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import tflite


class TfliteBytes:
    """One file; `content` is what it has become."""

    def __init__(self, path: Path) -> None:
        self._content = bytearray(path.read_bytes())

    @property
    def content(self) -> bytes:
        return bytes(self._content)

    @property
    def model(self) -> Any:
        return tflite.Model.GetRootAs(self._content, 0)

    @property
    def graph(self) -> Any:
        return self.model.Subgraphs(0)

    def output(self, place: int) -> Any:
        """The tensor of an output of the model."""
        return self.graph.Tensors(self.graph.Outputs(place))

    def box_output(self) -> Any:
        """The first output of 64 channels."""
        outputs = [self.output(place) for place in range(self.graph.OutputsLength())]
        return next(output for output in outputs if output.Shape(output.ShapeLength() - 1) == 64)

    def buffer(self, tensor: Any) -> Any:
        return self.model.Buffers(tensor.Buffer())

    def npu_operator(self) -> Any:
        """The one ethos-u operator of a file that Vela made."""
        return self.graph.Operators(0)

    def npu_input(self, place: int) -> Any:
        return self.graph.Tensors(self.npu_operator().Inputs(place))

    def place(self, table: Any, field: int) -> int:
        """Where a field of a table lies in the file."""
        offset = table._tab.Offset(4 + 2 * field)
        assert offset, "the file leaves this field out"
        return int(table._tab.Pos + offset)

    def vector(self, table: Any, field: int) -> int:
        """Where the first element of a vector lies."""
        return int(table._tab.Vector(table._tab.Offset(4 + 2 * field)))

    def write(self, place: int, form: str, value: Any) -> TfliteBytes:
        struct.pack_into(form, self._content, place, value)
        return self

    def word(self, place: int) -> int:
        return int(struct.unpack_from("<I", self._content, place)[0])

    def leave_out(self, table: Any, field: int) -> TfliteBytes:
        """The table without a field, by a vtable of its own."""
        start = table._tab.Pos
        vtable = start - struct.unpack_from("<i", self._content, start)[0]
        (size,) = struct.unpack_from("<H", self._content, vtable)
        copy = bytearray(self._content[vtable : vtable + size])
        struct.pack_into("<H", copy, 4 + 2 * field, 0)
        self._align(4)
        struct.pack_into("<i", self._content, start, start - len(self._content))
        self._content += copy
        return self

    def move_vector(self, table: Any, field: int, *, misaligned_by: int) -> TfliteBytes:
        """A vector of bytes whose first element lies so many bytes behind a multiple of 16."""
        start = self.vector(table, field)
        length = self.word(start - 4)
        data = self._content[start : start + length]
        self._align(16)
        self._content += bytes((misaligned_by - 4) % 16)
        place = self.place(table, field)
        struct.pack_into("<I", self._content, place, len(self._content) - place)
        self._content += struct.pack("<I", length) + data
        return self

    def _align(self, multiple: int) -> None:
        self._content += bytes(-len(self._content) % multiple)


# Fields by their places in TensorFlow Lite's schema.fbs.
MODEL_VERSION = 0
TENSOR_TYPE, TENSOR_QUANTIZATION = 1, 4
QUANTIZATION_SCALE, QUANTIZATION_ZERO_POINT = 2, 3
BUFFER_DATA = 0
OPERATOR_CUSTOM_OPTIONS = 5
CODE_DEPRECATED, CODE_BUILTIN = 0, 3
