"""Vela's payload as the driver reads it, on a file of Vela's whose words are changed."""

import struct
from pathlib import Path

import pytest
import tflite_bytes as fields
from tflite_bytes import TfliteBytes

from edgecask.errors import ModelFileError
from edgecask.target.model_file import parse_model
from edgecask.target.npu_payload import MOST_ACTIONS, Action, NpuPayload, parse_payload, walk

VELA = Path(__file__).resolve().parents[1] / "data" / "raw_vela.tflite"
NOP = struct.pack("<I", Action.NOP)
CONFIGURATION = struct.pack("<3I", Action.OPTIMIZER_CONFIG, 0x6, 0x10060000)


def read(file: TfliteBytes) -> NpuPayload:
    (payload,) = parse_model(file.content, name="x.tflite").npu
    return payload


def payload(
    *parts: bytes, start: int = 0, options: bytes = b"\x01\x04\x01", constants: tuple[int, ...] = ()
) -> NpuPayload:
    content = bytes(start) + b"COP1" + b"".join(parts)
    walked = walk(content, start=start, length=len(content) - start)
    return parse_payload(walked, start=start, options=options, constants=constants, scratch_bytes=0, flash_bytes=0)


def stream(words: int) -> bytes:
    return struct.pack("<I", Action.COMMAND_STREAM | words << 16) + bytes(4 * words)


def test_what_vela_writes():
    found = read(TfliteBytes(VELA))
    assert (found.command_stream, found.product, found.architecture, found.macs) == ("COP1", "Ethos-U55", "1.0.6", 64)
    assert (found.stream_version, found.custom_dma, found.damage, found.operator_type) == (0, False, "", 1)
    assert (found.misalignment, found.weights_misalignment) == (0, 0)


def configuration(file: TfliteBytes) -> int:
    """Where the word of the configuration lies: behind the fourcc and the action's own word."""
    return file.vector(file.buffer(file.npu_input(0)), fields.BUFFER_DATA) + 8


@pytest.mark.parametrize(
    ("change", "field", "value"),
    [
        (lambda word: word | 1 << 28, "product", "Ethos-U65"),
        (lambda word: word | 7 << 28, "product", "product 7"),
        (lambda word: word | 1 << 27, "custom_dma", True),
        (lambda word: word | 3 << 4, "stream_version", 3),
        (lambda word: word & ~0xF | 8, "macs", 256),
    ],
)
def test_each_part_of_the_configuration(change, field, value):
    file = TfliteBytes(VELA)
    place = configuration(file)
    assert getattr(read(file.write(place, "<I", change(file.word(place)))), field) == value


@pytest.mark.parametrize(
    ("identity", "architecture"),
    [(0x10000000, "1.0.0"), (0x10070000, "1.0.7"), (0x10100000, "1.1.0"), (0x20000000, "2.0.0")],
)
def test_the_architecture(identity, architecture):
    file = TfliteBytes(VELA)
    assert read(file.write(configuration(file) + 4, "<I", identity)).architecture == architecture


@pytest.mark.parametrize("misaligned_by", [4, 8, 12])
def test_weights_and_stream_that_are_not_aligned(misaligned_by):
    file = TfliteBytes(VELA)
    file.move_vector(file.buffer(file.npu_input(1)), fields.BUFFER_DATA, misaligned_by=misaligned_by)
    assert (read(file).weights_misalignment, read(file).misalignment) == (misaligned_by, 0)
    file = TfliteBytes(VELA)
    file.move_vector(file.buffer(file.npu_input(0)), fields.BUFFER_DATA, misaligned_by=misaligned_by)
    assert (read(file).weights_misalignment, read(file).misalignment) == (0, misaligned_by)


def test_what_is_aligned_is_the_stream_not_the_payload():
    assert payload(CONFIGURATION, NOP * 3, stream(4)).misalignment == 0
    assert payload(CONFIGURATION, NOP * 2, stream(4)).misalignment == 12
    assert payload(CONFIGURATION, NOP * 2, stream(4), start=4).misalignment == 0


def test_a_payload_that_says_not_what_it_is_for():
    found = payload(NOP, stream(4))
    assert (found.architecture, found.product, found.macs, found.custom_dma) == (None, None, None, None)
    assert found.damage == ""


@pytest.mark.parametrize(
    ("parts", "damage"),
    [
        ((CONFIGURATION,), "no command stream"),
        ((CONFIGURATION[:8],), "configuration is cut off"),
        ((CONFIGURATION, stream(8)[:-4]), "command stream is cut off"),
        ((CONFIGURATION, struct.pack("<I", 9), stream(4)), "no action 9"),
        ((CONFIGURATION, stream(4), b"\0\0"), "not whole words"),
    ],
)
def test_where_the_driver_stops(parts, damage):
    assert damage in payload(*parts).damage


@pytest.mark.parametrize(
    ("options", "number"), [(b"\x01\x04\x01", 1), (b"\x05\x04\x01", 5), (b"", None), (b"\x01\x14\x01", None)]
)
def test_the_operators_own_options(options, number):
    assert payload(CONFIGURATION, stream(4), options=options).operator_type == number


def test_an_operator_without_options():
    file = TfliteBytes(VELA)
    assert read(file.leave_out(file.npu_operator(), fields.OPERATOR_CUSTOM_OPTIONS)).operator_type is None


def test_a_payload_that_is_not_in_the_file():
    with pytest.raises(ValueError, match="outside"):
        walk(b"COP1", start=2, length=4)
    file = TfliteBytes(VELA)
    with pytest.raises(ModelFileError, match="damaged"):
        read(file.leave_out(file.buffer(file.npu_input(0)), fields.BUFFER_DATA))


def test_a_walk_ends():
    assert payload(NOP * (MOST_ACTIONS - 1), stream(4)).damage == ""
    assert payload(NOP * 2 * MOST_ACTIONS, stream(4)).damage == f"more than {MOST_ACTIONS} actions"
