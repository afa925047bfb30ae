"""What the driver takes and refuses, on files of Vela's whose words are changed."""

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
import tflite_bytes as fields
from tflite_bytes import TfliteBytes

from edgecask.target.model_file import parse_model, read_model
from edgecask.target.npu_rules import npu_rows
from edgecask.target.target import load_target

DATA = Path(__file__).resolve().parents[1] / "data"
VELA = DATA / "raw_vela.tflite"
GROVE = load_target("grove")


def broken(file: TfliteBytes, target=GROVE) -> set[str]:
    return {row.rule for row in npu_rows(parse_model(file.content, name="x.tflite"), target) if row.verdict == "fail"}


def payload(file: TfliteBytes) -> int:
    return file.vector(file.buffer(file.npu_input(0)), fields.BUFFER_DATA)


@pytest.mark.parametrize("target", ["grove", "grove-himax"])
@pytest.mark.parametrize("identity", [0x10000000, 0x10060000, 0x10070000])
def test_any_patch_level_of_the_chips_architecture_runs(target, identity):
    file = TfliteBytes(VELA)
    assert broken(file.write(payload(file) + 12, "<I", identity), load_target(target)) == set()


@pytest.mark.parametrize("identity", [0x10160000, 0x00060000, 0x20000000])
def test_another_major_version_or_a_newer_minor_one_does_not(identity):
    file = TfliteBytes(VELA)
    assert broken(file.write(payload(file) + 12, "<I", identity)) == {"NPU architecture"}


def test_an_older_minor_version_runs_on_a_newer_chip():
    chip = msgspec.structs.replace(GROVE.npu, architecture="1.2.0")
    file = TfliteBytes(VELA)
    newer = msgspec.structs.replace(GROVE, npu=chip)
    assert broken(file.write(payload(file) + 12, "<I", 0x10160000), newer) == set()
    assert "NPU architecture" in broken(file.write(payload(file) + 12, "<I", 0x10360000), newer)


@pytest.mark.parametrize(
    ("place", "value", "rule"),
    [
        (0, 0x32504F43, "command stream"),
        (8, 0x10000006, "NPU product"),
        (8, 0x00000016, "command stream version"),
        (8, 0x08000006, "custom DMA"),
        (8, 0x00000008, "NPU MACs"),
        (4, 9, "NPU code's parts"),
    ],
)
def test_each_rule_of_the_driver(place, value, rule):
    file = TfliteBytes(VELA)
    assert rule in broken(file.write(payload(file) + place, "<I", value))


def test_custom_dma_is_no_matter_where_the_chip_has_it():
    target = msgspec.structs.replace(GROVE, npu=msgspec.structs.replace(GROVE.npu, custom_dma=True))
    file = TfliteBytes(VELA)
    file.write(payload(file) + 8, "<I", file.word(payload(file) + 8) | 1 << 27)
    assert broken(file) == {"custom DMA"} and broken(file, target) == set()


@pytest.mark.parametrize(("place", "rule"), [(0, "command stream alignment"), (1, "weights alignment")])
def test_alignment(place, rule):
    file = TfliteBytes(VELA)
    file.move_vector(file.buffer(file.npu_input(place)), fields.BUFFER_DATA, misaligned_by=8)
    assert broken(file) == {rule}


def test_an_operator_without_options():
    file = TfliteBytes(VELA)
    assert broken(file.leave_out(file.npu_operator(), fields.OPERATOR_CUSTOM_OPTIONS)) == {"operator's options"}


def test_a_file_that_does_not_say_what_it_is_for_is_taken_with_a_warning():
    file = TfliteBytes(VELA)
    for word in range(3):  # the driver skips them
        file.write(payload(file) + 4 + 4 * word, "<I", 5)
    assert broken(file) == set()
    rows = npu_rows(parse_model(file.content, name="x.tflite"), GROVE)
    assert [row.rule for row in rows if row.verdict == "warn"] == ["NPU configuration"]


def test_several_operators_have_one_row_a_rule():
    model = read_model(VELA)
    several = replace(model, npu=(model.npu[0], replace(model.npu[0], macs=128)))
    rows = list(npu_rows(several, GROVE))
    assert len({row.rule for row in rows}) == len(rows)
    assert next(row.found for row in rows if row.rule == "NPU MACs") == "64, 128"


def test_code_and_a_device_have_to_match():
    raw, vela = read_model(DATA / "raw.tflite"), read_model(VELA)
    assert [row.verdict for row in npu_rows(raw, GROVE)] == ["fail"]
    assert [row.verdict for row in npu_rows(raw, load_target("xiao"))] == ["pass"]
    assert [row.verdict for row in npu_rows(vela, load_target("xiao"))] == ["fail"]


def test_operators_between_parts_for_the_npu_are_told_with_their_number():
    """As Vela's own of a YOLO11, whose attention it leaves to the CPU."""
    whole = read_model(VELA)
    (npu,) = whole.operators
    assert not [row for row in npu_rows(whole, GROVE) if row.rule == "operators on the CPU"]
    others = [replace(npu, name=name) for name in ("TRANSPOSE", "BATCH_MATMUL", "TRANSPOSE")]
    mixed = replace(whole, operators=(npu, *others), npu=whole.npu * 2)
    (row,) = (row for row in npu_rows(mixed, GROVE) if row.rule == "operators on the CPU")
    assert (row.verdict, row.found) == ("warn", "1 BATCH_MATMUL, 2 TRANSPOSE; 2 parts for the NPU")
