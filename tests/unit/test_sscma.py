"""What Seeed's decoder asks for, and what its tools want beside a model."""

import base64
import json
from pathlib import Path

import pytest
import tflite_bytes as fields
from tflite_bytes import TfliteBytes

from edgecask.errors import ContractError
from edgecask.files import sha256_bytes
from edgecask.firmware.family import family_of, family_rows
from edgecask.firmware.sscma import (
    AT_INFO,
    CATALOGUE,
    MAX_COMMAND,
    MAX_NOTE,
    Catalogue,
    at_info,
    fitted,
    note_of,
    write_note,
)
from edgecask.target.model_file import parse_model
from edgecask.target.target import load_target

DATA = Path(__file__).resolve().parents[1] / "data"
MANIFEST = {
    "keypoints": 17, "imgsz": 192, "classes": ["person"], "metrics": {"flash_kib": 1.0},
    "inputs": {"weights": {"name": "best.pt"}}, "model": {"file": "model.tflite"},
}  # fmt: skip


@pytest.mark.parametrize(("name", "target"), [("raw", "xiao"), ("raw_vela", "grove")])
@pytest.mark.parametrize(
    ("scale", "zero_point", "verdict"),
    [
        (0.34, -128, "pass"),
        (0.345, -128, "pass"),
        (0.35, -128, "fail"),
        (0.6, -10, "pass"),
        (0.6875, -1, "pass"),  # 88 itself
        (0.6885, -1, "fail"),  # 88.1
        (0.7, -10, "fail"),
        (5.0, 120, "pass"),
    ],
)
def test_logits_of_boxes_that_the_softmax_survives(name, target, scale, zero_point, verdict):
    """The largest is scale · (127 − zero point), and exp of more than 88.7 is infinite."""
    file = TfliteBytes(DATA / f"{name}.tflite")
    quantization = file.box_output().Quantization()
    file.write(file.vector(quantization, fields.QUANTIZATION_SCALE), "<f", scale)
    file.write(file.vector(quantization, fields.QUANTIZATION_ZERO_POINT), "<q", zero_point)
    (row,) = family_rows(parse_model(file.content, name="x.tflite"), load_target(target))
    assert (row.rule, row.verdict) == ("box logits", verdict)
    assert row.found == f"up to {scale * (127 - zero_point):.1f}"


def test_the_files_of_a_package():
    target = load_target("grove")
    files = family_of(target).package_files(target, MANIFEST, b"model")
    entry = json.loads(files[CATALOGUE])
    assert (entry["devices"], entry["classes"], entry["size"], entry["name"]) == (["we2"], ["person"], "5", "best 192")
    told = json.loads(base64.b64decode(files[AT_INFO].removeprefix(b'AT+INFO="').removesuffix(b'"\r')))
    assert told["uuid"] == entry["uuid"] and told["sha256"] == sha256_bytes(b"model") and "metrics" not in told


def test_a_command_that_does_not_fit_the_firmwares_buffer():
    with pytest.raises(ContractError, match=str(MAX_COMMAND)):
        at_info({"classes": ["x" * MAX_COMMAND]})


def test_the_longest_command_that_fits():
    """The buffer holds the terminator as well, which is the carriage return here."""
    around = len(at_info({"a": ""}))
    longest = (MAX_COMMAND - around) // 4 * 3
    assert len(at_info({"a": "x" * longest})) <= MAX_COMMAND
    with pytest.raises(ContractError, match="the firmware's buffer holds 4096"):
        at_info({"a": "x" * (longest + 4)})


@pytest.mark.parametrize("target", ["grove", "xiao"])
def test_what_the_family_says_of_a_model_that_is_not_compiled(target):
    loaded = load_target(target)
    family = family_of(loaded)
    assert family.model_name(loaded, stem="best", image_size=192) == "model.tflite"
    assert family.operator_counts(7) == {"npu_ops": 0, "cpu_ops": 7}
    assert family.claimed_granularity("best_per_channel.tflite") is None
    assert family.commands(loaded, "model.tflite") == ()


def test_a_catalogue_holds_nothing_else():
    import msgspec

    table = {"device": "we2", "algorithm": "a", "category": "b"}
    assert msgspec.convert(table, Catalogue).device == "we2"
    with pytest.raises(msgspec.ValidationError, match="more"):
        msgspec.convert(table | {"more": "c"}, Catalogue)


def test_a_model_without_boxes_or_without_int8_has_no_row():
    file = TfliteBytes(DATA / "raw_float.tflite")
    assert list(family_rows(parse_model(file.content, name="x.tflite"), load_target("xiao"))) == []


def read_note(note):
    return json.loads(base64.b64decode(note))


def test_the_catalogue_entry_beside_a_file_is_told(tmp_path):
    target = load_target("grove")
    model = tmp_path / "model.tflite"
    files = family_of(target).package_files(target, MANIFEST, b"model")
    (tmp_path / CATALOGUE).write_bytes(files[CATALOGUE])
    told = read_note(note_of(model, b"model"))
    assert told["name"] == "best 192" and told["classes"] == ["person"] and told["size"] == "5"
    assert told["checksum"] == "md5:" + told["uuid"] and told["sha256"] == sha256_bytes(b"model")
    assert not {"metrics", "image", "author"} & set(told)
    # Of another model than the entry was made of: its own digests.
    other = read_note(note_of(model, b"another"))
    assert other["uuid"] != told["uuid"] and other["size"] == "7" and other["sha256"] == sha256_bytes(b"another")
    assert family_of(target).note(files) == files[AT_INFO].decode()[len('AT+INFO="') : -2]


@pytest.mark.parametrize("content", [None, b"", b"[]", b'"text"', b"{", b"\xff", b"[" * 100_000])
def test_a_file_without_a_readable_entry_is_told_by_its_name(tmp_path, content):
    if content is not None:
        (tmp_path / CATALOGUE).write_bytes(content)
    told = read_note(note_of(tmp_path / "mine.tflite", b"model"))
    assert set(told) == {"name", "uuid", "checksum", "size", "sha256"}
    assert told["name"] == "mine" and told["size"] == "5"


def test_names_of_many_classes_are_shortened_or_left_out():
    short = {"name": "mine", "classes": [f"thing {number}" for number in range(80)], "description": "80 things"}
    assert fitted(short) == (short, "")
    described = {**short, "description": "x" * MAX_COMMAND}
    assert fitted(described) == ({"name": "mine", "classes": short["classes"]}, "")
    told, remark = fitted({**short, "classes": [f"{number} " + "x" * 200 for number in range(100)]})
    assert [len(name) for name in told["classes"]] == [24] * 100 and "24 letters" in remark
    assert len(at_info(told)) <= MAX_COMMAND
    told, remark = fitted({**short, "classes": ["x" * 200] * 1000})
    assert "classes" not in told and "1000 classes do not fit" in remark
    assert fitted({**described, "classes": {"not": "x" * MAX_COMMAND}}) == ({"name": "mine"}, "")


def test_a_note_may_fill_the_buffer_to_its_last_byte():
    """Names are cut no shorter than they have to be."""
    for longest in (24, 16):
        entry = {"name": "mine", "classes": ["x" * 200, "y" * 200]}
        told = {"name": "mine", "classes": [name[:longest] for name in entry["classes"]]}
        padded = {**entry, "more": ""}
        while len(write_note({**told, "more": padded["more"] + "z"})) <= MAX_NOTE:
            padded["more"] += "z"
        found, remark = fitted(padded)
        assert found == {**told, "more": padded["more"]} and f"{longest} letters" in remark


def test_what_the_board_cannot_be_told_is_a_remark():
    family, target = family_of(load_target("grove")), load_target("grove")
    assert family.remarks(target, MANIFEST, b"model") == ()
    (remark,) = family.remarks(target, {**MANIFEST, "classes": ["x" * 200] * 1000}, b"model")
    assert "1000 classes do not fit" in remark
    entry = json.loads(family.package_files(target, MANIFEST, b"model")[CATALOGUE])
    assert entry["isCustom"] is True


def test_an_entry_that_is_too_long_loses_its_classes(tmp_path):
    long = {"name": "mine", "classes": ["x" * 200] * MAX_COMMAND, "description": "y", "version": "1.0.0"}
    (tmp_path / CATALOGUE).write_text(json.dumps(long))
    note = note_of(tmp_path / "model.tflite", b"model")
    assert len(note) <= MAX_NOTE and set(read_note(note)) == {
        "name", "version", "uuid", "checksum", "size", "sha256",
    }  # fmt: skip


def test_what_the_board_is_told_leaves_room_for_the_commands_tag(tmp_path):
    (tmp_path / CATALOGUE).write_text(json.dumps({"classes": ["x"]}))
    model = tmp_path / "model.tflite"
    bare = len(note_of(model, b"model"))
    fits = (MAX_COMMAND - 64 - bare) // 4 * 3
    for letters, kept in ((fits - 2, True), (fits + 6, False)):
        (tmp_path / CATALOGUE).write_text(json.dumps({"classes": ["x" * letters]}))
        assert (read_note(note_of(model, b"model"))["classes"] == ["x" * letters]) is kept


@pytest.mark.parametrize("target", ["grove", "xiao"])
def test_a_file_that_lies_alone_is_told_by_its_family(tmp_path, target):
    note = family_of(load_target(target)).note_of_file(tmp_path / "mine.tflite", b"model")
    assert note == note_of(tmp_path / "mine.tflite", b"model")
