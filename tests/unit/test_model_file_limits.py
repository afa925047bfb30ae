"""Files that say much in few bytes: what they cost to read is bounded by what they hold, or they are refused.

Offsets of a .tflite may all lead to one place, so that a file of some kilobytes names gigabytes.
"""

from __future__ import annotations

import struct
import time
from collections.abc import Callable

import flatbuffers
import pytest
import tflite

from edgecask.errors import ModelFileError
from edgecask.firmware.family import family_rows
from edgecask.target.contract import check
from edgecask.target.flatbuffer_reads import LONGEST_NAME
from edgecask.target.model_file import MOST_OPERATORS, MOST_TENSORS, parse_model
from edgecask.target.rules import LONGEST_TEXT
from edgecask.target.target import load_target

SECONDS = 5.0
Vector = Callable[[], int]


class ModelBuilder:
    """A .tflite of `tensors` times one tensor and `operators` times one operator, all of whose offsets are the same."""

    def __init__(
        self,
        *,
        name: bytes = b"tensor",
        custom: bytes = b"custom",
        shape: tuple[int, ...] = (1, 8, 8, 3),
        data: bytes = b"",
        tensors: int = 4,
        operators: int = 1,
        inputs: int = 4,
        outputs: int = 1,
    ) -> None:
        builder = self.builder = flatbuffers.Builder(1024)
        data_vector = builder.CreateByteVector(data)
        tflite.BufferStart(builder)
        if data:
            tflite.BufferAddData(builder, data_vector)
        buffer = tflite.BufferEnd(builder)
        text = builder.CreateString(name.decode("latin-1"))
        sides = self._numbers(shape)
        tflite.TensorStart(builder)
        tflite.TensorAddName(builder, text)
        tflite.TensorAddShape(builder, sides)
        tflite.TensorAddType(builder, tflite.TensorType.INT8)
        tflite.TensorAddBuffer(builder, 0)
        tensor = tflite.TensorEnd(builder)
        code_text = builder.CreateString(custom.decode("latin-1"))
        tflite.OperatorCodeStart(builder)
        tflite.OperatorCodeAddDeprecatedBuiltinCode(builder, tflite.BuiltinOperator.CUSTOM)
        tflite.OperatorCodeAddBuiltinCode(builder, tflite.BuiltinOperator.CUSTOM)
        tflite.OperatorCodeAddCustomCode(builder, code_text)
        code = tflite.OperatorCodeEnd(builder)
        goes_in, comes_out = self._numbers([0, 1, 2, 3] * (inputs // 4)), self._numbers([0] * outputs)
        tflite.OperatorStart(builder)
        tflite.OperatorAddOpcodeIndex(builder, 0)
        tflite.OperatorAddInputs(builder, goes_in)
        tflite.OperatorAddOutputs(builder, comes_out)
        operator = tflite.OperatorEnd(builder)
        lists = [self._tables([tensor] * tensors), self._tables([operator] * operators)]
        first, last = self._numbers([0]), self._numbers([0] * outputs)
        tflite.SubGraphStart(builder)
        tflite.SubGraphAddTensors(builder, lists[0])
        tflite.SubGraphAddOperators(builder, lists[1])
        tflite.SubGraphAddInputs(builder, first)
        tflite.SubGraphAddOutputs(builder, last)
        graph = tflite.SubGraphEnd(builder)
        graphs, codes, buffers = self._tables([graph]), self._tables([code]), self._tables([buffer])
        tflite.ModelStart(builder)
        tflite.ModelAddVersion(builder, 3)
        tflite.ModelAddOperatorCodes(builder, codes)
        tflite.ModelAddSubgraphs(builder, graphs)
        tflite.ModelAddBuffers(builder, buffers)
        builder.Finish(tflite.ModelEnd(builder), b"TFL3")

    @property
    def content(self) -> bytes:
        return bytes(self.builder.Output())

    def _numbers(self, values: tuple[int, ...] | list[int]) -> int:
        # As bytes, four of them a number: CreateNumpyVector would do the same one by one.
        self.builder.StartVector(4, len(values), 4)
        self.builder.head -= 4 * len(values)
        self.builder.Bytes[self.builder.Head() : self.builder.Head() + 4 * len(values)] = struct.pack(
            f"<{len(values)}i", *values
        )
        return int(self.builder.EndVector())

    def _tables(self, tables: list[int]) -> int:
        self.builder.StartVector(4, len(tables), 4)
        for table in tables:
            self.builder.PrependUOffsetTRelative(table)
        return int(self.builder.EndVector())


BOMBS = {
    "one long name": {"name": b"n" * 4_000_000, "tensors": MOST_TENSORS},
    "one long custom code": {"custom": b"\x1b" * 4_000_000, "operators": MOST_OPERATORS},
    "one list of inputs": {"inputs": 100_000, "operators": MOST_OPERATORS},
    "one list of sides": {"shape": (1,) * 1_000_000, "tensors": MOST_TENSORS},
    "many tensors": {"tensors": MOST_TENSORS + 1},
    "many operators": {"operators": MOST_OPERATORS + 1},
    "many operators of the NPU": {"custom": b"ethos-u", "data": b"COP1" + bytes(1_000_000), "operators": 20_000},
    "a payload of nothing": {"custom": b"ethos-u", "data": b"COP1" + b"\5\0\0\0" * 1_000_000, "operators": 1000},
    "one output many times": {"outputs": 150_000},
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_what_a_file_costs_is_bounded(bomb):
    content = ModelBuilder(**bomb).content
    target = load_target("grove")
    started = time.process_time()
    try:
        model = parse_model(content, name="x.tflite")
        report = check(model, target, family_rows=family_rows(model, target))
        assert len(str(report.as_json())) < 100_000
    except ModelFileError as error:
        assert len(str(error)) < 200 and "x.tflite" in str(error)
    assert time.process_time() - started < SECONDS


def test_what_no_device_has_is_said():
    with pytest.raises(ModelFileError, match="more than 20,000 tensors: no device runs such a model"):
        parse_model(ModelBuilder(tensors=MOST_TENSORS + 1).content, name="x.tflite")
    with pytest.raises(ModelFileError, match="more than 1,000 ETHOS_U operators"):
        parse_model(ModelBuilder(custom=b"ethos-u", data=b"COP1", operators=1001).content, name="x.tflite")


def test_long_names_are_cut():
    model = parse_model(ModelBuilder(name=b"n" * 1000, custom=b"c" * 1000).content, name="x.tflite")
    assert model.inputs[0].name == "n" * LONGEST_NAME + "…"
    assert model.operator_names == (f"CUSTOM:{'c' * LONGEST_NAME}…",)
    rows = check(model, load_target("grove")).rows
    assert max(len(row.found) for row in rows) <= LONGEST_TEXT + 1
