"""Reads of a .tflite file's parts that trust no offset and no length: each place once, and never beyond the file.

A text is decoded to its first `LONGEST_NAME` bytes. Damage is a ValueError, an IndexError or a struct.error; what no
device has so many of is a ModelFileError.
"""

from __future__ import annotations

import struct
from typing import Any

from edgecask.errors import ModelFileError
from edgecask.wording import shown

MOST_INDEXES = 200_000
"""Of tensors, in the lists of what goes into operators and comes out of them, all together."""
MOST_DIMENSIONS = 64
LONGEST_NAME = 200
# Where a tensor's vtable has its shape (schema.fbs of TensorFlow Lite; fields are numbered from 4 in twos).
_TENSOR_SHAPE = 4


class FlatbufferReads:
    """Of one file, through the accessors of its `model`; `name` is for messages."""

    def __init__(self, content: bytes, model: Any, name: str) -> None:
        self._content, self._model, self._name = content, model, name
        self._indexes = MOST_INDEXES
        # What has been decoded, by its place in the file.
        self._texts: dict[int, str] = {}
        self._shapes: dict[int, tuple[int, ...]] = {}

    def count(self, length: int, most: int, what: str) -> int:
        """A length that is none of a file this size is damage; raises ModelFileError where it is over `most`."""
        if not 0 <= length <= len(self._content):
            raise ValueError("a vector is longer than the file")
        if length > most:
            raise ModelFileError(
                f"{self._name} has more than {most:,} {what}: no device runs such a model.",
                advice="Check where the file comes from.",
            )
        return length

    def vector(self, vector: Any) -> list[int]:
        """The tensors that an operator or the graph lists; `vector` is 0 where there is no list."""
        if isinstance(vector, int):
            return []
        self.count(len(vector), self._indexes, "inputs and outputs of operators")
        self._indexes -= len(vector)
        return [int(index) for index in vector]

    def text(self, table: Any, field: int) -> str:
        """The text in a field of a table, at most LONGEST_NAME bytes of it."""
        offset = table._tab.Offset(field)
        if not offset:
            return ""
        place = table._tab.Indirect(table._tab.Pos + offset)
        if place not in self._texts:
            (length,) = struct.unpack_from("<I", self._content, place)
            start = place + struct.calcsize("<I")
            if start + length > len(self._content):
                raise ValueError("a text is longer than the file")
            text = shown(self._content[start : start + min(length, LONGEST_NAME)].decode("utf-8", "replace"))
            self._texts[place] = text if length <= LONGEST_NAME else f"{text}…"
        return self._texts[place]

    def shape(self, tensor: Any) -> tuple[int, ...]:
        """The sides of a tensor."""
        if not tensor.ShapeLength():
            return ()
        place = tensor._tab.Vector(tensor._tab.Offset(_TENSOR_SHAPE))
        if place not in self._shapes:
            self.count(tensor.ShapeLength(), MOST_DIMENSIONS, "dimensions in a tensor")
            self._shapes[place] = tuple(int(side) for side in tensor.ShapeAsNumpy())
        return self._shapes[place]

    def _buffer(self, tensor: Any) -> Any:
        index = tensor.Buffer()
        if not 0 <= index < self._model.BuffersLength():
            raise IndexError("a buffer that does not exist")
        return self._model.Buffers(index)

    def buffer_length(self, tensor: Any) -> int:
        """Bytes of a tensor's data; 0 where it has none."""
        length = int(self._buffer(tensor).DataLength())
        if not 0 <= length <= len(self._content):
            raise ValueError("a buffer is longer than the file")
        return length

    def data_start(self, tensor: Any) -> int:
        """Where a tensor's data begins in the file; ValueError where it has none."""
        table = self._buffer(tensor)._tab
        offset = table.Offset(4)  # Buffer.data, the first field
        if not offset:
            raise ValueError("a tensor without data")
        return int(table.Vector(offset))
