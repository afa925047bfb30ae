"""Reading .tflite files: right about good ones, and never more than an error about bad ones."""

import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edgecask.errors import ModelFileError
from edgecask.target.model_file import parse_model, read_model

DATA = Path(__file__).resolve().parents[1] / "data"
FILES = sorted(DATA.glob("*.tflite"))
CONTENTS = [path.read_bytes() for path in FILES]


def test_a_plain_model():
    model = read_model(DATA / "raw.tflite")
    assert model.inputs[0].shape == (1, 32, 32, 3) and model.inputs[0].dtype == "int8"
    assert model.inputs[0].scale == pytest.approx(1 / 255, rel=1e-2) and model.inputs[0].zero_point == -128
    assert sorted(output.shape for output in model.outputs) == [
        (1, 1, 1), (1, 1, 64), (1, 4, 1), (1, 4, 64), (1, 16, 1), (1, 16, 64), (1, 21, 15),
    ]  # fmt: skip
    assert set(model.operator_names) == {"CONV_2D", "RESHAPE", "CONCATENATION"}
    assert model.per_channel_tensors == 0 and model.npu == ()


def test_what_vela_made():
    model = read_model(DATA / "raw_vela.tflite")
    assert model.operator_names == ("ETHOS_U",)
    (payload,) = model.npu
    assert (payload.command_stream, payload.architecture, payload.macs, payload.misalignment) == (
        "COP1",
        "1.0.6",
        64,
        0,
    )
    assert payload.scratch_bytes > 32 * 32 * 3 and payload.flash_bytes > 0


def test_granularity_and_float_operators():
    assert read_model(DATA / "tiny_quant_pc_uf_test.tflite").per_channel_tensors > 0
    assert read_model(DATA / "tiny_quant_pt_uf_test.tflite").per_channel_tensors == 0
    assert any(operator.computes_in_float for operator in read_model(DATA / "raw_float.tflite").operators)
    assert not any(
        operator.computes_in_float for operator in read_model(DATA / "tiny_quant_pc_uf_test.tflite").operators
    )


@pytest.mark.parametrize("content", [b"", b"TFL3", b"\0\0\0\0TFL3", b"\x18\0\0\0TFL3" + b"\xff" * 100, b"PK\3\4" * 50])
def test_what_is_no_model(content):
    with pytest.raises(ModelFileError):
        parse_model(content, name="x.tflite")


def test_a_missing_file_and_a_folder(tmp_path):
    for path in (tmp_path / "none.tflite", tmp_path):
        with pytest.raises(ModelFileError, match="cannot be read"):
            read_model(path)


@pytest.mark.parametrize("content", CONTENTS, ids=[path.name for path in FILES])
def test_every_truncation(content):
    """Cut anywhere: an error, or, where only padding is gone, the same model."""
    for length in range(0, len(content) - 1, max(1, len(content) // 400)):
        survives(content[:length])


CHANGES = st.lists(
    st.tuples(st.integers(0, 30_000), st.sampled_from([0x00, 0x01, 0x7F, 0x80, 0xFF]), st.integers(1, 8)),
    min_size=1,
    max_size=12,
)
FUZZING = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}


@settings(max_examples=400, **FUZZING)
@given(content=st.sampled_from(CONTENTS), changes=CHANGES)
def test_any_damage(content, changes):
    survives(damaged(content, changes))


@pytest.mark.campaign
@settings(max_examples=50_000, **FUZZING)
@given(content=st.sampled_from(CONTENTS), changes=CHANGES)
def test_any_damage_at_length(content, changes):
    survives(damaged(content, changes))


@pytest.mark.campaign
@pytest.mark.parametrize("content", CONTENTS, ids=[path.name for path in FILES])
def test_every_byte_changed(content):
    """Each byte by itself: all of its bits turned, or the sign of a length or an offset."""
    for position in range(len(content)):
        for value in {content[position] ^ 0xFF, 0x80}:
            survives(content[:position] + bytes([value]) + content[position + 1 :])


def damaged(content, changes):
    """The content with bytes overwritten: (position, value, length) each."""
    copy = bytearray(content)
    for position, value, length in changes:
        start = position % len(copy)
        copy[start : start + length] = bytes([value]) * len(copy[start : start + length])
    return bytes(copy)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_behind_the_identifier(tail):
    survives(b"\x1c\0\0\0TFL3" + tail)


def survives(content: bytes) -> None:
    started = time.monotonic()
    try:
        model = parse_model(content, name="x.tflite")
        assert len(model.operators) <= len(content)
    except ModelFileError as error:
        assert "x.tflite" in str(error)
    assert time.monotonic() - started < 5, "a damaged file took as long as an attack"
